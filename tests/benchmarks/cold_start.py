"""How long a web worker takes to be there, against `import flask` in a fresh interpreter, and how much memory it holds."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from tests.acceptance.stack import ROOT
from tests.benchmarks.figures import Figure, ratio
from tests.benchmarks.ground import Plan
from tests.benchmarks.measuring import Timing

STARTED_RATIO, MOST_RESIDENT_MB = 6, 120
_KIB_PER_MB = 1_000_000 / 1024
# structlog imports rich where it finds it, and the checks bring it along: a production installation has none.
_AS_INSTALLED = "import sys; sys.modules['rich'] = None; "
_APP = f"{_AS_INSTALLED}import wsgi"
# The largest resident set of this very program: what getrusage tells includes the process it was forked from.
_APP_RESIDENT = f"{_APP}; print(*[line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')])"
_FLASK = f"{_AS_INSTALLED}import flask"


def measured(environ: Mapping[str, str], plan: Plan, folder: Path) -> list[Figure]:
    """Fresh interpreters in turns: one imports flask, one makes the whole app from the environment.

    Both find their bytecode in `folder`, as an installed program does; the first run fills it.
    """
    environ = {**environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
    limit, ours = [], []
    for _ in range(plan.starts + 1):
        limit.append(_run(_FLASK, environ))
        ours.append(_run(_APP, environ))
    started = ratio("cold start of a web worker / import flask", "", _timing(ours), _timing(limit), STARTED_RATIO)
    return [started, *_resident(environ)]


def _timing(runs: list[tuple[float, float]]) -> Timing:
    later = runs[1:]
    return Timing(tuple(run[0] for run in later), tuple(run[1] for run in later))


def _run(code: str, environ: Mapping[str, str]) -> tuple[float, float]:
    """Seconds from start to end, and seconds of processor time."""
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env={**os.environ, **environ})
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return seconds, usage.ru_utime + usage.ru_stime


def _resident(environ: Mapping[str, str]) -> list[Figure]:
    """Where the system tells (Linux)."""
    if sys.platform != "linux":
        return []
    command = [sys.executable, "-c", _APP_RESIDENT]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **environ}, capture_output=True, text=True, check=True)
    megabytes = int(done.stdout) / _KIB_PER_MB
    return [Figure("memory of a fresh web worker", "", "", "", megabytes, " MB", MOST_RESIDENT_MB)]
