"""Which entry numbers a wave had at the end of each day, so that none is slipped in or taken out unseen."""

from peewee import BigIntegerField, BlobField, CharField, ForeignKeyField, IntegerField, Model


def up(migrator, db):
    class Wave(Model):
        id = BigIntegerField(primary_key=True)

        class Meta:
            database = db
            table_name = "wave"

    class DayList(Model):
        id = BigIntegerField(primary_key=True)
        wave = ForeignKeyField(Wave, on_delete="RESTRICT")
        day = CharField(max_length=10)
        count = IntegerField()
        root = CharField(max_length=64)
        entries = BlobField()
        made_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "day_list"
            indexes = ((("wave", "day"), True),)

    db.create_tables([DayList])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("day_list"))
