"""Networks from which an officer lets many people register for a day."""

from peewee import BigIntegerField, BlobField, ForeignKeyField, Model


def up(migrator, db):
    class Staff(Model):
        id = BigIntegerField(primary_key=True)

        class Meta:
            database = db
            table_name = "staff"

    class OpenedNetwork(Model):
        id = BigIntegerField(primary_key=True)
        code_index = BlobField(index=True)
        source = BlobField()
        staff = ForeignKeyField(Staff, on_delete="RESTRICT")
        created_at = BigIntegerField()
        expires_at = BigIntegerField(index=True)

        class Meta:
            database = db
            table_name = "opened_network"
            indexes = ((("source", "expires_at"), False),)

    db.create_tables([OpenedNetwork])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("opened_network"))
