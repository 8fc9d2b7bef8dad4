"""A signature drawn on the screen, stored like a photo."""
# ruff: noqa: ARG002 - every kind has one signature

from datetime import date

from config.text import Text
from workflows.engine.content import Constraints, JsonValue
from workflows.engine.inputs.base import InputKind, wrong_type
from workflows.engine.inputs.photo import photo_id
from workflows.engine.rejection import InvalidAnswer

IN_THE_APP = Text(en="Open the mini-app to sign.", zh="请打开小程序签名。")


class Signature(InputKind):
    """Value: `"pho_…"`, the picture of the signature; `preview` is what is signed."""

    kind = "signature"
    known = frozenset({"preview"})

    def as_text(self, value: JsonValue, constraints: Constraints, language: str) -> str:
        """That it is there."""
        return "已签名" if language == "zh" else "Signed"

    def parse(self, value: JsonValue, constraints: Constraints, today: date) -> JsonValue:
        """The picture's id."""
        found = photo_id(value)
        if found is None:
            raise wrong_type()
        return found

    def parse_text(self, text: str, constraints: Constraints, today: date) -> JsonValue:
        """Signatures do not come as text."""
        raise InvalidAnswer("needs_app", IN_THE_APP)

    def hint(self, constraints: Constraints, language: str) -> str:
        """Where to go."""
        return IN_THE_APP.in_language(language)

    def references(self, value: JsonValue) -> tuple[tuple[str, str], ...]:
        """The picture."""
        return (("photo", str(value)),)
