"""Since when the results of a wave are being told to its people, one chunk after another; null while they are not."""

from peewee import BigIntegerField


def up(migrator, db):
    migrator.migrate(migrator.add_column("wave", "telling_since", BigIntegerField(null=True)))


def down(migrator, db):
    migrator.migrate(migrator.drop_column("wave", "telling_since"))
