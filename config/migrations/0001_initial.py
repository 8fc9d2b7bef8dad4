"""The tables of the first release."""

from peewee import (
    BigAutoField,
    BigIntegerField,
    BlobField,
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
    class Address(Model):
        person = CharField(max_length=64)
        kind = CharField(max_length=16)
        app = CharField(max_length=64)
        sealed = BlobField()
        lookup = CharField(index=True, max_length=64)
        bound_at = DateTimeField()
        refused_at = DateTimeField(null=True)

        class Meta:
            database = db
            table_name = "address"
            indexes = ((("person", "kind", "app"), True),)

    db.create_tables([Address])

    class Task(Model):
        public_id = CharField(unique=True, max_length=64)
        brand = IntegerField()
        organisation = IntegerField()
        flow = CharField(max_length=64)
        roles = TextField()
        title = TextField()
        news = TextField()
        subject_kind = CharField(max_length=32)
        subject_id = CharField(max_length=64)
        subject_ref = CharField(max_length=64)
        subject_version = IntegerField()
        due_at = DateTimeField(null=True)
        state = CharField(max_length=16, default="open")
        taken_by = CharField(null=True, max_length=64)
        created_at = DateTimeField()
        closed_at = DateTimeField(null=True)

        class Meta:
            database = db
            table_name = "task"
            indexes = ((("organisation", "state", "due_at"), False), (("subject_id", "state"), False))

    db.create_tables([Task])

    class Conversation(Model):
        public_id = CharField(max_length=64)
        brand = IntegerField()
        organisation = IntegerField()
        flow = CharField(max_length=64)
        flow_version = IntegerField()
        task = ForeignKeyField(Task, null=True, on_delete="RESTRICT")
        subject_kind = CharField(max_length=32)
        subject_id = CharField(max_length=64)
        subject_ref = CharField(max_length=64)
        subject_version = IntegerField()
        card = TextField()
        steps = TextField()
        answers = TextField()
        shown = TextField()
        news = TextField()
        outcome = TextField()
        state = CharField(max_length=16, default="asking")
        revision = IntegerField(default=0)
        holder = CharField(null=True, max_length=64)
        opened_by = CharField(max_length=64)
        superseded_by = CharField(null=True, max_length=64)
        created_at = DateTimeField()
        updated_at = DateTimeField()
        closed_at = DateTimeField(null=True)

        class Meta:
            database = db
            table_name = "conversation"
            indexes = (
                (("organisation", "public_id"), True),
                (("task", "state"), False),
                (("organisation", "closed_at"), False),
                (("organisation", "subject_id"), False),
            )

    db.create_tables([Conversation])

    class AnswerRecord(Model):
        id = BigAutoField()
        organisation = IntegerField()
        answer = CharField(max_length=64)
        conversation = ForeignKeyField(Conversation, on_delete="RESTRICT")
        step = CharField(max_length=64)
        value = TextField()
        content_hash = CharField(max_length=64)
        person = CharField(max_length=64)
        answered_at = DateTimeField()
        recorded_at = DateTimeField()

        class Meta:
            database = db
            table_name = "answer_record"
            indexes = ((("organisation", "answer"), True),)

    db.create_tables([AnswerRecord])

    class Organisation(Model):
        public_id = CharField(unique=True, max_length=64)
        brand = IntegerField()
        operator_ref = CharField(unique=True, null=True, max_length=64)
        ref = CharField(max_length=64)
        kind = CharField(max_length=16)
        name = CharField(max_length=200)
        region = CharField(max_length=100, default="")
        time_zone = CharField(max_length=64)
        language = CharField(max_length=2)
        state = CharField(max_length=16, default="active")
        version = IntegerField(default=1)
        created_at = DateTimeField()
        updated_at = DateTimeField()

        class Meta:
            database = db
            table_name = "organisation"
            indexes = ((("brand", "ref"), True), (("brand", "kind", "id"), False))

    db.create_tables([Organisation])

    class ApiKey(Model):
        brand = ForeignKeyField(Organisation, on_delete="CASCADE")
        name = CharField(max_length=64)
        prefix = CharField(unique=True, max_length=16)
        secret_hash = CharField(max_length=64)
        scopes = TextField()
        created_at = DateTimeField()
        expires_at = DateTimeField(null=True)
        revoked_at = DateTimeField(null=True)
        last_used_at = DateTimeField(null=True)

        class Meta:
            database = db
            table_name = "api_key"

    db.create_tables([ApiKey])

    class ConfirmationRule(Model):
        brand = IntegerField(primary_key=True)
        short_percent = IntegerField(default=0)
        late_days = IntegerField(default=0)
        person_above = BigIntegerField(default=10000000)
        currency = CharField(max_length=3, default="CNY")
        updated_at = DateTimeField(null=True)

        class Meta:
            database = db
            table_name = "confirmation_rule"

    db.create_tables([ConfirmationRule])

    class Consent(Model):
        person = CharField(max_length=64)
        app = CharField(max_length=64)
        template = CharField(max_length=128)
        left = IntegerField(default=0)

        class Meta:
            database = db
            table_name = "consent"
            indexes = ((("person", "app", "template"), True),)

    db.create_tables([Consent])

    class ConsentReport(Model):
        person = CharField(max_length=64)
        app = CharField(max_length=64)
        report = CharField(max_length=64)
        answers = TextField()
        reported_at = DateTimeField()

        class Meta:
            database = db
            table_name = "consent_report"
            indexes = ((("person", "report"), True),)

    db.create_tables([ConsentReport])

    class Event(Model):
        id = BigAutoField()
        brand = IntegerField()
        seq = BigIntegerField()
        type = CharField(max_length=64)
        at = DateTimeField()
        actor = CharField(max_length=64)
        subject_kind = CharField(max_length=32)
        subject_id = CharField(max_length=64)
        subject_ref = CharField(max_length=64)
        data = TextField()

        class Meta:
            database = db
            table_name = "event"
            indexes = ((("brand", "seq"), True), (("brand", "subject_id", "seq"), False))

    db.create_tables([Event])

    class EventCounter(Model):
        brand = IntegerField(primary_key=True)
        last_seq = BigIntegerField(default=0)

        class Meta:
            database = db
            table_name = "event_counter"

    db.create_tables([EventCounter])

    class IdempotencyRecord(Model):
        id = BigAutoField()
        organisation = IntegerField()
        principal = CharField(max_length=64)
        key = CharField()
        request_hash = CharField(max_length=64)
        status = IntegerField()
        headers = TextField()
        body = TextField(null=True)
        about = CharField(null=True, max_length=64)
        created_at = DateTimeField(index=True)

        class Meta:
            database = db
            table_name = "idempotency_record"
            indexes = ((("organisation", "principal", "key"), True),)

    db.create_tables([IdempotencyRecord])

    class InboxStamp(Model):
        organisation = IntegerField(primary_key=True)
        revision = BigIntegerField(default=1)

        class Meta:
            database = db
            table_name = "inbox_stamp"

    db.create_tables([InboxStamp])

    class Person(Model):
        public_id = CharField(unique=True, max_length=64)
        brand = IntegerField()
        ref = CharField(max_length=64)
        name = CharField(max_length=200)
        language = CharField(max_length=2)
        state = CharField(max_length=16, default="active")
        version = IntegerField(default=1)
        created_at = DateTimeField()
        updated_at = DateTimeField()

        class Meta:
            database = db
            table_name = "person"
            indexes = ((("brand", "ref"), True),)

    db.create_tables([Person])

    class Invitation(Model):
        public_id = CharField(unique=True, max_length=64)
        person = ForeignKeyField(Person, on_delete="CASCADE")
        created_at = DateTimeField()
        expires_at = DateTimeField()
        revoked_at = DateTimeField(null=True)
        opened_at = DateTimeField(null=True)
        session = IntegerField(null=True)

        class Meta:
            database = db
            table_name = "invitation"

    db.create_tables([Invitation])

    class Membership(Model):
        person = ForeignKeyField(Person, on_delete="CASCADE")
        organisation = ForeignKeyField(Organisation, on_delete="CASCADE")
        role = CharField(max_length=16)

        class Meta:
            database = db
            table_name = "membership"
            indexes = ((("person", "organisation", "role"), True),)

    db.create_tables([Membership])

    class PurchaseOrder(Model):
        public_id = CharField(unique=True, max_length=64)
        brand = IntegerField()
        ref = CharField(max_length=64)
        supplier = ForeignKeyField(Organisation, on_delete="RESTRICT")
        buyer = CharField(null=True, max_length=64)
        currency = CharField(max_length=3)
        note = TextField(default="")
        amount = BigIntegerField()
        version = IntegerField(default=1)
        state = CharField(max_length=24, default="placed")
        first_due_date = DateField()
        answer_due_at = DateTimeField()
        is_promised_late = BooleanField(default=False)
        reason = CharField(null=True, max_length=32)
        reason_text = TextField(default="")
        answered_by = CharField(null=True, max_length=64)
        answered_at = DateTimeField(null=True)
        placed_at = DateTimeField()
        updated_at = DateTimeField()

        class Meta:
            database = db
            table_name = "purchase_order"
            indexes = (
                (("brand", "ref"), True),
                (("brand", "state", "id"), False),
                (("supplier", "state", "id"), False),
                (("brand", "first_due_date"), False),
            )

    db.create_tables([PurchaseOrder])

    class Product(Model):
        public_id = CharField(unique=True, max_length=64)
        brand = IntegerField()
        sku = CharField(max_length=64)
        name = CharField(max_length=200)
        unit = CharField(max_length=16)
        gtin = CharField(null=True, max_length=14)
        packs = TextField()
        tracked_by = CharField(max_length=8)
        version = IntegerField(default=1)
        created_at = DateTimeField()
        updated_at = DateTimeField()

        class Meta:
            database = db
            table_name = "product"
            indexes = ((("brand", "sku"), True),)

    db.create_tables([Product])

    class OrderLine(Model):
        order = ForeignKeyField(PurchaseOrder, on_delete="CASCADE")
        line = IntegerField()
        product = ForeignKeyField(Product, on_delete="RESTRICT")
        quantity = BigIntegerField()
        unit = CharField(max_length=16)
        price = BigIntegerField()
        due_date = DateField()
        state = CharField(max_length=24, default="placed")
        reason = CharField(null=True, max_length=32)
        deliveries = TextField()

        class Meta:
            database = db
            table_name = "order_line"
            indexes = ((("order", "line"), True),)

    db.create_tables([OrderLine])

    class OutboxRow(Model):
        public_id = CharField(unique=True, max_length=64)
        queue = CharField(max_length=64)
        kind = CharField(max_length=32, default="")
        recipient = CharField(max_length=64, default="")
        place = CharField(max_length=64, default="")
        about = CharField(index=True, max_length=64, default="")
        payload = TextField()
        dedupe_key = CharField(unique=True)
        state = CharField(max_length=16, default="due")
        available_at = DateTimeField()
        attempts = IntegerField(default=0)
        lease_until = DateTimeField(null=True)
        lease_owner = CharField(null=True, max_length=64)
        channel = CharField(max_length=32, default="")
        provider_ref = CharField(max_length=64, default="")
        last_error = CharField(max_length=200, default="")
        created_at = DateTimeField()
        settled_at = DateTimeField(null=True)

        class Meta:
            database = db
            table_name = "outbox_row"
            indexes = ((("state", "queue", "available_at"), False), (("recipient", "place", "id"), False))

    db.create_tables([OutboxRow])

    class Session(Model):
        token_hash = CharField(unique=True, max_length=64)
        person = IntegerField()
        acting_for = IntegerField(index=True)
        app = CharField(null=True, max_length=64)
        device = CharField(max_length=128)
        created_at = DateTimeField()
        expires_at = DateTimeField()
        ended_at = DateTimeField(null=True)

        class Meta:
            database = db
            table_name = "phone_session"
            indexes = ((("person", "id"), False),)

    db.create_tables([Session])

    class SpentLoginCode(Model):
        app = CharField(max_length=64)
        code_hash = CharField(max_length=64)
        device = CharField(max_length=128)
        sealed_openid = BlobField()
        spent_at = DateTimeField(index=True)
        session = IntegerField(null=True)

        class Meta:
            database = db
            table_name = "spent_login_code"
            indexes = ((("app", "code_hash"), True),)

    db.create_tables([SpentLoginCode])

    class Template(Model):
        public_id = CharField(max_length=64)
        organisation = IntegerField()
        flow = CharField(max_length=64)
        flow_version = IntegerField()
        subject_id = CharField(max_length=64)
        subject_version = IntegerField()
        steps = TextField()
        created_at = DateTimeField()

        class Meta:
            database = db
            table_name = "template"
            indexes = ((("organisation", "public_id"), True),)

    db.create_tables([Template])

    class TradeItem(Model):
        brand = IntegerField()
        gtin14 = CharField(max_length=14)
        product = ForeignKeyField(Product, on_delete="CASCADE")
        units = IntegerField()

        class Meta:
            database = db
            table_name = "trade_item"
            indexes = ((("brand", "gtin14"), True),)

    db.create_tables([TradeItem])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("trade_item"))
    migrator.migrate(migrator.drop_table("template"))
    migrator.migrate(migrator.drop_table("spent_login_code"))
    migrator.migrate(migrator.drop_table("phone_session"))
    migrator.migrate(migrator.drop_table("outbox_row"))
    migrator.migrate(migrator.drop_table("order_line"))
    migrator.migrate(migrator.drop_table("product"))
    migrator.migrate(migrator.drop_table("purchase_order"))
    migrator.migrate(migrator.drop_table("membership"))
    migrator.migrate(migrator.drop_table("invitation"))
    migrator.migrate(migrator.drop_table("person"))
    migrator.migrate(migrator.drop_table("inbox_stamp"))
    migrator.migrate(migrator.drop_table("idempotency_record"))
    migrator.migrate(migrator.drop_table("event_counter"))
    migrator.migrate(migrator.drop_table("event"))
    migrator.migrate(migrator.drop_table("consent_report"))
    migrator.migrate(migrator.drop_table("consent"))
    migrator.migrate(migrator.drop_table("confirmation_rule"))
    migrator.migrate(migrator.drop_table("api_key"))
    migrator.migrate(migrator.drop_table("organisation"))
    migrator.migrate(migrator.drop_table("answer_record"))
    migrator.migrate(migrator.drop_table("conversation"))
    migrator.migrate(migrator.drop_table("task"))
    migrator.migrate(migrator.drop_table("address"))
