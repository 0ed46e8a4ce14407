"""Whom the posko still has to call."""

from peewee import BigIntegerField, CharField, ForeignKeyField, IntegerField, Model


def up(migrator, db):
    class Applicant(Model):
        id = BigIntegerField(primary_key=True)

        class Meta:
            database = db
            table_name = "applicant"

    class Notice(Model):
        id = BigIntegerField(primary_key=True)

        class Meta:
            database = db
            table_name = "notice"

    class Staff(Model):
        id = BigIntegerField(primary_key=True)

        class Meta:
            database = db
            table_name = "staff"

    class CallTask(Model):
        id = BigIntegerField(primary_key=True)
        applicant = ForeignKeyField(Applicant, on_delete="CASCADE")
        notice = ForeignKeyField(Notice, null=True, unique=True, on_delete="CASCADE")
        why = CharField(max_length=10)
        state = CharField(max_length=15, default="open")
        tries = IntegerField(default=0)
        next_at = BigIntegerField()
        staff = ForeignKeyField(Staff, null=True, on_delete="RESTRICT")
        created_at = BigIntegerField()
        done_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "call_task"
            indexes = ((("state", "next_at"), False),)

    db.create_tables([CallTask])
    db.execute_sql("CREATE UNIQUE INDEX call_task_one_open ON call_task (applicant_id) WHERE state = 'open'")


def down(migrator, db):
    migrator.migrate(migrator.drop_table("call_task"))
