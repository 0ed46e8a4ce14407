"""A phone remembers that push is wanted in it, so that a subscription that was lost is made anew without asking."""

from peewee import BooleanField


def up(migrator, db):
    migrator.migrate(migrator.add_column("device", "rings", BooleanField(default=False)))
    db.execute_sql(
        "UPDATE device SET rings = true WHERE id IN "
        "(SELECT device_id FROM push_subscription WHERE device_id IS NOT NULL)"
    )


def down(migrator, db):
    migrator.migrate(migrator.drop_column("device", "rings"))
