"""Rows of a list are written before they count: each names the making that it is of, and a draw names the one that counts.

And fewer indexes: a column that begins another index of its table needs none of its own. Every row that is written to
a million people touched them for nothing (docs/decisions/0055-lists-in-chunks.md).
"""

from peewee import BigIntegerField

#: Columns whose own index another one of the same table does the work of: name of the index -> (table, column).
SPARED = {
    "application_applicant_id": ("application", "applicant_id"),
    "application_wave_id": ("application", "wave_id"),
    "ledgerentry_application_id": ("ledger_entry", "application_id"),
    "notice_applicant_id": ("notice", "applicant_id"),
    "delivery_notice_id": ("delivery", "notice_id"),
    "deadline_application_id": ("deadline", "application_id"),
    "result_wave_id": ("result", "wave_id"),
    "entry_draw_id": ("entry", "draw_id"),
}
UNIQUE = (("application_id", "listing"), ("draw_id", "listing", "entry"))


def up(migrator, db):
    migrator.migrate(migrator.add_column("draw", "listing", BigIntegerField(null=True)))
    migrator.migrate(migrator.add_column("entry", "listing", BigIntegerField(default=0)))
    db.execute_sql("UPDATE draw SET listing = id WHERE listed_at IS NOT NULL")
    db.execute_sql("UPDATE entry SET listing = draw_id")
    migrator.migrate(
        migrator.drop_index("entry", "entry_application_id"),
        migrator.drop_index("entry", "entry_draw_id_entry"),
        *(migrator.add_index("entry", columns, unique=True) for columns in UNIQUE),
        *(migrator.drop_index(table, name) for name, (table, _) in SPARED.items()),
    )


def down(migrator, db):
    db.execute_sql(
        "DELETE FROM entry WHERE listing <> (SELECT COALESCE(listing, 0) FROM draw WHERE id = draw_id)"
    )
    migrator.migrate(
        *(migrator.drop_index("entry", f"entry_{'_'.join(columns)}") for columns in UNIQUE),
        *(migrator.add_index(table, (column,), name=name) for name, (table, column) in SPARED.items()),
        migrator.add_index("entry", ("application_id",), unique=True),
        migrator.add_index("entry", ("draw_id", "entry"), unique=True),
        migrator.drop_column("entry", "listing"),
        migrator.drop_column("draw", "listing"),
    )
