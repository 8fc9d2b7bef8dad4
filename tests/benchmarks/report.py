"""Writes docs/figures.md: the table, and what it was measured on and with."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from tests.benchmarks.figures import markdown_table
from tests.benchmarks.run import Found

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "figures.md"
_PACKAGES = ("flask", "flask-smorest", "marshmallow", "peewee", "waitress", "psycopg", "redis", "rq", "structlog")
_TEXT = """# Figures

Written by `make bench` (with PostgreSQL: `TEST_DATABASE_URL=postgresql://… make bench`); do not edit by hand.
Every ratio is against a limit measured in the same run, on the same data, the two taking turns call by call.

{table}
{left_out}
## What is missed, and why

Copies that are 30 % brighter or carry a watermark all over. Of the drawn shelves nearly all are found; of the 16
photographs a pale sky that turned white (one) and a wall, a rocket and stars under large letters (three) are not. What
would reach 99 % is a second kind of print ([adr/0020](adr/0020-prints-of-photos.md)); such pictures keep the challenge
code, the place and the reviewer.

The inbox stands at its limits: of two calm runs on one machine one was within (1.47 and 1.45 × unchanged, 3.84 and 3.19 ×
in full, SQLite and PostgreSQL), the other over (1.51 and 1.61 ×, 4.19 and 3.68 ×). So does the cold start (5.9 to 6.1 ×).
[profile.md](profile.md) has the shares; [fire.md](fire.md) the load.

## Measured on

- {at} UTC, in {seconds:.0f} s; {cores} cores, {processor}; {system}
- Python {python}, {libraries}, {packages}
- Load of the machine during the run: {least:.1f} to {most:.1f} on {cores} cores. {advice}

## What is measured how

- Both sides are served by waitress with 8 threads and asked by one caller over one kept connection, client and server on
  the same machine. Medians and 95th percentiles are of single calls; the first calls of each are left out. **in CPU** is
  the same ratio in processor time of the two server processes (a database server's own work is not in it).
- *One durable insert*, *a constant*: flask-smorest, marshmallow and peewee with no rights, rules, logs, metrics or limits
  (`tests/benchmarks/bare.py`), the same pragmas (WAL, `synchronous=FULL`) or the same PostgreSQL.
- *An answer in mid-flow* is the first of the two that accept an order of five lines; the preview of what follows is worked
  out in it. *The last answer* confirms the order: lines, event, task, notice to the buyer.
- Statements are what peewee sends, begin and commit apart; the same insert or update for many rows, sent in one go, is
  not among them (an answer's own insert, the lines of an order, an event).
- The product asks who calls, counts its rate limits (at a height that no bench comes near: as for any phone far from its
  limit, the process counts alone), writes its log and its metrics, and compresses, as in production.
- The feed is read at its end; the events are copies of one order of three lines.
- Notices: best of {rounds} rounds each, in turns, by the drain that a worker runs, the stub in a process of its own.
- A photo looked at: the product decodes to about 2000 pixels, turns, writes two derivatives, reads EXIF, measures blur, light and
  screens, and prints, in a limited child that gets open files; Pillow alone decodes, writes one thumbnail and prints, as warm.
- Copies: made-up shelves (`tests/scenes.py`, three of each store) and 16 photographs that come packaged with scikit-image and
  scikit-learn (people, streets, stars, brick walls), each changed in one way, sent through the product's decoding
  and compared by its rule (adr/0020). *Another day* is the same shelf with a quarter of its facings changed and other light,
  taken a step aside: an honest photo, so the fewer the better.
- The first open is headless Chromium with an empty cache, the line slowed by its developer tools; the confirmation starts
  from a tap on the message, on a phone that is signed in and has the app in its cache.
"""


def write(found: Found) -> None:
    """Replace the document by this run's."""
    cores = os.cpu_count() or 1
    is_calm = max(found.loads) <= cores
    advice = (
        "Calm enough." if is_calm else "Others were at work: trust the ratios in CPU, and run it again when it is calm."
    )
    text = _TEXT.format(
        table=markdown_table(found.figures),
        left_out="\n" + "".join(f"- {line}\n" for line in found.left_out),
        at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M"),
        seconds=found.seconds,
        cores=cores,
        processor=_processor(),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        libraries=", ".join(found.libraries),
        packages=", ".join(f"{name} {version(name)}" for name in _PACKAGES),
        least=min(found.loads),
        most=max(found.loads),
        advice=advice,
        rounds=3,
    )
    DOCUMENT.write_text(text, encoding="utf-8")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.processor())
