"""The flows this process serves, handed over once at start."""

from collections.abc import Mapping

from workflows.domain.errors import NewerRelease, NotFound
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


def flow_of_record(key: str) -> Flow:
    """The flow that a stored task or conversation names. Raises NewerRelease: this process has not heard of it yet."""
    if key not in _flows:
        raise NewerRelease(flow=key)
    return _flows[key]


def flows() -> Mapping[str, Flow]:
    """Every flow served."""
    return dict(_flows)
