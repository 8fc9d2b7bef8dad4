"""What somebody is told of the devices they are signed in on."""

from peewee import CharField


def up(migrator, db):
    del db
    migrator.migrate(migrator.add_column("phone_session", "label", CharField(max_length=64, null=True)))


def down(migrator, db):
    del db
    migrator.migrate(migrator.drop_column("phone_session", "label"))
