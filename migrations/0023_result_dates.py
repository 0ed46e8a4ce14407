"""The day of a result as its file says it; the names of result files, which may hold a person's, are forgotten."""

from peewee import CharField

NAMES = """UPDATE result_file SET name = 'hasil-' || substr(sha256, 1, 8) ||
CASE WHEN replace(lower(name), '.xlsx', '') = lower(name) THEN '.csv' ELSE '.xlsx' END"""


def up(migrator, db):
    migrator.migrate(migrator.add_column("result", "dated", CharField(max_length=10, default="")))
    db.execute_sql(NAMES)
    db.execute_sql("DELETE FROM result_preview")  # kept for a day at most, with the name in clear


def down(migrator, db):
    migrator.migrate(migrator.drop_column("result", "dated"))
