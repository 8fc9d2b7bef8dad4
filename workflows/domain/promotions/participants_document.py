"""Reads who takes part in a promotion, in which stores, and who proves it there."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflows.domain import organisations
from workflows.domain.access import ACTIVE, Actor
from workflows.domain.documents import Faults, Path
from workflows.domain.organisations import Organisation
from workflows.domain.promotions.places import read_place

MOST = 2_000  # participants, and stores of all of them together
DISTRIBUTOR, STORE = "distributor", "store"
_PROVERS = (DISTRIBUTOR, STORE, "agency")
_KEYS = frozenset({"partner", "stores", "place", "proved_by"})
_STORE_KEYS = frozenset({"store", "place", "proved_by"})
_REFS_AT_ONCE = 1_000


@dataclass(frozen=True)
class SiteDocument:
    """One place: the store (or the partner itself), whose people prove it, and where it is."""

    organisation: Organisation
    prover: Organisation
    place: Mapping[str, str] | None

    @property
    def content(self) -> tuple[object, ...]:
        """What makes two of them the same."""
        return (self.prover.id, tuple(sorted((self.place or {}).items())))


@dataclass(frozen=True)
class ParticipantDocument:
    """One partner with its places; a store, and a distributor without stores, is its own only place."""

    partner: Organisation
    sites: tuple[SiteDocument, ...]

    @property
    def content(self) -> dict[int, tuple[object, ...]]:
        """What makes two of them the same, whatever the order of the stores."""
        return {site.organisation.id: site.content for site in self.sites}


def read_participants(
    actor: Actor, faults: Faults, raw: object, standing: Collection[int]
) -> tuple[ParticipantDocument, ...]:
    """The clean participants, after noting every fault; standing are the organisations that have a part in it already.

    One that is suspended takes no new part; where it has one, it may stay.
    """
    rows = faults.rows(("participants",), raw, most=MOST, least=1)
    return _Participants(actor, faults, rows, standing).read()


class _Participants:
    """The participants of one document, read with a query for each thousand references."""

    def __init__(
        self, actor: Actor, faults: Faults, rows: Sequence[Mapping[str, Any]], standing: Collection[int]
    ) -> None:
        self._faults = faults
        self._rows = rows
        self._standing = standing
        self._known = _named(actor, rows)
        self._partners: set[int] = set()
        self._sites: set[int] = set()

    def read(self) -> tuple[ParticipantDocument, ...]:
        """Every participant that is clean; the faults of the others are noted."""
        found = [self._participant(("participants", place), row) for place, row in enumerate(self._rows)]
        if len(self._sites) > MOST:
            self._faults.add(("participants",), "too_many_stores", most=MOST)
        return tuple(one for one in found if one is not None)

    def _participant(self, path: Path, row: Mapping[str, Any]) -> ParticipantDocument | None:
        self._faults.only(path, row, _KEYS)
        partner = self._organisation((*path, "partner"), row.get("partner"), (DISTRIBUTOR, STORE), "participant_kind")
        prover = self._prover(path, row)
        stores = self._faults.rows((*path, "stores"), row.get("stores"), most=MOST)
        place = read_place(self._faults, (*path, "place"), row.get("place"))
        if partner is None:
            return None
        if partner.id in self._partners:
            self._faults.add((*path, "partner"), "partner_twice", ref=partner.ref)
        self._partners.add(partner.id)
        if not stores:
            own = self._site((*path, "partner"), partner, prover or partner, place)
            return ParticipantDocument(partner, (own,))
        self._refuse_stores(path, partner, row)
        sites = (self._store((*path, "stores", number), one, prover) for number, one in enumerate(stores))
        return ParticipantDocument(partner, tuple(site for site in sites if site is not None))

    def _refuse_stores(self, path: Path, partner: Organisation, row: Mapping[str, Any]) -> None:
        if partner.kind == STORE:
            self._faults.add((*path, "stores"), "store_with_stores")
        if row.get("place") is not None:
            self._faults.add((*path, "place"), "place_of_each_store")

    def _store(self, path: Path, row: Mapping[str, Any], prover: Organisation | None) -> SiteDocument | None:
        self._faults.only(path, row, _STORE_KEYS)
        store = self._organisation((*path, "store"), row.get("store"), (STORE,), "store_unknown")
        place = read_place(self._faults, (*path, "place"), row.get("place"))
        prover = self._prover(path, row) or prover
        if store is None:
            return None
        return self._site((*path, "store"), store, prover or store, place)

    def _site(
        self, path: Path, organisation: Organisation, prover: Organisation, place: Mapping[str, str] | None
    ) -> SiteDocument:
        if organisation.id in self._sites:
            self._faults.add(path, "store_twice", ref=organisation.ref)
        self._sites.add(organisation.id)
        return SiteDocument(organisation, prover, place)

    def _prover(self, path: Path, row: Mapping[str, Any]) -> Organisation | None:
        if row.get("proved_by") is None:
            return None
        return self._organisation((*path, "proved_by"), row["proved_by"], _PROVERS, "prover_kind")

    def _organisation(self, path: Path, raw: object, kinds: Collection[str], code: str) -> Organisation | None:
        ref = self._faults.ref(path, raw)
        if ref is None:
            return None
        found = self._known.get(ref)
        if found is None:
            self._faults.add(path, "partner_unknown", ref=ref)
        elif found.kind not in kinds:
            self._faults.add(path, code, ref=ref)
        elif found.state != ACTIVE and found.id not in self._standing:
            self._faults.add(path, "partner_suspended", ref=ref)
        else:
            return found
        return None


def _named(actor: Actor, rows: Sequence[Mapping[str, Any]]) -> dict[str, Organisation]:
    """Every organisation that the rows name, by its reference."""
    named = {row.get(name) for row in rows for name in ("partner", "proved_by") if _is_name(row.get(name))}
    for row in rows:
        named |= {one.get(name) for one in _stores(row) for name in ("store", "proved_by") if _is_name(one.get(name))}
    refs = sorted(str(ref) for ref in named)
    found: dict[str, Organisation] = {}
    for start in range(0, len(refs), _REFS_AT_ONCE):  # SQLite takes a limited number of values in one statement
        some = refs[start : start + _REFS_AT_ONCE]
        found |= {row.ref: row for row in organisations.partners_of(actor).where(Organisation.ref.in_(some))}
    return found


def _is_name(raw: object) -> bool:
    return isinstance(raw, str) and len(raw) <= 64


def _stores(row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    stores = row.get("stores")
    rows = stores[:MOST] if isinstance(stores, list) else []
    return [one for one in rows if isinstance(one, Mapping)]
