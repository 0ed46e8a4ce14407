"""Which unfinished answers belong to somebody who has sent before: read and sent only after the PIN (docs/security.md)."""

from peewee import BooleanField


def up(migrator, db):
    migrator.migrate(migrator.add_column("draft", "reopened", BooleanField(default=False)))
    db.execute_sql("UPDATE draft SET reopened = true WHERE application_id IS NOT NULL AND done_at IS NULL")


def down(migrator, db):
    migrator.migrate(migrator.drop_column("draft", "reopened"))
