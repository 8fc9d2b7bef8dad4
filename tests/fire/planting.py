"""Plants a fault: puts a wrong function in the place of a right one, wherever it was imported to."""

import sys
from typing import Any

import pytest

_OURS = ("api", "config", "notifications", "workflows")


def plant(monkeypatch: pytest.MonkeyPatch, right: Any, wrong: Any) -> None:
    """Every module of the house that knows `right` by name has `wrong` instead, until the test ends."""
    places = 0
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] not in _OURS:
            continue
        for attribute, value in list(vars(module).items()):
            if value is right:
                monkeypatch.setattr(module, attribute, wrong)
                places += 1
    assert places, f"{right} is known nowhere"
