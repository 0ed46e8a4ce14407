"""What stays of deliveries that are deleted: how many of each wave, broadcast and kind of notice ended how."""

from peewee import BigIntegerField, CharField, ForeignKeyField, IntegerField, Model


def up(migrator, db):
    class Wave(Model):
        id = BigIntegerField(primary_key=True)

        class Meta:
            database = db
            table_name = "wave"

    class DeliverySum(Model):
        id = BigIntegerField(primary_key=True)
        key = CharField(max_length=160, unique=True)
        wave = ForeignKeyField(Wave, null=True, on_delete="RESTRICT")
        broadcast_number = BigIntegerField(null=True, index=True)
        kind = CharField(max_length=20)
        channel = CharField(max_length=10)
        state = CharField(max_length=10)
        reason = CharField(max_length=60)
        deliveries = IntegerField(default=0)

        class Meta:
            database = db
            table_name = "delivery_sum"

    db.create_tables([DeliverySum])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("delivery_sum"))
