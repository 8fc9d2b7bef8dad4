"""The trade of the flows' tests: one brand, one supplier, three products, on 22 November 2026."""

from tests.workflows.flows.conftest import trade

__all__ = ["trade"]
