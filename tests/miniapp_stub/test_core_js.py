"""The phone's own logic, tested by node's test runner: answers on their way, the dialogue, tables, words, the door."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.node import node_path

FOLDER = Path(__file__).parent / "core"
FILES = sorted(path.name for path in FOLDER.glob("*.test.js"))


@pytest.mark.parametrize("name", FILES)
def test_the_phones_own_logic_does_what_its_tests_say(name: str) -> None:
    done = subprocess.run(
        [node_path(), "--test", "--test-reporter=tap", FOLDER / name],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
    )
    passed = re.search(r"^# pass (\d+)$", done.stdout, re.MULTILINE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert passed is not None
    assert int(passed[1]) > 0
