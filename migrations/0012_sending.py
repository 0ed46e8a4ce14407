"""What the senders share about push services, the queue by channel, and what stays of a delivery that is deleted."""

from peewee import BigIntegerField, CharField, IntegerField, Model


def up(migrator, db):
    class PushService(Model):
        id = BigIntegerField(primary_key=True)
        origin = CharField(max_length=120, unique=True)
        paused_until = BigIntegerField(null=True)
        why = CharField(max_length=20, default="")
        accepted_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "push_service"

    db.create_tables([PushService])
    migrator.migrate(
        migrator.add_column("push_subscription", "refused_days", IntegerField(default=0)),
        migrator.add_column("push_subscription", "refused_at", BigIntegerField(null=True)),
        migrator.add_column("notice", "reached", IntegerField(default=0)),
    )
    db.execute_sql("DROP INDEX delivery_state_not_before_id")
    db.execute_sql(
        "CREATE INDEX delivery_waiting ON delivery (channel, not_before, id) WHERE state = 'queued'"
    )
    db.execute_sql("CREATE INDEX delivery_over ON delivery (done_at) WHERE done_at IS NOT NULL")


def down(migrator, db):
    for name in ("delivery_over", "delivery_waiting"):
        db.execute_sql(f"DROP INDEX {name}")
    db.execute_sql("CREATE INDEX delivery_state_not_before_id ON delivery (state, not_before, id)")
    migrator.migrate(
        migrator.drop_column("notice", "reached"),
        migrator.drop_column("push_subscription", "refused_at"),
        migrator.drop_column("push_subscription", "refused_days"),
        migrator.drop_table("push_service"),
    )
