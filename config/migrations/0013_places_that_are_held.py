"""By which places that are still held are found to be forgotten: small, since most are gone by then.

Built at once, as every index of ours: it reads its table and holds back its writers for as long as that takes.
"""


def up(migrator, db):
    db.execute_sql("CREATE INDEX claim_with_place ON claim (id) WHERE place IS NOT NULL")
    db.execute_sql("CREATE INDEX photo_with_place ON evidence_photo (id) WHERE place IS NOT NULL")
    db.execute_sql("CREATE INDEX conversation_asking ON conversation (id) WHERE state = 'asking'")


def down(migrator, db):
    for name in ("claim_with_place", "photo_with_place", "conversation_asking"):
        db.execute_sql(f"DROP INDEX {name}")
