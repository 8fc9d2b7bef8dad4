"""The kinds of input, one class each. A new kind is one file and one line here."""

from collections.abc import Mapping

from workflows.engine.inputs.amount import Amount
from workflows.engine.inputs.base import InputKind
from workflows.engine.inputs.choice import Choice
from workflows.engine.inputs.choices import Choices
from workflows.engine.inputs.confirm import Confirm
from workflows.engine.inputs.date import Date
from workflows.engine.inputs.note import Note
from workflows.engine.inputs.photo import Photo
from workflows.engine.inputs.place import Place
from workflows.engine.inputs.quantity import Quantity
from workflows.engine.inputs.scan import Scan
from workflows.engine.inputs.signature import Signature
from workflows.engine.inputs.table import Table, merged_rows
from workflows.engine.inputs.text import Text
from workflows.engine.rejection import InvalidAnswer

__all__ = ["KINDS", "InputKind", "InvalidAnswer", "kind_named", "merged_rows"]

KINDS: Mapping[str, InputKind] = {
    one.kind: one
    for one in (
        Note(),
        Choice(),
        Choices(),
        Confirm(),
        Quantity(),
        Amount(),
        Date(),
        Text(),
        Table(),
        Photo(),
        Scan(),
        Place(),
        Signature(),
    )
}


def kind_named(name: str) -> InputKind:
    """The kind with this name. Raises KeyError for a name that no flow can have passed its checks with."""
    return KINDS[name]
