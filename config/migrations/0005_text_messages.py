"""Text messages: sign-in codes, what was used of the limits, a brand's own budget; sessions that proved a number,
invitations that renewed themselves."""

from peewee import (
    BlobField,
    CharField,
    DateTimeField,
    IntegerField,
    Model,
)


def up(migrator, db):
    class SmsCode(Model):
        public_id = CharField(unique=True, max_length=64)
        lookup = CharField(max_length=64)
        device = CharField(max_length=128)
        sealed_phone = BlobField()
        created_at = DateTimeField(index=True)
        expires_at = DateTimeField()
        tries = IntegerField(default=0)
        used_at = DateTimeField(null=True)
        session = IntegerField(null=True)

        class Meta:
            database = db
            table_name = "sms_code"
            indexes = ((("lookup", "device"), False),)

    db.create_tables([SmsCode])

    class Tally(Model):
        name = CharField(max_length=32)
        subject = CharField(max_length=64)
        opened_at = DateTimeField(index=True)
        used = IntegerField()

        class Meta:
            database = db
            table_name = "tally"
            indexes = ((("name", "subject"), True),)

    db.create_tables([Tally])

    class SmsBudget(Model):
        brand = IntegerField(primary_key=True)
        daily_fen = IntegerField()

        class Meta:
            database = db
            table_name = "sms_budget"

    db.create_tables([SmsBudget])

    migrator.migrate(
        migrator.add_column("phone_session", "sealed_phone", BlobField(null=True)),
        migrator.add_column("invitation", "renewed_by", IntegerField(null=True)),
    )
