"""What brands ask of suppliers' capacity, what suppliers plan by product and month, and how busy they are."""

from peewee import (
    BigAutoField,
    BigIntegerField,
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

    class Product(Model):
        class Meta:
            database = db
            table_name = "product"

    class CapacityRequest(Model):
        public_id = CharField(unique=True, max_length=64)
        brand = IntegerField()
        ref = CharField(max_length=64)
        supplier = ForeignKeyField(Organisation, on_delete="RESTRICT")
        first_month = DateField(null=True)
        months = IntegerField()
        due_date = DateField()
        recurs_on_day = IntegerField(null=True)
        note = TextField(default="")
        asked_month = DateField()
        due_at = DateTimeField()
        round_month = DateField()
        month_offset = IntegerField(default=0)
        answer_days = IntegerField()
        next_at = DateTimeField(null=True)
        version = IntegerField(default=1)
        state = CharField(max_length=16, default="open")
        reported_by = CharField(null=True, max_length=64)
        reported_at = DateTimeField(null=True)
        created_at = DateTimeField()
        updated_at = DateTimeField()

        class Meta:
            database = db
            table_name = "capacity_request"
            indexes = ((("brand", "ref"), True), (("supplier", "state", "id"), False))

    db.create_tables([CapacityRequest])

    class CapacityItem(Model):
        request = ForeignKeyField(CapacityRequest, on_delete="CASCADE")
        product = ForeignKeyField(Product, on_delete="RESTRICT")
        place = IntegerField()
        prefill = TextField()

        class Meta:
            database = db
            table_name = "capacity_item"
            indexes = ((("request", "product"), True),)

    db.create_tables([CapacityItem])

    class CapacityPlan(Model):
        id = BigAutoField()
        brand = IntegerField()
        supplier = ForeignKeyField(Organisation, on_delete="RESTRICT")
        product = ForeignKeyField(Product, on_delete="RESTRICT")
        month = DateField()
        quantity = BigIntegerField()
        unit = CharField(max_length=16)
        reported_by = CharField(max_length=64)
        reported_at = DateTimeField()

        class Meta:
            database = db
            table_name = "capacity_plan"
            indexes = ((("supplier", "product", "month"), True), (("brand", "supplier", "product"), False))

    db.create_tables([CapacityPlan])

    class SupplierLoad(Model):
        brand = IntegerField()
        supplier = ForeignKeyField(Organisation, unique=True, on_delete="RESTRICT")
        colour = CharField(max_length=8)
        backlog_days = IntegerField()
        reported_by = CharField(max_length=64)
        reported_at = DateTimeField()

        class Meta:
            database = db
            table_name = "supplier_load"

    db.create_tables([SupplierLoad])


def down(migrator, db):
    for name in ("supplier_load", "capacity_plan", "capacity_item", "capacity_request"):
        db.execute_sql(f'DROP TABLE "{name}"')
