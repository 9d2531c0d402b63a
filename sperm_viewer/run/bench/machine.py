"""The machine that was measured on."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

_SIDE = 1024
_TRIES = 20


@dataclass(frozen=True, slots=True)
class Machine:
    """`load` is the mean number of waiting processes over a minute, before the measurement; None on Windows.

    `matrix_gflops` is the best of twenty float32 matrix products of 1024 x 1024 by numpy, on all cores.
    """

    processor: str
    cores: int
    memory_gb: float
    system: str
    load: float | None
    matrix_gflops: float


def this_machine() -> Machine:
    return Machine(
        processor=processor_name(),
        cores=os.cpu_count() or 1,
        memory_gb=round(psutil.virtual_memory().total / 2**30, 1),
        system=platform.platform(terse=True),
        load=round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        matrix_gflops=round(_matrix_gflops(), 1),
    )


def processor_name() -> str:
    """As its maker calls it, where the system tells that; else its architecture."""
    name = ""
    if sys.platform == "linux":
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
        name = next((line.partition(":")[2] for line in lines if line.startswith("model name")), "")
    elif sys.platform == "darwin":
        command = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
        name = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return name.strip() or platform.processor() or platform.machine()


def _matrix_gflops() -> float:
    rng = np.random.default_rng(0)
    one, other = (rng.standard_normal((_SIDE, _SIDE), dtype=np.float32) for _ in range(2))
    best = float("inf")
    for _ in range(_TRIES):
        started = time.perf_counter()
        one @ other
        best = min(best, time.perf_counter() - started)
    return 2 * _SIDE**3 / best / 1e9
