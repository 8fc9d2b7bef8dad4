"""waitress as the embedded stack runs it: `python -m config.waitress …`, with waitress' own words.

waitress 3 ends the line after every answer without a body, and there is no setting for it. Such an answer ends where its
headers end (RFC 9112 §6.3), so nothing has to be told by closing: a phone that asks whether there is news would open a new
line, one more round trip on 2G, at every look.
"""

from waitress.channel import HTTPChannel
from waitress.runner import run
from waitress.task import WSGITask


class KeepingTask(WSGITask):  # type: ignore[misc]  # waitress ships no types
    """One answer, after which the line stays open unless somebody asked for its end."""

    def set_close_on_finish(self) -> None:
        """Note that the line ends with this answer; a 204 or 304 alone is no reason."""
        if self.has_body or self.version != "1.1" or self._is_asked_to_close():
            super().set_close_on_finish()

    def _is_asked_to_close(self) -> bool:
        return "close" in str(self.request.headers.get("CONNECTION", "")).lower()


def keep_lines() -> None:
    """Let every server of this process answer so."""
    HTTPChannel.task_class = KeepingTask


if __name__ == "__main__":
    keep_lines()
    run()
