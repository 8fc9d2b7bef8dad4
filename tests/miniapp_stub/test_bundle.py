"""The committed bundle of the browser mini-app: made from these sources, small, and fit for a strict content policy."""

import base64
import gzip
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent.parent
H5 = ROOT / "miniapp_stub" / "h5"
BUILD = H5 / "build.py"
FIRST_OPEN_LIMIT = 80 * 1024


def _build_script(path: Path = BUILD) -> ModuleType:
    spec = importlib.util.spec_from_file_location("h5_build", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_bundle_was_built_from_the_sources_as_they_are() -> None:
    build = _build_script()
    assert build.record() == json.loads(build.RECORD.read_text(encoding="utf-8")), (
        "run: python miniapp_stub/h5/build.py"
    )


def _bundler_or_skip() -> ModuleType:
    build = _build_script()
    try:
        build.bundler()
    except build.BuildError as error:
        if os.environ.get("PARTNERLINE_REQUIRE_BROWSER") == "1":
            raise
        pytest.skip(f"no bundler here: {error}")
    return build


def test_the_bundle_is_the_sources_byte_for_byte() -> None:
    _bundler_or_skip()
    done = subprocess.run([sys.executable, BUILD, "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_changed_source_is_found(tmp_path: Path) -> None:
    _bundler_or_skip()
    for name in ("core", "h5"):
        shutil.copytree(ROOT / "miniapp_stub" / name, tmp_path / "miniapp_stub" / name, symlinks=True)
    copy = tmp_path / "miniapp_stub" / "h5"
    words = copy / "src" / "texts_en.js"
    words.write_text(words.read_text(encoding="utf-8").replace("'Sign in'", "'Log in'"), encoding="utf-8")
    done = subprocess.run([sys.executable, copy / "build.py", "--check"], capture_output=True, text=True)
    assert done.returncode == 1
    assert "bundle.json" in done.stderr


def test_the_first_open_is_small() -> None:
    page = (H5 / "dist" / "index.html").read_text(encoding="utf-8")
    files = ["index.html", *re.findall(r'(?:src|href)="([\w-]+\.(?:js|css))"', page)]
    assert len(files) == 3
    assert sum(len(gzip.compress((H5 / "dist" / name).read_bytes(), 9)) for name in files) <= FIRST_OPEN_LIMIT


def test_a_style_is_left_out_only_where_no_screen_can_show_it() -> None:
    build = _build_script()
    style = (
        "body{--weui-RED:red;--weui-OLD:var(--weui-DEEP);--weui-DEEP:#000;color:var(--weui-RED)}"
        ".weui-a,.weui-b:not(.x,.y){margin:0}.weui-c .weui-b{top:0}"
        "@media print{.weui-c{top:0}}@media print{.mine{top:0}}@keyframes turn{0%{top:0}to{top:1px}}"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "styles-ABCDEFGH.css"
        path.write_text(style, encoding="utf-8")
        kept = build.prune(path, 'class="weui-b"')
        assert kept.read_text(encoding="utf-8") == (
            "body{--weui-RED:red;color:var(--weui-RED)}.weui-b:not(.x,.y){margin:0}"
            "@media print{.mine{top:0}}@keyframes turn{0%{top:0}to{top:1px}}"
        )


def test_nothing_in_the_page_needs_a_looser_content_policy() -> None:
    page = (H5 / "dist" / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"<script(?![^>]* src=)[^>]*>", page) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=", page) == []
    script = next((H5 / "dist").glob("main-*.js")).read_text(encoding="utf-8")
    assert re.findall(r"\beval\(|new Function\(", script) == []


def test_nothing_is_called_that_the_oldest_phones_do_not_know() -> None:
    # The bundler turns newer syntax into older; newer functions it leaves as they are (see older_phones.js).
    newer = r"\.(?:replaceAll|at|findLast|toSorted|toReversed|any)\(|structuredClone\(|AbortSignal\.timeout|randomUUID"
    sources = [*(H5.parent / "core").glob("*.js"), *(H5 / "src").rglob("*.js")]
    called = {path.name: re.findall(newer, path.read_text(encoding="utf-8")) for path in sources}
    assert {name: found for name, found in called.items() if found} == {}


def test_every_library_in_the_bundle_carries_its_licence() -> None:
    licences = (H5 / "dist" / "LICENSES.txt").read_text(encoding="utf-8")
    for package in json.loads((H5 / "vendor.json").read_text(encoding="utf-8"))["packages"]:
        assert list((ROOT / package["into"]).glob("LICENSE*")), package["name"]
        if package["into"].startswith("miniapp_stub"):
            assert f"{package['name']} {package['version']}" in licences


def test_a_package_with_another_hash_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    build = _build_script()

    class Registry:
        def __enter__(self) -> "Registry":
            return self

        def __exit__(self, *_: object) -> None:
            return None

        def read(self) -> bytes:
            return b"something else"

    monkeypatch.setattr(build.urllib.request, "urlopen", lambda *_, **__: Registry())
    wanted = base64.b64encode(hashlib.sha512(b"the package").digest()).decode()
    with pytest.raises(build.BuildError, match="htm 3"):
        build.fetched("htm", "3.1.1", f"sha512-{wanted}")


def test_the_lock_file_names_no_host() -> None:
    assert "resolved" not in (H5 / "package-lock.json").read_text(encoding="utf-8")
