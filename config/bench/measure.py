"""Measuring one thing several times, and the lines of the table."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

ROUNDS = 15


@dataclass(frozen=True, slots=True)
class Timing:
    """Median seconds of processor and of the clock on the wall."""

    cpu: float
    wall: float


def timed(act: Callable[[], Any], rounds: int = ROUNDS, warm_up: int = 2) -> Timing:
    """Do `act` some rounds, the first ones uncounted."""
    for _ in range(warm_up):
        act()
    cpus, walls = [], []
    for _ in range(rounds):
        cpu, wall = time.process_time(), time.perf_counter()
        act()
        cpus.append(time.process_time() - cpu)
        walls.append(time.perf_counter() - wall)
    return Timing(median(cpus), median(walls))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. `met` is None where there is no target, or where nothing could be measured."""

    name: str
    measured: str
    target: str = ""
    met: bool | None = None

    def __str__(self) -> str:
        mark = {True: "✓", False: "✗", None: "–"}[self.met]
        return f"{mark} | {self.name:<34} | {self.measured:<66} | {self.target}"


def millis(timing: Timing) -> str:
    """As the table says it: «9.1 ms CPU, 9.4 ms wall»."""
    return f"{timing.cpu * 1000:.1f} ms CPU, {timing.wall * 1000:.1f} ms wall"


def seconds(timing: Timing) -> str:
    """As the table says it: «0.91 s CPU, 0.94 s wall»."""
    return f"{timing.cpu:.2f} s CPU, {timing.wall:.2f} s wall"


def memory(kind: str, pid: int | str = "self") -> float:
    """Megabytes of memory of a process: `VmRSS` now, `VmHWM` at most so far; 0 where the system does not say."""
    file = Path(f"/proc/{pid}/status")
    lines = file.read_text().splitlines() if file.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{kind}:")), 0.0)
