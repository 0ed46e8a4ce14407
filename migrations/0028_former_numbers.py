"""The phone number that a message goes to although its owner has changed it."""

from peewee import BigIntegerField, BlobField, ForeignKeyField, Model


def up(migrator, db):
    class Delivery(Model):
        id = BigIntegerField(primary_key=True)

        class Meta:
            database = db
            table_name = "delivery"

    class FormerNumber(Model):
        id = BigIntegerField(primary_key=True)
        delivery = ForeignKeyField(Delivery, unique=True, on_delete="CASCADE")
        number = BlobField()

        class Meta:
            database = db
            table_name = "former_number"

    db.create_tables([FormerNumber])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("former_number"))
