"""The programs that building and packing need, checked before the build starts."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable

LINUX = {
    "cc": "gcc",
    "dpkg": "dpkg",
    "dpkg-deb": "dpkg",
    "icupkg": "icu-devtools",
    "ldd": "libc-bin",
    "libdeflate-gzip": "libdeflate-tools",
    "objcopy": "binutils",
    "objdump": "binutils",
    "readelf": "binutils",
    "strip": "binutils",
}
"""Each program with the Debian package that contains it."""


def refuse_missing_programs(find: Callable[[str], str | None] = shutil.which, platform: str = sys.platform) -> None:
    """Exits with the names of missing programs and of the packages to install."""
    missing = [program for program in LINUX if find(program) is None] if platform == "linux" else []
    if missing:
        packages = " ".join(sorted({LINUX[program] for program in missing}))
        raise SystemExit(f"These programs are missing: {', '.join(missing)}. Run: apt-get install {packages}")


if __name__ == "__main__":
    refuse_missing_programs()
