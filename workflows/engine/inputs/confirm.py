"""A yes, to a preview where one was shown."""
# ruff: noqa: ARG002 - every kind has one signature

from collections.abc import Mapping
from datetime import date

from config.text import Text
from workflows.engine.content import Constraints, JsonValue, is_bilingual, text_of
from workflows.engine.inputs.base import InputKind, both, fact_lines, says, wrong_type
from workflows.engine.rejection import InvalidAnswer

NOT_CONFIRMED = Text(
    en="Confirm to go on, or go back and change an answer.",
    zh="请确认后继续，或返回修改前面的回答。",
)
PREVIEW_CHANGED = Text(
    en="The result has changed since you looked. Read it again, then confirm.",
    zh="结果已有变化，请重新查看后再确认。",
)
HINT = Text(en="Reply “{yes}” or 1 to confirm.", zh="回复“{yes}”或 1 确认。")
YES = frozenset({"1", "y", "yes", "ok", "okay", "send", "submit", "confirm"}) | frozenset(
    {"是", "是的", "好", "好的", "行", "可以", "同意", "确认", "确定", "提交", "发送"}
)


class Confirm(InputKind):
    """Value: `true`, or `{"preview": id}` naming the preview that was read.

    `true` is taken also where a preview was shown: the server works the verdict out anew before anything happens.
    """

    kind = "confirm"
    known = frozenset({"yes", "preview"})

    def as_text(self, value: JsonValue, constraints: Constraints, language: str) -> str:
        """The words of the button."""
        return text_of(constraints.get("yes")).in_language(language)

    def parse(self, value: JsonValue, constraints: Constraints, today: date) -> JsonValue:
        """Only a yes to what is shown now is a yes."""
        if value is True:
            return True
        if value is False:
            raise InvalidAnswer("not_confirmed", NOT_CONFIRMED)
        preview = value.get("preview") if isinstance(value, Mapping) and len(value) == 1 else None
        if not isinstance(preview, str):
            raise wrong_type()
        if preview != preview_id(constraints):
            raise InvalidAnswer("preview_changed", PREVIEW_CHANGED)
        return {"preview": preview}

    def parse_text(self, text: str, constraints: Constraints, today: date) -> JsonValue:
        """A yes in either language, or the words of the button, to the preview just shown."""
        if not says(text, YES | both(constraints.get("yes"))):
            raise InvalidAnswer("not_confirmed", NOT_CONFIRMED)
        preview = preview_id(constraints)
        return True if preview is None else {"preview": preview}

    def hint(self, constraints: Constraints, language: str) -> str:
        """What to reply."""
        return HINT.format(yes=text_of(constraints.get("yes"))).in_language(language)

    def prompt_lines(self, constraints: Constraints, language: str) -> list[str]:
        """The preview: its sentence and its facts."""
        preview = constraints.get("preview")
        if not isinstance(preview, Mapping):
            return []
        text = text_of(preview.get("text")).in_language(language)
        return [text, *fact_lines(preview, language)] if text else fact_lines(preview, language)

    def check_constraints(self, constraints: Constraints) -> list[str]:
        """A button needs words in both languages."""
        wrong = super().check_constraints(constraints)
        yes = constraints.get("yes")
        if not isinstance(yes, Text) and not is_bilingual(yes):
            wrong.append("has no `yes` text in both languages")
        return wrong


def preview_id(constraints: Constraints) -> str | None:
    """The id of the preview now shown, or None."""
    preview = constraints.get("preview")
    found = preview.get("id") if isinstance(preview, Mapping) else None
    return found if isinstance(found, str) else None
