"""The guided flows, one file each, found by walking this package."""

import importlib
import pkgutil

from workflows.engine.flow import Flow


def all_flows() -> dict[str, Flow]:
    """Every flow by its key."""
    found = (importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
    return {module.FLOW.key: module.FLOW for module in found}
