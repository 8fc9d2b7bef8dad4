"""The process that decodes: it gets open files, never a path, and answers each with what it saw or why it could not.

`python -m workflows.domain.evidence.imaging.child` with a socket as standard input; started and stopped by `decoder.py` alone.
"""

import json
import os
import socket
import sys
from typing import Any

from workflows.domain.evidence.imaging import derivatives, exif, limits, measures, prints, reading
from workflows.domain.evidence.imaging.derivatives import Derived
from workflows.domain.evidence.imaging.inspection import BROKEN, TOO_MANY_PIXELS, Inspection, Unreadable

_ASK_BYTES = 64
_FILES = 3


def main() -> None:
    """Answer until the other side goes away."""
    reading.prepare()
    limits.bind()
    with socket.socket(fileno=os.dup(sys.stdin.fileno())) as line:
        line.sendall(b"\n")  # ready: what follows is decoding time only
        while True:
            asked, files, _, _ = socket.recv_fds(line, _ASK_BYTES, _FILES)
            if not asked:
                return
            limits.allow_one_photo()
            answer = {**_answer(files), "is_spent": limits.is_spent()}
            line.sendall(json.dumps(answer).encode() + b"\n")


def _answer(files: list[int]) -> dict[str, Any]:
    """What was seen, the verdict, or the trouble with our own disk, which is no verdict about the photo."""
    source, full, thumb = files
    with os.fdopen(source, "rb") as read, os.fdopen(full, "wb") as large, os.fdopen(thumb, "wb") as small:
        try:
            seen, made = inspect(read.read())
        except Unreadable as verdict:
            return {"code": verdict.code}
        try:
            large.write(derivatives.written(made.full))
            small.write(derivatives.written(made.thumb))
        except OSError as trouble:
            return {"trouble": trouble.errno}
    return {"seen": seen.to_json()}


def inspect(content: bytes) -> tuple[Inspection, Derived]:
    """Decode and measure. Raises Unreadable, whatever the bytes do to the decoders."""
    try:
        return _inspected(content)
    except Unreadable:
        raise
    except MemoryError as error:
        raise Unreadable(TOO_MANY_PIXELS) from error
    except Exception as error:  # decoders meet a stranger's bytes with a dozen kinds of exception
        raise Unreadable(BROKEN) from error


def _inspected(content: bytes) -> tuple[Inspection, Derived]:
    picture, kind = reading.opened(content)
    width, height = picture.size
    facts = exif.facts_of(picture)
    made = derivatives.derived(reading.decoded(picture, kind), facts.orientation)
    seen = measures.measured(made.grey, made.full)
    is_turned = facts.orientation >= 5
    inspection = Inspection(
        width=height if is_turned else width,
        height=width if is_turned else height,
        media_type=reading.MEDIA_TYPES[kind],
        prints=prints.prints_of(made.grey),
        sharpness=seen.sharpness,
        brightness=seen.brightness,
        contrast=seen.contrast,
        screen_likeness=seen.screen_likeness,
        taken_at=facts.taken_at,
        make=facts.make,
        model=facts.model,
        software=facts.software,
    )
    return inspection, made


if __name__ == "__main__":
    main()
