"""A help post may have hours of its own."""

from peewee import CharField


def up(migrator, db):
    migrator.migrate(migrator.add_column("posko", "hours", CharField(default="")))


def down(migrator, db):
    migrator.migrate(migrator.drop_column("posko", "hours"))
