"""Notices to many people, written by the office; which notice belongs to which."""

from peewee import BigIntegerField, BooleanField, CharField, ForeignKeyField, IntegerField, Model, TextField


def up(migrator, db):
    class Staff(Model):
        id = BigIntegerField(primary_key=True)

        class Meta:
            database = db
            table_name = "staff"

    class Broadcast(Model):
        id = BigIntegerField(primary_key=True)
        code = CharField(max_length=9, unique=True)
        title = CharField(max_length=60)
        body = TextField()
        segment = TextField()
        state = CharField(max_length=10, default="draft", index=True)
        written_by = ForeignKeyField(Staff, on_delete="RESTRICT", backref="+")
        written_at = BigIntegerField()
        send_at = BigIntegerField(null=True)
        at_night = BooleanField(default=False)
        people = IntegerField(default=0)
        alone = IntegerField(default=0)
        confirmed_by = ForeignKeyField(Staff, null=True, on_delete="RESTRICT", backref="+")
        confirmed_at = BigIntegerField(null=True)
        started_at = BigIntegerField(null=True)
        reached_id = BigIntegerField(default=0)
        told = IntegerField(default=0)
        over_at = BigIntegerField(null=True)
        stopped_by = ForeignKeyField(Staff, null=True, on_delete="RESTRICT", backref="+")
        stopped_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "broadcast"

    db.create_tables([Broadcast])
    of = ForeignKeyField(Broadcast, Broadcast.id, null=True, index=False, on_delete="RESTRICT")
    migrator.migrate(migrator.add_column("notice", "broadcast_id", of))
    db.execute_sql(
        "CREATE INDEX notice_of_broadcast ON notice (broadcast_id, id) WHERE broadcast_id IS NOT NULL"
    )


def down(migrator, db):
    db.execute_sql("DROP INDEX notice_of_broadcast")
    migrator.migrate(migrator.drop_column("notice", "broadcast_id"), migrator.drop_table("broadcast"))
