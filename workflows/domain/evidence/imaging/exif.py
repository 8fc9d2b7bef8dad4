"""What the camera wrote about the photo: when, with what. Never where. Runs in the decode child only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from PIL import Image

_ORIENTATION, _MAKE, _MODEL, _SOFTWARE, _CHANGED, _DETAILS = 0x0112, 0x010F, 0x0110, 0x0131, 0x0132, 0x8769
_TAKEN, _TAKEN_OFFSET = 0x9003, 0x9011
_LONGEST: Final = 64


@dataclass(frozen=True)
class ExifFacts:
    """Claims, easily forged and often absent: messengers remove them."""

    orientation: int = 1
    taken_at: datetime | None = None
    make: str | None = None
    model: str | None = None
    software: str | None = None


def facts_of(picture: Image.Image) -> ExifFacts:
    """What can be read; whatever is broken there says nothing about the photo itself."""
    try:
        exif = picture.getexif()
        details = exif.get_ifd(_DETAILS)
    except MemoryError:
        raise
    except Exception:  # a stranger's bytes; an unreadable note is no reason to refuse the photo
        return ExifFacts()
    return ExifFacts(
        orientation=_orientation(exif.get(_ORIENTATION)),
        taken_at=_moment(_text(details.get(_TAKEN) or exif.get(_CHANGED)), _text(details.get(_TAKEN_OFFSET))),
        make=_text(exif.get(_MAKE)),
        model=_text(exif.get(_MODEL)),
        software=_text(exif.get(_SOFTWARE)),
    )


def _orientation(value: Any) -> int:
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _text(value: Any) -> str | None:
    """One short printable line, or nothing."""
    if not isinstance(value, str):
        return None
    clean = "".join(letter for letter in value[: 4 * _LONGEST] if letter.isprintable()).strip()
    return clean[:_LONGEST] or None


def _moment(text: str | None, offset: str | None) -> datetime | None:
    """EXIF's own way of writing a time, with the offset where there is one."""
    if not text:
        return None
    try:
        moment = datetime.strptime(text, "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - cameras leave the zone out; said in Inspection
    except ValueError:
        return None
    try:
        return datetime.fromisoformat(f"{moment.isoformat()}{offset}") if offset else moment
    except ValueError:
        return moment
