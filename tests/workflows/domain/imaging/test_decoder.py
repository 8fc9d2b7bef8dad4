"""Photos are looked at in a process that can do no harm, and whatever happens to it is a verdict about the photo."""

import os
import re
import subprocess
import sys
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests import scenes
from tests.acceptance.stack import ROOT
from tests.benchmarks.ground import environ_of
from tests.workflows.domain.imaging.conftest import Look, saved, size_of
from workflows.domain.evidence.imaging.child_process import ChildProcess
from workflows.domain.evidence.imaging.decoder import Decoder, decoder
from workflows.domain.evidence.imaging.inspection import BROKEN, TOO_SLOW, Unreadable

_GPS, _MAKE, _MODEL, _SOFTWARE, _DETAILS, _TAKEN, _OFFSET = 0x8825, 0x010F, 0x0110, 0x0131, 0x8769, 0x9003, 0x9011
_FORBIDDEN = ("PIL", "pillow_heif", "numpy")
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def _annotated() -> bytes:
    """A photo that tells where it was taken, by whom, and more."""
    exif = Image.Exif()
    exif[_MAKE], exif[_MODEL], exif[_SOFTWARE] = "HUAWEI\x00", "P60", "  Camera 1.2\x1b[31m  "
    exif.get_ifd(_DETAILS)[_TAKEN] = "2026:11:22 09:30:00"
    exif.get_ifd(_DETAILS)[_OFFSET] = "+08:00"
    exif.get_ifd(_GPS)[1], exif.get_ifd(_GPS)[2] = "N", (31.0, 13.0, 49.0)
    return saved(
        scenes.shelf(1, 1),
        exif=exif,
        comment=b"<script>alert(1)</script>",
        icc_profile=b"P" * 500,
        xmp=b"<x:xmpmeta>where</x:xmpmeta>",
    )


def _segments(content: bytes) -> list[int]:
    """The markers of a JPEG up to its first scan."""
    found, at = [], 2
    while content[at + 1] != 0xDA:
        found.append(content[at + 1])
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return found


def test_what_the_camera_wrote_is_read_and_where_it_was_is_not(look: Look) -> None:
    seen = look(_annotated())
    assert (seen.make, seen.model, seen.software) == ("HUAWEI", "P60", "Camera 1.2[31m")
    assert seen.taken_at is not None
    assert seen.taken_at.isoformat() == "2026-11-22T09:30:00+08:00"
    assert "13" not in str([seen.make, seen.model, seen.software])


def test_derivatives_carry_nothing_but_the_picture(look: Look, tmp_path: Path) -> None:
    look(_annotated())
    for name in ("full.jpg", "thumb.jpg"):
        content = (tmp_path / name).read_bytes()
        assert {marker for marker in _segments(content) if marker >= 0xE0} == {0xE0}, (
            f"{name} has more than its JFIF header"
        )
        assert not re.search(rb"script|HUAWEI|xmpmeta|Exif|PPPP", content)


def test_derivatives_are_as_long_as_promised_and_the_original_is_left_alone(look: Look, tmp_path: Path) -> None:
    content = saved(scenes.shelf(1, 1, size=(4000, 3000)))
    seen = look(content)
    assert (seen.width, seen.height, seen.media_type) == (4000, 3000, "image/jpeg")
    assert size_of(tmp_path / "full.jpg") == (2000, 1500)
    assert size_of(tmp_path / "thumb.jpg") == (320, 240)
    assert sha256((tmp_path / "photo").read_bytes()).digest() == sha256(content).digest()


def test_a_small_photo_is_not_enlarged(look: Look, tmp_path: Path) -> None:
    look(saved(Image.new("RGB", (200, 100), "red")))
    assert size_of(tmp_path / "full.jpg") == (200, 100)
    assert size_of(tmp_path / "thumb.jpg") == (200, 100)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_a_photo_is_shown_upright_however_the_phone_was_held(
    look: Look, tmp_path: Path, kind: str, orientation: int
) -> None:
    upright = Image.new("RGB", (120, 80), "white")
    upright.paste((220, 0, 0), (0, 0, 60, 40))
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    held = upright.transpose(Image.Transpose(undo[orientation])) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    seen = look(saved(held, kind, exif=exif.tobytes(), quality=95))
    assert (seen.width, seen.height) == (120, 80)
    shown = Image.open(BytesIO((tmp_path / "full.jpg").read_bytes()))
    assert [_is_red(shown, at) for at in ((20, 20), (100, 20), (20, 60), (100, 60))] == [True, False, False, False]


def _is_red(picture: Image.Image, at: tuple[int, int]) -> bool:
    red, green, _ = picture.getpixel(at)
    return bool(red > 180 and green < 80)


def test_a_photo_that_takes_too_long_is_given_up_and_the_next_one_is_looked_at(tmp_path: Path) -> None:
    slow, quick = tmp_path / "slow", tmp_path / "quick"
    slow.write_bytes(saved(scenes.shelf(1, 1, size=(6000, 4500))))
    quick.write_bytes(saved(Image.new("RGB", (8, 8))))
    with Decoder(wall_seconds=0.03) as impatient, pytest.raises(Unreadable) as verdict:
        impatient.inspect(slow, tmp_path / "full", tmp_path / "thumb")
    assert verdict.value.code == TOO_SLOW
    assert not (tmp_path / "full").exists()
    assert not (tmp_path / "thumb").exists()
    with Decoder() as patient:
        assert patient.inspect(quick, tmp_path / "full", tmp_path / "thumb").width == 8


def _killed() -> ChildProcess:
    child = ChildProcess()
    os.kill(child.pid, 9)
    return child


def test_a_child_that_dies_twice_makes_the_photo_broken(tmp_path: Path) -> None:
    photo = tmp_path / "photo"
    photo.write_bytes(saved(Image.new("RGB", (8, 8))))
    with Decoder(start=_killed) as unlucky, pytest.raises(Unreadable) as verdict:
        unlucky.inspect(photo, tmp_path / "full", tmp_path / "thumb")
    assert verdict.value.code == BROKEN
    assert not (tmp_path / "full").exists()


def test_a_child_that_somebody_killed_costs_an_honest_photo_nothing(tmp_path: Path) -> None:
    photo = tmp_path / "photo"
    photo.write_bytes(saved(scenes.shelf(1, 1)))
    children = [ChildProcess(), _killed()]
    with Decoder(start=children.pop) as decoding:
        assert decoding.inspect(photo, tmp_path / "full", tmp_path / "thumb").width == 1200
    assert children == []


def test_a_full_disk_is_no_verdict_about_the_photo(decoder: Decoder, tmp_path: Path) -> None:
    photo = tmp_path / "photo"
    photo.write_bytes(saved(scenes.shelf(1, 1)))
    with pytest.raises(OSError, match="No space left"):
        decoder.inspect(photo, _link_to(tmp_path / "full", Path("/dev/full")), tmp_path / "thumb")


def _link_to(link: Path, target: Path) -> Path:
    link.symlink_to(target)
    return link


@linux_only
def test_a_child_is_limited_and_knows_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SECRET_KEY", "the house's secret")
    photo = tmp_path / "photo"
    photo.write_bytes(saved(Image.new("RGB", (8, 8))))
    children = [ChildProcess()]
    with Decoder(start=children.copy().pop) as decoding:
        decoding.inspect(photo, tmp_path / "full", tmp_path / "thumb")
        its = Path("/proc") / str(children[0].pid)
        limits = (its / "limits").read_text()
        for limit in (
            "Max cpu time",
            "Max file size",
            "Max data size",
            "Max core file size",
            "Max open files",
            "Max address space",
        ):
            assert re.search(rf"{limit} +\d", limits), limits
        assert b"SECRET_KEY" not in (its / "environ").read_bytes()


def test_a_process_shares_one_decoder() -> None:
    assert decoder() is decoder()


def _modules_after(code: str, environ: dict[str, str]) -> set[str]:
    program = f"import sys; {code}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env={**os.environ, **environ}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_web_and_worker_processes_load_no_decoder_of_pictures(db_url: str, tmp_path: Path) -> None:
    """Shown red by `from PIL import Image` in inspection.py."""
    environ = environ_of(db_url, "redis://127.0.0.1:1/0", tmp_path)
    code = "import wsgi, api.work, workflows.domain.evidence.imaging.decoder, workflows.domain.evidence.imaging.quality"
    loaded = _modules_after(code, environ)
    assert "flask" in loaded
    assert loaded.isdisjoint(_FORBIDDEN)


def test_a_child_loads_nothing_of_the_house_but_the_imaging() -> None:
    loaded = _modules_after("import workflows.domain.evidence.imaging.child", {})
    house = {name for name in loaded if name.split(".")[0] in ("api", "config", "notifications", "workflows")}
    assert {name for name in house if "imaging" not in name} == {
        "workflows",
        "workflows.domain",
        "workflows.domain.evidence",
    }
    assert loaded.isdisjoint({"peewee", "flask", "requests", "redis", "numpy"})


def test_a_transparent_picture_shows_white_paper(look: Look, tmp_path: Path) -> None:
    look(saved(Image.new("RGBA", (64, 64), (0, 0, 0, 0)), "PNG"))
    assert Image.open(BytesIO((tmp_path / "full.jpg").read_bytes())).getpixel((32, 32)) == (255, 255, 255)
