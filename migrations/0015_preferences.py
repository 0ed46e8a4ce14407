"""How a person wants to be told."""

from peewee import BigIntegerField, CharField, ForeignKeyField, Model


def up(migrator, db):
    class Applicant(Model):
        id = BigIntegerField(primary_key=True)

        class Meta:
            database = db
            table_name = "applicant"

    class Preference(Model):
        id = BigIntegerField(primary_key=True)
        applicant = ForeignKeyField(Applicant, unique=True, on_delete="CASCADE")
        quiet = CharField(max_length=10, default="21-06")
        language = CharField(max_length=10, default="id")
        changed_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "preference"

    db.create_tables([Preference])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("preference"))
