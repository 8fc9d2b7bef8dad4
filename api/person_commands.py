"""`flask person …` and `flask partner …`: what an operator does for a person's rights, and to stop a person or a partner."""

import json
from datetime import date, datetime
from typing import Any

import click

from api import idempotency
from api.refusals import Group, refusals
from config import database
from workflows.domain import organisations, people
from workflows.domain.access import Actor
from workflows.engine.person_erasure import erase_person
from workflows.engine.person_export import export_person

person = Group("person", help="One person: what is held about them, and whether they get in.")
partner = Group("partner", help="Stop a partner, and let it work again.")
_of_brand = click.option("--brand", required=True, help="What operators call the brand.")


@person.command("export")
@click.argument("ref")
@_of_brand
def person_export(ref: str, brand: str) -> None:
    """Print everything that is held about the person REF, as JSON."""
    with database.connection(), refusals():
        found = export_person(_operator(brand), ref)
    click.echo(json.dumps(found, ensure_ascii=False, indent=2, default=_written))


@person.command("erase")
@click.argument("ref")
@_of_brand
@click.confirmation_option(prompt="This cannot be taken back. Erase?")
def person_erase(ref: str, brand: str) -> None:
    """Erase the person REF for good; accounts keep a pseudonym."""
    with database.connection(), refusals(), database.transaction():
        operator = _operator(brand)
        name = people.person(operator, ref).name
        is_new = erase_person(operator, ref)
        if is_new:
            idempotency.forget_texts(operator.brand_id, name)
    click.echo(f"erased: {ref}" if is_new else f"was erased before: {ref}")


@person.command("suspend")
@click.argument("ref")
@_of_brand
def person_suspend(ref: str, brand: str) -> None:
    """Stop the person REF: signed out everywhere, told nothing, not let in again."""
    with database.connection(), refusals():
        people.suspend_person(_operator(brand), ref)
    click.echo(f"suspended: {ref}")


@person.command("resume")
@click.argument("ref")
@_of_brand
def person_resume(ref: str, brand: str) -> None:
    """Let the suspended person REF sign in again."""
    with database.connection(), refusals():
        people.resume_person(_operator(brand), ref)
    click.echo(f"may sign in again: {ref}")


@person.command("sign-out")
@click.argument("ref")
@_of_brand
def person_sign_out(ref: str, brand: str) -> None:
    """End every session of the person REF, as after a lost phone; they sign in anew."""
    with database.connection(), refusals():
        count = people.sign_out_everywhere(_operator(brand), ref)
    click.echo(f"sessions ended: {count}")


@partner.command("suspend")
@click.argument("ref")
@_of_brand
def partner_suspend(ref: str, brand: str) -> None:
    """Stop the partner REF: its people are signed out and told nothing; its tasks stay."""
    with database.connection(), refusals():
        organisations.suspend_partner(_operator(brand), ref)
    click.echo(f"suspended: {ref}")


@partner.command("resume")
@click.argument("ref")
@_of_brand
def partner_resume(ref: str, brand: str) -> None:
    """Let the partner REF work again; its people sign in anew."""
    with database.connection(), refusals():
        organisations.resume_partner(_operator(brand), ref)
    click.echo(f"works again: {ref}")


def _operator(brand: str) -> Actor:
    return organisations.operator_of(organisations.brand_named(brand))


def _written(value: Any) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{type(value)} has no place in an export")
