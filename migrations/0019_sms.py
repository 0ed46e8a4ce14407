"""SMS between email and call: the rung of the call moves up by one, and a row a day counts what was handed over."""

from peewee import BigIntegerField, CharField, IntegerField, Model


def up(migrator, db):
    class SmsDay(Model):
        id = BigIntegerField(primary_key=True)
        day = CharField(max_length=10, unique=True)
        handed_over = IntegerField(default=0)

        class Meta:
            database = db
            table_name = "sms_day"

    db.create_tables([SmsDay])
    db.execute_sql("UPDATE notice SET rung = 3 WHERE rung = 2")


def down(migrator, db):
    db.execute_sql("UPDATE notice SET rung = 2 WHERE rung = 3")
    migrator.migrate(migrator.drop_table("sms_day"))
