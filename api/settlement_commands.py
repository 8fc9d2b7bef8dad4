"""`flask settlements …`: does what is paid add up?"""

import sys

import click

from api.refusals import Group
from config import database
from workflows.domain.claims import settling
from workflows.domain.organisations import Organisation

settlements = Group("settlements", help="What approved claims pay.")


@settlements.command("verify")
def settlements_verify() -> None:
    """Add up every claim's and every partner's lines, one line for each that is wrong; exit code 1 when there is any."""
    with database.connection():
        brands = Organisation.select(Organisation.brand).where(Organisation.id == Organisation.brand)
        found = [wrong for row in brands.order_by(Organisation.id) for wrong in settling.verify(row.brand)]
    for wrong in found:
        click.echo(f"{wrong.what} {wrong.id}: its lines come to {wrong.lines}, {wrong.says} stands beside them")
    click.echo(f"findings: {len(found)}" if found else "every line adds up")
    sys.exit(1 if found else 0)
