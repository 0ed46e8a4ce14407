"""The tables of the first release: a frozen copy, independent of app/models. Moments are milliseconds since 1970."""

# Long because: one table after another, never edited again.
from peewee import (
    BigIntegerField,
    BlobField,
    BooleanField,
    CharField,
    ForeignKeyField,
    IntegerField,
    Model,
    TextField,
)


def up(migrator, db):
    class Applicant(Model):
        id = BigIntegerField(primary_key=True)
        claim = CharField(max_length=10, default="draft")
        nik = BlobField()
        nik_index = BlobField()
        kk = BlobField()
        kk_index = BlobField(index=True)
        name = CharField(max_length=200)
        name_search = CharField(index=True, max_length=200)
        birth_date = BlobField()
        birth_year = IntegerField()
        sex = CharField(max_length=1)
        phone = BlobField(null=True)
        phone_index = BlobField(index=True, null=True)
        whatsapp = BooleanField(default=False)
        email = BlobField(null=True)
        email_index = BlobField(index=True, null=True)
        email_proved_at = BigIntegerField(null=True)
        district = CharField(index=True, max_length=13, default="")
        village = CharField(max_length=13, default="")
        nik_flags = CharField(max_length=200, default="")
        pin_hash = CharField(max_length=200)
        pin_set_at = BigIntegerField()
        kunci_hash = CharField(max_length=200, default="")
        kunci_index = BlobField(null=True)
        kunci_set_at = BigIntegerField(null=True)
        reopened_at = BigIntegerField(null=True)
        entry_salt = BlobField(null=True)
        created_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "applicant"
            indexes = ((("nik_index",), False),)

    db.create_tables([Applicant])

    class Wave(Model):
        id = BigIntegerField(primary_key=True)
        number = IntegerField(unique=True)
        opens_at = BigIntegerField()
        closes_at = BigIntegerField()
        draw_at = BigIntegerField(null=True)
        announce_at = BigIntegerField(null=True)
        paused = BooleanField(default=False)
        quota = IntegerField()
        selection = CharField(max_length=10, default="import")
        rules = TextField(default="{}")
        buy_within_days = IntegerField(default=15)
        finish_within_days = IntegerField(null=True, default=60)
        review_within_days = IntegerField(null=True, default=7)
        grace_days = IntegerField(default=3)
        publish_at = BigIntegerField(null=True)
        publish_by = CharField(max_length=64, default="")
        published_at = BigIntegerField(null=True)
        archived_at = BigIntegerField(null=True)
        created_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "wave"

    db.create_tables([Wave])

    class Office(Model):
        id = BigIntegerField(primary_key=True)
        name = CharField()
        area = CharField(max_length=13)
        zone = CharField(max_length=4)
        address = CharField()
        phone = CharField()
        whatsapp = CharField()
        hours = CharField()
        privacy_contact = CharField()
        programme = CharField()
        programme_site = CharField()
        example = BooleanField(default=False)

        class Meta:
            database = db
            table_name = "office"

    db.create_tables([Office])

    class Posko(Model):
        id = BigIntegerField(primary_key=True)
        office = ForeignKeyField(Office, on_delete="CASCADE")
        name = CharField(unique=True)
        district = CharField(max_length=13)
        address = CharField()
        phone = CharField(default="")
        active = BooleanField(default=True)

        class Meta:
            database = db
            table_name = "posko"

    db.create_tables([Posko])

    class Application(Model):
        id = BigIntegerField(primary_key=True)
        applicant = ForeignKeyField(Applicant, on_delete="CASCADE")
        wave = ForeignKeyField(Wave, null=True, on_delete="RESTRICT")
        draft_id = BigIntegerField(unique=True, null=True)
        ticket = CharField(unique=True, max_length=9)
        entry_number = CharField(unique=True, max_length=9)
        state = CharField(max_length=15)
        answers = BlobField()
        work = CharField(max_length=20, default="")
        version = IntegerField(default=1)
        submitted_at = BigIntegerField()
        changed_at = BigIntegerField()
        channel = CharField(max_length=10, default="self")
        posko = ForeignKeyField(Posko, null=True, on_delete="SET NULL")

        class Meta:
            database = db
            table_name = "application"
            indexes = ((("applicant", "wave"), True), (("wave", "state"), False))

    db.create_tables([Application])

    class ApplicationVersion(Model):
        id = BigIntegerField(primary_key=True)
        application = ForeignKeyField(Application, on_delete="CASCADE")
        n = IntegerField()
        answers = BlobField()
        at = BigIntegerField()

        class Meta:
            database = db
            table_name = "application_version"
            indexes = ((("application", "n"), True),)

    db.create_tables([ApplicationVersion])

    class Attempt(Model):
        id = BigIntegerField(primary_key=True)
        path = CharField(max_length=10)
        subject = BlobField()
        source = BlobField()
        browser = BlobField(null=True)
        at = BigIntegerField(index=True)
        failed = BooleanField(default=True)

        class Meta:
            database = db
            table_name = "attempt"
            indexes = ((("subject", "at"), False), (("source", "at"), False), (("browser", "at"), False))

    db.create_tables([Attempt])

    class AuditLine(Model):
        id = BigIntegerField(primary_key=True)
        at = BigIntegerField()
        actor = CharField(max_length=64)
        verb = CharField(index=True, max_length=40)
        subject = CharField(index=True, max_length=200, default="")
        detail = CharField(max_length=500, default="")
        mac = BlobField()

        class Meta:
            database = db
            table_name = "audit_line"

    db.create_tables([AuditLine])

    class Beat(Model):
        id = BigIntegerField(primary_key=True)
        name = CharField(unique=True, max_length=40)
        at = BigIntegerField()

        class Meta:
            database = db
            table_name = "beat"

    db.create_tables([Beat])

    class Consent(Model):
        id = BigIntegerField(primary_key=True)
        applicant = ForeignKeyField(Applicant, on_delete="CASCADE")
        purpose = CharField(max_length=20)
        given = BooleanField()
        text_sha256 = CharField(max_length=64)
        at = BigIntegerField()
        channel = CharField(max_length=10, default="self")

        class Meta:
            database = db
            table_name = "consent"

    db.create_tables([Consent])

    class Deadline(Model):
        id = BigIntegerField(primary_key=True)
        application = ForeignKeyField(Application, on_delete="CASCADE")
        kind = CharField(max_length=20)
        due_at = BigIntegerField(index=True)
        done_at = BigIntegerField(null=True)
        created_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "deadline"
            indexes = ((("application", "kind"), True),)

    db.create_tables([Deadline])

    class Notice(Model):
        id = BigIntegerField(primary_key=True)
        applicant = ForeignKeyField(Applicant, on_delete="CASCADE")
        application = ForeignKeyField(Application, null=True, on_delete="CASCADE")
        wave = ForeignKeyField(Wave, null=True, on_delete="RESTRICT")
        kind = CharField(max_length=20)
        key = CharField(max_length=80)
        code = CharField(max_length=9, unique=True)
        title = CharField(max_length=120)
        body = TextField()
        path = CharField(max_length=120)
        created_at = BigIntegerField()
        opened_at = BigIntegerField(null=True)
        rung = IntegerField(default=0)
        climb_at = BigIntegerField(index=True, null=True)
        climb_until = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "notice"
            indexes = ((("applicant", "key"), True),)

    db.create_tables([Notice])

    class Device(Model):
        id = BigIntegerField(primary_key=True)
        applicant = ForeignKeyField(Applicant, on_delete="CASCADE")
        token_hash = BlobField(unique=True)
        label = CharField(max_length=80)
        shared = BooleanField(default=False)
        wrong_pins = IntegerField(default=0)
        created_at = BigIntegerField()
        last_seen_at = BigIntegerField()
        revoked_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "device"

    db.create_tables([Device])

    class PushSubscription(Model):
        id = BigIntegerField(primary_key=True)
        applicant = ForeignKeyField(Applicant, on_delete="CASCADE")
        device = ForeignKeyField(Device, null=True, on_delete="SET NULL")
        endpoint = BlobField()
        endpoint_hash = BlobField(unique=True)
        p256dh = BlobField()
        auth = BlobField()
        origin = CharField(max_length=120)
        label = CharField(max_length=80, default="")
        created_at = BigIntegerField()
        refreshed_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "push_subscription"

    db.create_tables([PushSubscription])

    class Delivery(Model):
        id = BigIntegerField(primary_key=True)
        notice = ForeignKeyField(Notice, on_delete="CASCADE")
        channel = CharField(max_length=10)
        subscription = ForeignKeyField(PushSubscription, null=True, on_delete="SET NULL")
        state = CharField(max_length=10, default="queued")
        attempts = IntegerField(default=0)
        not_before = BigIntegerField()
        not_after = BigIntegerField()
        leased_until = BigIntegerField(null=True)
        reason = CharField(max_length=60, default="")
        created_at = BigIntegerField()
        done_at = BigIntegerField(null=True)
        shown_at = BigIntegerField(null=True)
        opened_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "delivery"
            indexes = ((("state", "not_before", "id"), False), (("notice", "channel", "subscription"), True))

    db.create_tables([Delivery])

    class Draft(Model):
        id = BigIntegerField(primary_key=True)
        token_hash = BlobField(unique=True)
        applicant = ForeignKeyField(Applicant, null=True, on_delete="CASCADE")
        answers = BlobField()
        created_at = BigIntegerField()
        touched_at = BigIntegerField()
        stored_until = BigIntegerField(index=True)
        application_id = BigIntegerField(null=True)
        done_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "draft"

    db.create_tables([Draft])

    class Staff(Model):
        id = BigIntegerField(primary_key=True)
        username = CharField(unique=True, max_length=64)
        name = CharField(max_length=120)
        role = CharField(max_length=10)
        posko = ForeignKeyField(Posko, null=True, on_delete="RESTRICT")
        password_hash = CharField(max_length=200, default="")
        totp_secret = BlobField(null=True)
        totp_counter = BigIntegerField(default=0)
        enrolled_at = BigIntegerField(null=True)
        active = BooleanField(default=True)
        created_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "staff"

    db.create_tables([Staff])

    class Draw(Model):
        id = BigIntegerField(primary_key=True)
        wave = ForeignKeyField(Wave, unique=True, on_delete="RESTRICT")
        promise = BlobField()
        promise_sha256 = CharField(max_length=64)
        promised_at = BigIntegerField()
        promised_by = ForeignKeyField(Staff, on_delete="RESTRICT")
        draw_at = BigIntegerField()
        moves = TextField(default="[]")
        entrants = BlobField(null=True)
        listed_at = BigIntegerField(null=True)
        left_out = IntegerField(default=0)
        tickets_sha256 = CharField(max_length=64, default="")
        tickets_root = CharField(max_length=64, default="")
        tickets_count = IntegerField(default=0)
        frozen_at = BigIntegerField(null=True)
        round = BigIntegerField(null=True)
        signature = CharField(max_length=96, default="")
        results = BlobField(null=True)
        results_sha256 = CharField(max_length=64, default="")
        drawn_at = BigIntegerField(null=True)
        drawn_by = ForeignKeyField(Staff, null=True, on_delete="RESTRICT")
        attested_at = BigIntegerField(null=True)
        attested_by = ForeignKeyField(Staff, null=True, on_delete="RESTRICT")
        published_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "draw"

    db.create_tables([Draw])

    class Entry(Model):
        id = BigIntegerField(primary_key=True)
        draw = ForeignKeyField(Draw, on_delete="CASCADE")
        application = ForeignKeyField(Application, unique=True, on_delete="CASCADE")
        entry = CharField(max_length=11)
        groups = CharField(max_length=80, default="")
        household = CharField(max_length=12, default="")
        bound = CharField(max_length=64)
        salt = BlobField()
        line = IntegerField(null=True)
        rank = IntegerField(null=True)
        via = CharField(max_length=12, default="")

        class Meta:
            database = db
            table_name = "entry"
            indexes = ((("draw", "entry"), True), (("draw", "rank"), False))

    db.create_tables([Entry])

    class GroupClaim(Model):
        id = BigIntegerField(primary_key=True)
        application = ForeignKeyField(Application, on_delete="CASCADE")
        group = CharField(max_length=12)
        state = CharField(max_length=10, default="claimed")
        evidence = CharField(max_length=120, default="")
        seen_by = ForeignKeyField(Staff, null=True, on_delete="RESTRICT")
        seen_at = BigIntegerField(null=True)
        decided_by = ForeignKeyField(Staff, null=True, on_delete="RESTRICT")
        decided_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "group_claim"
            indexes = ((("application", "group"), True),)

    db.create_tables([GroupClaim])

    class GuideStep(Model):
        id = BigIntegerField(primary_key=True)
        applicant = ForeignKeyField(Applicant, on_delete="CASCADE")
        step = CharField(max_length=30)
        proof = CharField(max_length=10, default="self")
        done_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "guide_step"
            indexes = ((("applicant", "step"), True),)

    db.create_tables([GuideStep])

    class LedgerEntry(Model):
        id = BigIntegerField(primary_key=True)
        application = ForeignKeyField(Application, on_delete="RESTRICT")
        n = IntegerField()
        from_state = CharField(max_length=15, default="")
        to_state = CharField(max_length=15)
        reason = CharField(max_length=30)
        note = BlobField(null=True)
        actor = CharField(max_length=10)
        staff = ForeignKeyField(Staff, null=True, on_delete="RESTRICT")
        told = CharField(max_length=60, default="")
        at = BigIntegerField()

        class Meta:
            database = db
            table_name = "ledger_entry"
            indexes = ((("application", "n"), True),)

    db.create_tables([LedgerEntry])

    class Objection(Model):
        id = BigIntegerField(primary_key=True)
        application = ForeignKeyField(Application, on_delete="CASCADE")
        about = CharField(max_length=15)
        text = BlobField()
        made_at = BigIntegerField()
        due_at = BigIntegerField(index=True)
        owner = ForeignKeyField(Staff, null=True, on_delete="RESTRICT")
        answer = BlobField(null=True)
        upheld = IntegerField(null=True)
        answered_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "objection"

    db.create_tables([Objection])

    class Offer(Model):
        id = BigIntegerField(primary_key=True)
        application = ForeignKeyField(Application, on_delete="CASCADE")
        wave = ForeignKeyField(Wave, on_delete="RESTRICT")
        via = CharField(max_length=12)
        made_at = BigIntegerField()
        expires_at = BigIntegerField(index=True)
        answer = CharField(max_length=10, default="")
        answered_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "offer"

    db.create_tables([Offer])

    class OneTimeCode(Model):
        id = BigIntegerField(primary_key=True)
        applicant = ForeignKeyField(Applicant, on_delete="CASCADE")
        purpose = CharField(max_length=15)
        code_hash = CharField(max_length=200)
        address_index = BlobField(index=True, null=True)
        issued_by = ForeignKeyField(Staff, null=True, on_delete="SET NULL")
        created_at = BigIntegerField()
        expires_at = BigIntegerField()
        wrong = IntegerField(default=0)
        used_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "one_time_code"

    db.create_tables([OneTimeCode])

    class Region(Model):
        code = CharField(primary_key=True, max_length=13)
        name = CharField()
        kind = CharField(max_length=12)
        parent = CharField(index=True, null=True, max_length=8)

        class Meta:
            database = db
            table_name = "region"

    db.create_tables([Region])

    class ResultFile(Model):
        id = BigIntegerField(primary_key=True)
        wave = ForeignKeyField(Wave, on_delete="RESTRICT")
        name = CharField(max_length=200)
        sha256 = CharField(max_length=64)
        rows = IntegerField()
        staff = ForeignKeyField(Staff, on_delete="RESTRICT")
        at = BigIntegerField()

        class Meta:
            database = db
            table_name = "result_file"
            indexes = ((("wave", "sha256"), True),)

    db.create_tables([ResultFile])

    class Result(Model):
        id = BigIntegerField(primary_key=True)
        application = ForeignKeyField(Application, unique=True, on_delete="CASCADE")
        wave = ForeignKeyField(Wave, on_delete="RESTRICT")
        outcome = CharField(max_length=15)
        reason = CharField(max_length=30)
        position = IntegerField(null=True)
        file = ForeignKeyField(ResultFile, null=True, on_delete="SET NULL")
        staff = ForeignKeyField(Staff, on_delete="RESTRICT")
        set_at = BigIntegerField()
        published_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "result"
            indexes = ((("wave", "published_at"), False),)

    db.create_tables([Result])

    class ResultPreview(Model):
        id = BigIntegerField(primary_key=True)
        wave = ForeignKeyField(Wave, on_delete="CASCADE")
        staff = ForeignKeyField(Staff, on_delete="CASCADE")
        name = CharField(max_length=200)
        sha256 = CharField(max_length=64)
        checked = BlobField()
        at = BigIntegerField()

        class Meta:
            database = db
            table_name = "result_preview"

    db.create_tables([ResultPreview])

    class Reversal(Model):
        id = BigIntegerField(primary_key=True)
        application = ForeignKeyField(Application, on_delete="CASCADE")
        to_state = CharField(max_length=15)
        reason = CharField(max_length=30)
        note = BlobField(null=True)
        proposed_by = ForeignKeyField(Staff, on_delete="RESTRICT")
        proposed_at = BigIntegerField()
        confirmed_by = ForeignKeyField(Staff, null=True, on_delete="RESTRICT")
        confirmed_at = BigIntegerField(null=True)
        object_until = BigIntegerField(null=True)
        dropped_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "reversal"

    db.create_tables([Reversal])

    class SeatChange(Model):
        id = BigIntegerField(primary_key=True)
        draw = ForeignKeyField(Draw, on_delete="RESTRICT")
        n = IntegerField()
        at = BigIntegerField()
        entry = CharField(max_length=11)
        before = CharField(max_length=15)
        after = CharField(max_length=15)
        reason = CharField(max_length=30)

        class Meta:
            database = db
            table_name = "seat_change"
            indexes = ((("draw", "n"), True),)

    db.create_tables([SeatChange])

    class Session(Model):
        id = BigIntegerField(primary_key=True)
        token_hash = BlobField(unique=True)
        kind = CharField(max_length=10)
        applicant = ForeignKeyField(Applicant, null=True, on_delete="CASCADE")
        staff = ForeignKeyField(Staff, null=True, on_delete="CASCADE")
        device = ForeignKeyField(Device, null=True, on_delete="SET NULL")
        shared = BooleanField(default=False)
        wrong_codes = IntegerField(default=0)
        created_at = BigIntegerField()
        last_seen_at = BigIntegerField()
        expires_at = BigIntegerField(index=True)
        proved_at = BigIntegerField()
        revoked_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "session"

    db.create_tables([Session])

    class StaffCode(Model):
        id = BigIntegerField(primary_key=True)
        staff = ForeignKeyField(Staff, on_delete="CASCADE")
        kind = CharField(max_length=10)
        code_hash = BlobField(unique=True)
        created_at = BigIntegerField()
        expires_at = BigIntegerField(null=True)
        used_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "staff_code"

    db.create_tables([StaffCode])

    class SuspectedPair(Model):
        id = BigIntegerField(primary_key=True)
        first = ForeignKeyField(Applicant, on_delete="CASCADE")
        second = ForeignKeyField(Applicant, on_delete="CASCADE")
        why = CharField(max_length=60)
        found_at = BigIntegerField()
        decision = CharField(max_length=10, default="")
        reason = CharField(max_length=200, default="")
        decided_by = ForeignKeyField(Staff, null=True, on_delete="RESTRICT")
        decided_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "suspected_pair"
            indexes = ((("first", "second"), True), (("decision", "found_at"), False))

    db.create_tables([SuspectedPair])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("suspected_pair"))
    migrator.migrate(migrator.drop_table("staff_code"))
    migrator.migrate(migrator.drop_table("session"))
    migrator.migrate(migrator.drop_table("seat_change"))
    migrator.migrate(migrator.drop_table("reversal"))
    migrator.migrate(migrator.drop_table("result_preview"))
    migrator.migrate(migrator.drop_table("result"))
    migrator.migrate(migrator.drop_table("result_file"))
    migrator.migrate(migrator.drop_table("region"))
    migrator.migrate(migrator.drop_table("one_time_code"))
    migrator.migrate(migrator.drop_table("offer"))
    migrator.migrate(migrator.drop_table("objection"))
    migrator.migrate(migrator.drop_table("ledger_entry"))
    migrator.migrate(migrator.drop_table("guide_step"))
    migrator.migrate(migrator.drop_table("group_claim"))
    migrator.migrate(migrator.drop_table("entry"))
    migrator.migrate(migrator.drop_table("draw"))
    migrator.migrate(migrator.drop_table("staff"))
    migrator.migrate(migrator.drop_table("draft"))
    migrator.migrate(migrator.drop_table("delivery"))
    migrator.migrate(migrator.drop_table("push_subscription"))
    migrator.migrate(migrator.drop_table("device"))
    migrator.migrate(migrator.drop_table("notice"))
    migrator.migrate(migrator.drop_table("deadline"))
    migrator.migrate(migrator.drop_table("consent"))
    migrator.migrate(migrator.drop_table("beat"))
    migrator.migrate(migrator.drop_table("audit_line"))
    migrator.migrate(migrator.drop_table("attempt"))
    migrator.migrate(migrator.drop_table("application_version"))
    migrator.migrate(migrator.drop_table("application"))
    migrator.migrate(migrator.drop_table("posko"))
    migrator.migrate(migrator.drop_table("office"))
    migrator.migrate(migrator.drop_table("wave"))
    migrator.migrate(migrator.drop_table("applicant"))
