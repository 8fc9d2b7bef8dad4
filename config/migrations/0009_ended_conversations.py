"""By which conversations without a result are found to be forgotten: small, since most have one.

Built at once, as every index of ours: it reads `conversation` and holds back its writers for as long as that takes.
"""


def up(migrator, db):
    db.execute_sql(
        "CREATE INDEX conversation_without_result ON conversation (closed_at)"
        " WHERE state IN ('left', 'superseded', 'expired')"
    )
