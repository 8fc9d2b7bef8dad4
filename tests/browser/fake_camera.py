"""A phone whose camera shows what the test wants, in a browser of its own: the film is read anew whenever the camera opens."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from tests.browser.driving import LAUNCH, chromium
from tests.pictures import jpeg

_FRAMES = 6


class Film:
    """What stands in front of the camera."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def shows(self, picture: Image.Image) -> None:
        """From the next opening of the camera on."""
        self.path.write_bytes(jpeg(picture, quality=92) * _FRAMES)


@contextmanager
def browser_with_camera(browser: Browser, film: Film) -> Iterator[Browser]:
    """Another browser of the same kind with a camera that plays the film, allowed as a person would allow it."""
    arguments = [
        *LAUNCH,
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film.path}",
    ]
    running = browser.browser_type.launch(executable_path=chromium(), args=arguments)
    yield running
    running.close()
