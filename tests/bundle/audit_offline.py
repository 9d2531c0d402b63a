"""`make audit-offline`: the app scores without a network, and nothing in it tries to reach one. Linux, as root.

Runs the end-to-end tests, and the bundle where there is one, in a network namespace without a route, and has strace
note every address that any of their processes connects or sends to: Python's, and those of the libraries below it.
From Debian: strace util-linux, and xvfb xdotool for the bundle.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
_SOURCE = ("tests/e2e", "tests/test_cli.py", "tests/run/test_pipeline.py")
_CALL = re.compile(r"\b(?:connect|sendto|sendmsg|sendmmsg)\(")
_ADDRESS = re.compile(r"sin6?_port=htons\((?P<port>\d+)\).*?\"(?P<address>[^\"]+)\"")


def audited(command: Sequence[str | Path]) -> tuple[int, list[str], int]:
    """How the command ended, the addresses outside this process's machine that were tried, and by how many processes
    it was run.
    """
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "calls"
        trace = ["strace", "--follow-forks", "--seccomp-bpf", "-qq", "-e", "trace=network,execve", "-o", str(log)]
        done = subprocess.run(["unshare", "--net", *trace, *map(str, command)], cwd=ROOT, check=False)
        lines = log.read_text("utf-8", "replace").splitlines()
    tried = [f"{a['address']}:{a['port']}" for line in lines if _CALL.search(line) for a in _ADDRESS.finditer(line)]
    return done.returncode, tried, len({line.split()[0] for line in lines})


def main() -> None:
    connecting = "import socket; socket.socket().connect_ex(('192.0.2.1', 80))"
    _, tried, _ = audited([sys.executable, "-c", connecting])
    if tried != ["192.0.2.1:80"]:
        sys.exit(f"The audit doesn't see a connection that is tried: {tried}")
    pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    runs = {"source": [*pytest, *_SOURCE]}
    if (ROOT / "dist" / "sperm-viewer").is_dir():
        runs["bundle"] = [*pytest, "-m", "bundle", "tests/bundle"]
    failed = False
    for name, command in runs.items():
        ended, tried, processes = audited(command)
        print(f"{name}: {len(tried)} connections tried by {processes} processes {' '.join(sorted(set(tried)))}")  # noqa: T201
        failed |= ended != 0 or bool(tried)
    sys.exit(failed)


if __name__ == "__main__":
    main()
