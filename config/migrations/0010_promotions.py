"""Promotions, the photos that prove them, the codes in the photos, claims, decisions and what they pay."""

from peewee import (
    BigAutoField,
    BigIntegerField,
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    Model,
    TextField,
)


def up(migrator, db):
    class Organisation(Model):
        class Meta:
            database = db
            table_name = "organisation"

    class EvidencePhoto(Model):
        id = BigAutoField()
        brand = IntegerField()
        organisation = IntegerField()
        public_id = CharField(max_length=72)
        key = CharField(max_length=64, unique=True)
        person = CharField(max_length=64)
        device = CharField(max_length=128)
        conversation = CharField(max_length=64, null=True, index=True)
        step = CharField(max_length=64, null=True)
        subject_kind = CharField(max_length=32)
        subject_id = CharField(max_length=64)
        sha256 = CharField(max_length=64, index=True)
        size_bytes = IntegerField()
        media_type = CharField(max_length=32)
        source = CharField(max_length=8)
        captured_at = DateTimeField(null=True)
        recorded_at = DateTimeField()
        challenge = CharField(max_length=16, null=True)
        place = TextField(null=True)
        state = CharField(max_length=16, default="received")
        checked_at = DateTimeField(null=True)
        width = IntegerField(null=True)
        height = IntegerField(null=True)
        measures = TextField()
        findings = TextField()

        class Meta:
            database = db
            table_name = "evidence_photo"
            indexes = (
                (("organisation", "public_id"), True),
                (("subject_id", "id"), False),
                (("person", "recorded_at"), False),
            )

    class Challenge(Model):
        id = BigAutoField()
        brand = IntegerField()
        organisation = IntegerField()
        person = CharField(max_length=64)
        device = CharField(max_length=128)
        subject_id = CharField(max_length=64)
        code = CharField(max_length=16)
        issued_at = DateTimeField()
        taken_until = DateTimeField()
        received_until = DateTimeField()
        used_at = DateTimeField(null=True)

        class Meta:
            database = db
            table_name = "challenge"
            indexes = ((("subject_id", "person", "device", "id"), False), (("brand", "code"), False))

    class Promotion(Model):
        public_id = CharField(unique=True, max_length=64)
        brand = IntegerField()
        ref = CharField(max_length=64)
        title = TextField()
        policy = TextField()
        starts_on = DateField()
        ends_on = DateField()
        sign_by = DateTimeField(null=True)
        due_at = DateTimeField()
        shots = TextField()
        facts = TextField()
        pays = TextField()
        budget = TextField()
        currency = CharField(max_length=3)
        radius_m = IntegerField()
        second_above = BigIntegerField(null=True)
        audit_percent = IntegerField()
        state = CharField(max_length=16, default="open")
        version = IntegerField(default=1)
        created_at = DateTimeField()
        updated_at = DateTimeField()

        class Meta:
            database = db
            table_name = "promotion"
            indexes = ((("brand", "ref"), True), (("brand", "state", "id"), False))

    class Participation(Model):
        public_id = CharField(unique=True, max_length=64)
        promotion = ForeignKeyField(Promotion, on_delete="CASCADE")
        organisation = ForeignKeyField(Organisation, on_delete="RESTRICT", index=True)
        state = CharField(max_length=16, default="asked")
        reason = CharField(max_length=32, null=True)
        reason_text = TextField(default="")
        signature = CharField(max_length=72, null=True)
        signed_by = CharField(max_length=64, null=True)
        signed_at = DateTimeField(null=True)
        version = IntegerField(default=1)

        class Meta:
            database = db
            table_name = "participation"
            indexes = ((("promotion", "organisation"), True),)

    class Site(Model):
        promotion = ForeignKeyField(Promotion, on_delete="CASCADE")
        participation = ForeignKeyField(Participation, on_delete="CASCADE", index=True)
        organisation = ForeignKeyField(Organisation, on_delete="RESTRICT", index=True)
        prover = ForeignKeyField(Organisation, on_delete="RESTRICT", index=True)
        place = TextField(null=True)
        is_chosen = BooleanField(default=False)
        is_left_out = BooleanField(default=False)
        position = IntegerField()

        class Meta:
            database = db
            table_name = "promotion_site"
            indexes = ((("promotion", "organisation"), True),)

    class Claim(Model):
        public_id = CharField(unique=True, max_length=64)
        brand = IntegerField()
        promotion = ForeignKeyField(Promotion, on_delete="RESTRICT")
        site = ForeignKeyField(Site, on_delete="RESTRICT", unique=True)
        partner = ForeignKeyField(Organisation, on_delete="RESTRICT")
        site_organisation = ForeignKeyField(Organisation, on_delete="RESTRICT", index=True)
        prover = ForeignKeyField(Organisation, on_delete="RESTRICT")
        state = CharField(max_length=16, default="to_prove")
        version = IntegerField(default=1)
        round = IntegerField(default=0)
        conversation = CharField(max_length=64, null=True)
        photos = TextField()
        facts = TextField()
        redo = TextField(null=True)
        asked = CharField(max_length=32, default="")
        place = TextField(null=True)
        distance_m = IntegerField(null=True)
        score = IntegerField(null=True)
        reasons = TextField()
        is_held = BooleanField(default=False)
        is_audited = BooleanField(null=True)
        units = BigIntegerField(null=True)
        amount = BigIntegerField(null=True)
        approved_amount = BigIntegerField(null=True)
        sent_by = CharField(max_length=64, null=True)
        sent_at = DateTimeField(null=True)
        decided_at = DateTimeField(null=True)
        due_at = DateTimeField()
        created_at = DateTimeField()
        updated_at = DateTimeField()

        class Meta:
            database = db
            table_name = "claim"
            indexes = (
                (("brand", "state", "id"), False),
                (("promotion", "partner"), False),
                (("partner", "id"), False),
                (("prover", "state", "id"), False),
            )

    class ClaimDecision(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=64)
        claim = ForeignKeyField(Claim, on_delete="RESTRICT")
        seq = IntegerField()
        round = IntegerField()
        kind = CharField(max_length=16)
        by = CharField(max_length=64)
        reason = CharField(max_length=32, null=True)
        text = TextField(default="")
        shots = TextField(null=True)
        code_visible = CharField(max_length=8, null=True)
        amount = BigIntegerField(null=True)
        at = DateTimeField()

        class Meta:
            database = db
            table_name = "claim_decision"
            indexes = ((("claim", "seq"), True),)

    class SettlementLine(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=64)
        brand = IntegerField()
        promotion = ForeignKeyField(Promotion, on_delete="RESTRICT")
        claim = ForeignKeyField(Claim, on_delete="RESTRICT", index=True)
        decision = ForeignKeyField(ClaimDecision, on_delete="RESTRICT", unique=True)
        partner = ForeignKeyField(Organisation, on_delete="RESTRICT")
        site_organisation = ForeignKeyField(Organisation, on_delete="RESTRICT", index=True)
        amount = BigIntegerField()
        currency = CharField(max_length=3)
        reverses = ForeignKeyField("self", null=True, on_delete="RESTRICT", unique=True)
        paid_on = DateField(null=True)
        payment_ref = CharField(max_length=64, null=True)
        created_at = DateTimeField()

        class Meta:
            database = db
            table_name = "settlement_line"
            indexes = (
                (("brand", "id"), False),
                (("promotion", "partner"), False),
                (("promotion", "site_organisation"), False),
                (("partner", "id"), False),
            )

    db.create_tables([EvidencePhoto, Challenge, Promotion, Participation, Site, Claim, ClaimDecision, SettlementLine])


def down(migrator, db):
    tables = (
        "settlement_line",
        "claim_decision",
        "claim",
        "promotion_site",
        "participation",
        "promotion",
        "challenge",
        "evidence_photo",
    )
    for name in tables:
        db.execute_sql(f'DROP TABLE "{name}"')
