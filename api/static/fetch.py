"""Fetches the vendored script of the /docs page again: `python api/static/fetch.py`. Only engineers run this.

One package of the npm registry, by exact version and integrity hash; its licence comes with it.
"""

import base64
import hashlib
import io
import sys
import tarfile
import urllib.request
from pathlib import Path

PACKAGE = "swagger-ui-dist"
VERSION = "5.35.0"
SHA512 = "U06rpMtW9V3XPGOBeamTUSr0Z09jMX4IJuANpE/EZbAhw0G8CgwrzU4YmXkn/h0wCDNsXdGarTNNHC3sU8yVUQ=="
URL = f"https://registry.npmjs.org/{PACKAGE}/-/{PACKAGE}-{VERSION}.tgz"
FILES = ("LICENSE", "NOTICE", "swagger-ui-bundle.js", "swagger-ui.css")
INTO = Path(__file__).resolve().parent / "vendor" / PACKAGE


def main() -> int:
    """Write the files; 1 where what came is not what was pinned."""
    with urllib.request.urlopen(URL, timeout=60) as answer:
        packed = answer.read()
    if base64.b64encode(hashlib.sha512(packed).digest()).decode() != SHA512:
        sys.stderr.write(f"{URL} is not what was pinned\n")
        return 1
    INTO.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for name in FILES:
            member = archive.extractfile(f"package/{name}")
            if member is None:
                sys.stderr.write(f"{name} is not in {URL}\n")
                return 1
            (INTO / name).write_bytes(member.read())
    return 0


if __name__ == "__main__":
    sys.exit(main())
