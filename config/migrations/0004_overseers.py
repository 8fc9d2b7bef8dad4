"""Who of the brand's side is told when a task is answered late.

Widens what stands: a process of the version before goes on reading and writing tasks.
"""

from peewee import TextField


def up(migrator, db):
    migrator.migrate(migrator.add_column("task", "overseers", TextField(null=True)))
