"""Seats that became free after the draw, the offer of one to one person at a time, one open objection each."""

from peewee import BigIntegerField, CharField, ForeignKeyField, Model


def up(migrator, db):
    class Wave(Model):
        id = BigIntegerField(primary_key=True)

        class Meta:
            database = db
            table_name = "wave"

    class Application(Model):
        id = BigIntegerField(primary_key=True)

        class Meta:
            database = db
            table_name = "application"

    class FreedSeat(Model):
        id = BigIntegerField(primary_key=True)
        wave = ForeignKeyField(Wave, on_delete="RESTRICT")
        application = ForeignKeyField(Application, null=True, on_delete="SET NULL")
        via = CharField(max_length=12)
        freed_at = BigIntegerField()
        offered_from = BigIntegerField()
        outcome = CharField(max_length=10, default="")
        closed_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "freed_seat"
            indexes = ((("wave", "outcome"), False),)

    db.create_tables([FreedSeat])
    seat = ForeignKeyField(FreedSeat, FreedSeat.id, null=True, on_delete="RESTRICT")
    migrator.migrate(migrator.add_column("offer", "seat_id", seat))
    db.execute_sql(
        "CREATE UNIQUE INDEX offer_one_seat ON offer (seat_id) WHERE answer = '' OR answer = 'accepted'"
    )
    db.execute_sql(
        "CREATE UNIQUE INDEX objection_one_open ON objection (application_id) WHERE answered_at IS NULL"
    )


def down(migrator, db):
    for name in ("objection_one_open", "offer_one_seat", "offer_seat_id"):
        db.execute_sql(f"DROP INDEX {name}")
    migrator.migrate(migrator.drop_column("offer", "seat_id"))
    migrator.migrate(migrator.drop_table("freed_seat"))
