"""What a line remembers while its order goes to and fro: why it came to a person, what stood before, what the brand's system said."""

from peewee import BigIntegerField, DateField, DateTimeField, IntegerField, TextField


def up(migrator, db):
    migrator.migrate(
        migrator.add_column("purchase_order", "proposals", IntegerField(null=True)),
        migrator.add_column("order_line", "why", TextField(null=True)),
        migrator.add_column("order_line", "former", TextField(null=True)),
        migrator.add_column("order_line", "decided_at", DateTimeField(null=True)),
        migrator.add_column("order_line", "sent_quantity", BigIntegerField(null=True)),
        migrator.add_column("order_line", "sent_due_date", DateField(null=True)),
    )


def down(migrator, db):
    migrator.migrate(
        *(
            migrator.drop_column("order_line", name)
            for name in ("why", "former", "decided_at", "sent_quantity", "sent_due_date")
        ),
        migrator.drop_column("purchase_order", "proposals"),
    )
