"""Codes sent to phones: six digits for one device, ten minutes, few tries, one use. They prove that somebody holds a number.

Asking costs the same whether anybody knows the number or not: the same statements, the same row, the same answer. Only the
worker looks whose number it is, and sends nothing to a number that is nobody's. The code itself is derived from the row.
"""

import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta

import peewee
import structlog

from config import clock, database, forgetting, sealing
from config.database import Record
from config.fields import PublicIdField, UtcDateTimeField
from config.forgetting import Slice
from config.ids import new_id
from notifications import outbox, tallies, texting
from notifications.tallies import Exhausted, Limit, Use
from workflows.domain.documents import Faults
from workflows.domain.errors import Conflict, RateLimited, Unauthenticated
from workflows.domain.person_document import e164

LIFETIME = timedelta(minutes=10)
REPEATABLE_FOR = timedelta(minutes=5)
AGAIN_AFTER_S = 60
MOST_TRIES = 5
_LONGEST_DEVICE = 128
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_PURPOSE = "sms-code"

# What mainland operators allow per number and sign; beyond that the provider would refuse, and take the number for a victim.
ASKED_OF_NUMBER = (
    Limit("code-number-minute", 1, timedelta(seconds=AGAIN_AFTER_S)),
    Limit("code-number-hour", 5, _HOUR),
    Limit("code-number-day", 10, _DAY),
)
ASKED_BY_DEVICE = (Limit("code-device-hour", 10, _HOUR),)
ASKED_FROM_ADDRESS = (Limit("code-address-hour", 60, _HOUR), Limit("code-address-day", 300, _DAY))
TRIED_AT_NUMBER = (Limit("try-number-day", 30, _DAY),)
TRIED_FROM_ADDRESS = (Limit("try-address-hour", 60, _HOUR),)

_log = structlog.get_logger(__name__)


class SmsCode(Record):
    """One code asked for: for which number (sealed, and found by `lookup`), by which device, and the session it began last."""

    id = peewee.AutoField()
    public_id = PublicIdField()
    lookup = peewee.CharField(max_length=64)
    device = peewee.CharField(max_length=_LONGEST_DEVICE)
    sealed_phone = peewee.BlobField()
    created_at = UtcDateTimeField(index=True)
    expires_at = UtcDateTimeField()
    tries = peewee.IntegerField(default=0)
    used_at = UtcDateTimeField(null=True)
    session = peewee.IntegerField(null=True)

    class Meta:
        indexes = ((("lookup", "device"), False),)

    @property
    def phone(self) -> str:
        """The number it was asked for."""
        return sealing.current().open(bytes(self.sealed_phone), _context(self.public_id))

    @property
    def dedupe_key(self) -> str:
        """What its message stands under in the outbox."""
        return f"text:{self.public_id}"


def ask(phone: object, device: object, address: str) -> int:
    """Have a code sent to a number, for this device alone; seconds until another may be asked for.

    The same device asking again within the minute gets no second message. address is where the call came from. Raises
    Invalid, RateLimited, and Conflict `sms_off` where no text messages are sent; never says whether the number is known.
    """
    number = read_number(phone, device)
    if not texting.is_on():
        raise Conflict("sms_off")
    with database.transaction():
        try:
            return _asked(number, str(device), address)
        except Exhausted as error:
            raise RateLimited(error.retry_after_s) from None


def send_quietly(number: str, device: str, address: str) -> None:
    """The same for a number that the house itself knows; where a limit is reached, the code sent before has to do."""
    with database.transaction():
        try:
            _asked(number, device, address)
        except Exhausted as error:
            _log.info("sms_code_held_back", limit=error.limit)


def read_number(phone: object, device: object) -> str:
    """The number in E.164. Raises Invalid for a number or a device that is none."""
    faults = Faults()
    faults.text(("device",), device, longest=_LONGEST_DEVICE)
    number = faults.read(("phone",), phone, e164)
    faults.raise_if_any()
    return str(number)


def _asked(number: str, device: str, address: str) -> int:
    subject = digest(number)
    database.serialise(_PURPOSE, subject)
    latest = _latest(number, device)
    waited_s = (clock.now() - latest.created_at).total_seconds() if latest and not latest.used_at else AGAIN_AFTER_S
    if waited_s < AGAIN_AFTER_S:
        return max(1, AGAIN_AFTER_S - int(waited_s))
    tallies.take(
        [Use(limit, subject) for limit in ASKED_OF_NUMBER]
        + [Use(limit, digest(device)) for limit in ASKED_BY_DEVICE]
        + [Use(limit, _network(address)) for limit in ASKED_FROM_ADDRESS]
    )
    made = _create(number, device)
    outbox.publish_on(outbox.TEXTS, {"kind": "code", "id": made.public_id}, made.dedupe_key)
    return AGAIN_AFTER_S


def _create(number: str, device: str) -> SmsCode:
    public_id, now = new_id("smc"), clock.now()
    return SmsCode.create(
        public_id=public_id,
        lookup=digest(number),
        device=device,
        sealed_phone=sealing.current().seal(number, _context(public_id)),
        created_at=now,
        expires_at=now + LIFETIME,
    )


def code_of(row: SmsCode) -> str:
    """The six digits themselves; nothing but the message holds them."""
    return sealing.current().code(_PURPOSE, row.public_id)


def proved(number: str, device: str, code: str, address: str) -> SmsCode:
    """The code asked for by this device for this number, which `code` proves that it got. Stands once it returned.

    Raises Unauthenticated `code_invalid` (wrong, expired, tried too often, never sent) or `code_used` (later than five
    minutes after its first use), and RateLimited. Every wrong try counts, whatever becomes of the call.
    """
    with database.transaction():
        database.serialise(_PURPOSE, digest(number))
        uses = _tries(number, address)
        try:
            tallies.take(uses)
        except Exhausted as error:
            raise RateLimited(error.retry_after_s) from None
        row = _latest(number, device)
        refusal = _refusal(row, code)
        if refusal is None and row is not None:
            tallies.give_back(uses)
            row.used_at = row.used_at or clock.now()
            row.save(only=[SmsCode.used_at])
            return row
    raise Unauthenticated(refusal)


def _tries(number: str, address: str) -> Sequence[Use]:
    at_number = [Use(limit, digest(number)) for limit in TRIED_AT_NUMBER]
    return [*at_number, *(Use(limit, _network(address)) for limit in TRIED_FROM_ADDRESS)]


def _refusal(row: SmsCode | None, code: str) -> str | None:
    if row is None or row.tries >= MOST_TRIES:
        return "code_invalid"
    now = clock.now()
    if not sealing.current().is_code(_PURPOSE, row.public_id, code):
        SmsCode.update(tries=SmsCode.tries + 1).where(SmsCode.id == row.id).execute()
        return "code_invalid"
    if row.used_at is not None:
        return "code_used" if now - row.used_at > REPEATABLE_FOR else None
    return "code_invalid" if row.expires_at <= now else None


def _latest(number: str, device: str) -> SmsCode | None:
    """The newest code of a device for a number: a newer one takes the place of those before."""
    query = SmsCode.select().where(SmsCode.lookup.in_(digests(number)), SmsCode.device == device)
    found: SmsCode | None = query.order_by(SmsCode.id.desc()).first()
    return found


def codes_at(number: str | None) -> list[SmsCode]:
    """Every code asked for at a number that is still kept, oldest first; none without a number."""
    if number is None:
        return []
    return list(SmsCode.select().where(SmsCode.lookup.in_(digests(number))).order_by(SmsCode.id))


def forget_codes_of(number: str | None, session_ids: Sequence[int]) -> None:
    """Forget every code asked for at a number, and those that began these sessions. Whoever waits for one asks again."""
    at_number = SmsCode.lookup.in_(digests(number) if number is not None else [])
    SmsCode.delete().where(at_number | SmsCode.session.in_(list(session_ids))).execute()


def forget_codes(before: datetime, after: int) -> Slice:
    """Forget a slice of the codes asked for before a moment."""
    return forgetting.forget(SmsCode, SmsCode.created_at, before, after)


def digest(text: str) -> str:
    """What the limits count a number, a device or an address under."""
    return sealing.current().index(text, _PURPOSE)


def digests(text: str) -> list[str]:
    """Everything it may stand under, one per live key."""
    return sealing.current().indexes(text, _PURPOSE)


def _network(address: str) -> str:
    """A caller's address; of IPv6 the network, because every phone has 2^64 addresses of its own."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return digest(address)
    if parsed.version == 6 and parsed.ipv4_mapped is None:
        return digest(str(ipaddress.ip_network((parsed, 64), strict=False)))
    return digest(str(getattr(parsed, "ipv4_mapped", None) or parsed))


def _context(public_id: str) -> str:
    return f"sms_code:sealed_phone:{public_id}"
