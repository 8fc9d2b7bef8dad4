"""`make bench`: measures, prints one table, writes docs/figures.md. QUICK=1 proves in seconds that all of it runs.

TEST_DATABASE_URL adds PostgreSQL. FIGURES names a file for the figures as JSON. No figure ever fails a build.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

from config import sealing
from config.sealing import Sealer
from tests.benchmarks import report, run
from tests.benchmarks.figures import plain_table
from tests.benchmarks.ground import Plan
from tests.conftest import TEST_SECRET


def main() -> int:
    """Measure and tell."""
    is_quick = os.environ.get("QUICK") == "1"
    sealing.use(Sealer([TEST_SECRET]))
    with tempfile.TemporaryDirectory(prefix="partnerline-bench-") as folder:
        found = run.everything(Path(folder), Plan.quick() if is_quick else Plan(), os.environ.get("TEST_DATABASE_URL"))
    print(plain_table(found.figures), *found.left_out, sep="\n")  # noqa: T201 - this is what it is for
    if os.environ.get("FIGURES"):
        Path(os.environ["FIGURES"]).write_text(json.dumps([figure.to_json() for figure in found.figures]))
    if not is_quick:
        report.write(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
