"""Who is at a call just now, so that two officers do not call one person."""

from peewee import BigIntegerField, ForeignKeyField, Model


def up(migrator, db):
    class Staff(Model):
        id = BigIntegerField(primary_key=True)

        class Meta:
            database = db
            table_name = "staff"

    taken_by = ForeignKeyField(Staff, Staff.id, null=True, on_delete="RESTRICT")
    migrator.migrate(
        migrator.add_column("call_task", "taken_by_id", taken_by),
        migrator.add_column("call_task", "taken_until", BigIntegerField(null=True)),
    )


def down(migrator, db):
    db.execute_sql("DROP INDEX call_task_taken_by_id")
    migrator.migrate(
        migrator.drop_column("call_task", "taken_until"),
        migrator.drop_column("call_task", "taken_by_id"),
    )
