"""What the clock does for the audit every ten minutes: seals views, catches up, and writes anchors outside."""

from pathlib import Path

from workflows.domain import events
from workflows.domain.audit import anchors, views


def brands_in_need() -> list[int]:
    """The brands with something that is not in their chain yet."""
    return sorted({*views.brands_to_seal(), *events.brands_behind()})


def tend(brand_id: int) -> bool:
    """Bring what waits into a brand's chain, a slice of each kind; is there more?"""
    is_behind = events.catch_up(brand_id)
    has_views = views.seal(brand_id)
    return is_behind or has_views


def anchor(path: Path | None) -> None:
    """Write the chains' ends outside, where a file is set."""
    if path:
        anchors.write(path)
