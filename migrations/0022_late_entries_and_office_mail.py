"""Entries that were missing from a hat, decided by two; mails to the inspectorate and to who runs a draw."""

from peewee import BigIntegerField, BlobField, CharField, ForeignKeyField, IntegerField, Model, TextField


def up(migrator, db):
    class Application(Model):
        id = BigIntegerField(primary_key=True)

        class Meta:
            database = db
            table_name = "application"

    class Staff(Model):
        id = BigIntegerField(primary_key=True)

        class Meta:
            database = db
            table_name = "staff"

    class LateEntry(Model):
        id = BigIntegerField(primary_key=True)
        application = ForeignKeyField(Application, on_delete="CASCADE")
        note = BlobField(null=True)
        to_state = CharField(max_length=15, default="")
        proposed_by = ForeignKeyField(Staff, on_delete="RESTRICT")
        proposed_at = BigIntegerField()
        confirmed_by = ForeignKeyField(Staff, null=True, on_delete="RESTRICT")
        confirmed_at = BigIntegerField(null=True)
        dropped_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "late_entry"

    class OfficeMail(Model):
        id = BigIntegerField(primary_key=True)
        reader = CharField(max_length=12)
        key = CharField(max_length=80, unique=True)
        subject = CharField(max_length=120)
        body = TextField()
        created_at = BigIntegerField()
        not_before = BigIntegerField()
        not_after = BigIntegerField(null=True)
        state = CharField(max_length=10, default="queued")
        attempts = IntegerField(default=0)
        leased_until = BigIntegerField(null=True)
        reason = CharField(max_length=60, default="")
        done_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "office_mail"
            indexes = ((("state", "not_before"), False),)

    db.create_tables([LateEntry, OfficeMail])
    db.execute_sql(
        "CREATE UNIQUE INDEX late_entry_one_open ON late_entry (application_id) "
        "WHERE confirmed_at IS NULL AND dropped_at IS NULL"
    )


def down(migrator, db):
    for table in ("office_mail", "late_entry"):
        migrator.migrate(migrator.drop_table(table))
