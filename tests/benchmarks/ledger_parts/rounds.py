"""Contenders in turns, so that what else the machine does hits all of them alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping


def interleaved(
    contenders: Mapping[str, Callable[[], object]], rounds: int = 15, repeat: int = 1
) -> dict[str, list[float]]:
    """Seconds for one call of each contender, one figure a round (the mean of `repeat` calls), after one unmeasured."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds + 1):
        for name, work in contenders.items():
            started = time.perf_counter()
            for _ in range(repeat):
                work()
            if number:
                times[name].append((time.perf_counter() - started) / repeat)
    return times


def median(times: Mapping[str, list[float]], name: str) -> float:
    return statistics.median(times[name])


def ratio(times: Mapping[str, list[float]], over: str, under: str) -> float:
    """The median of each round's ratio: noise that lasts a round falls out."""
    return statistics.median(a / b for a, b in zip(times[over], times[under], strict=True))
