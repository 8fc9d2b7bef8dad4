"""The audit: a chain of entries per brand, who saw what, and a database that refuses to change either."""

from peewee import (
    BigAutoField,
    BigIntegerField,
    CharField,
    DateField,
    DateTimeField,
    IntegerField,
    Model,
    TextField,
)

_APPEND_ONLY = ("audit_entry", "audit_view")


def up(migrator, db):
    class AuditEntry(Model):
        id = BigAutoField()
        brand = IntegerField()
        seq = BigIntegerField()
        at = DateTimeField()
        kind = CharField(max_length=64)
        actor = CharField(max_length=64)
        record_kind = CharField(max_length=32)
        record = CharField(max_length=64)
        event = BigIntegerField(null=True)
        data = TextField()
        hash = CharField(max_length=64)

        class Meta:
            database = db
            table_name = "audit_entry"
            indexes = (
                (("brand", "seq"), True),
                (("brand", "record", "seq"), False),
                (("brand", "actor", "seq"), False),
            )

    class AuditView(Model):
        id = BigAutoField()
        brand = IntegerField()
        viewer = CharField(max_length=64)
        record_kind = CharField(max_length=32)
        record = CharField(max_length=64)
        day = DateField()
        at = DateTimeField()

        class Meta:
            database = db
            table_name = "audit_view"
            indexes = (
                (("brand", "record", "viewer", "day"), True),
                (("brand", "viewer", "id"), False),
                (("brand", "id"), False),
            )

    db.create_tables([AuditEntry, AuditView])
    # Null until a process of this version first writes for the brand: one of the former version goes on beside it.
    migrator.migrate(
        migrator.add_column("event_counter", "audit_seq", BigIntegerField(null=True)),
        migrator.add_column("event_counter", "audit_hash", CharField(max_length=64, null=True)),
        migrator.add_column("event_counter", "audit_events", BigIntegerField(null=True)),
        migrator.add_column("event_counter", "views_sealed", BigIntegerField(null=True)),
    )
    if "sqlite" in type(db).__name__.lower():
        _refuse_on_sqlite(db)
    else:
        _refuse_on_postgres(db)


def _refuse_on_sqlite(db):
    for table in _APPEND_ONLY:
        for act in ("UPDATE", "DELETE"):
            db.execute_sql(
                f"CREATE TRIGGER {table}_refuses_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def _refuse_on_postgres(db):
    db.execute_sql(
        "CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '%% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in _APPEND_ONLY:
        db.execute_sql(
            f"CREATE TRIGGER {table}_refuses BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()"
        )


def down(migrator, db):
    for column in ("audit_seq", "audit_hash", "audit_events", "views_sealed"):
        migrator.migrate(migrator.drop_column("event_counter", column))
    migrator.migrate(migrator.drop_table("audit_view"))
    migrator.migrate(migrator.drop_table("audit_entry"))
    if "sqlite" not in type(db).__name__.lower():
        db.execute_sql("DROP FUNCTION IF EXISTS audit_is_append_only()")
