"""The benchmarks run, and what does not depend on the machine holds: how many statements a call takes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.stack import ROOT
from tests.benchmarks.figures import Figure, plain_table, ratio
from tests.benchmarks.measuring import Timing


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    """What a quick run finds, on the store of this test run."""
    path: Path = tmp_path_factory.mktemp("bench") / "figures.json"
    environ = {**os.environ, "QUICK": "1", "FIGURES": str(path)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks"], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "could not be measured" not in done.stdout, done.stdout
    found: list[dict[str, object]] = json.loads(path.read_text())
    return found


def test_every_bench_gives_its_figures(figures: list[dict[str, object]]) -> None:
    works = [str(figure["work"]) for figure in figures]
    for part in (
        "mid-flow",
        "last answer",
        "unchanged (304)",
        "in full",
        "200 lines placed",
        "receipts",
        "feed",
        "near-duplicate search",
        "looked at",
        "taken for a copy",
        "taken for copies",
        "cold",
        "notices",
    ):
        assert any(part in work for work in works), f"{part} is missing among {works}"


def test_calls_take_no_more_statements_than_promised(figures: list[dict[str, object]]) -> None:
    exact = [figure for figure in figures if figure["is_exact"]]
    assert len(exact) >= 5
    assert [figure for figure in exact if not figure["is_reached"]] == []


def test_a_figure_beyond_its_target_says_no_and_fails_nothing() -> None:
    slow, fast = Timing((0.030,), (0.020,)), Timing((0.005,), (0.005,))
    too_slow = ratio("turn", "SQLite", slow, fast, 3)
    assert too_slow.value == pytest.approx(6)
    assert too_slow.in_cpu == pytest.approx(4)
    assert not too_slow.is_reached
    assert " no" in plain_table([too_slow])


def test_a_least_figure_is_reached_from_above() -> None:
    assert Figure("rate", "", "", "", 301, "/s", 300, is_least=True).is_reached
    assert not Figure("rate", "", "", "", 299, "/s", 300, is_least=True).is_reached
