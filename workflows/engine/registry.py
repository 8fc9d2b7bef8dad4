"""The flows this process serves, handed over once at start."""

from collections.abc import Mapping

from workflows.domain.errors import NotFound
from workflows.engine.flow import Flow

_flows: dict[str, Flow] = {}


def use_flows(flows: Mapping[str, Flow]) -> None:
    """Serve these flows."""
    _flows.clear()
    _flows.update(flows)


def flow_named(key: str) -> Flow:
    """The flow with this key. Raises NotFound."""
    if key not in _flows:
        raise NotFound("flow_unknown", flow=key)
    return _flows[key]


def flows() -> Mapping[str, Flow]:
    """Every flow served."""
    return dict(_flows)
