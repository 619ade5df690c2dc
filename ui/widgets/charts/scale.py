"""Round numbers for axes. No Qt here."""

from __future__ import annotations

import math


def ticks(low: float, high: float, wanted: int = 4) -> list[float]:
    """About `wanted` steps of 1, 2, 2.5 or 5 times a power of ten that cover low..high."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return [0.0, 1.0]
    if high <= low:
        high = low + (abs(low) or 1.0)
    raw = (high - low) / max(1, wanted)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * times for times in (1, 2, 2.5, 5, 10) if power * times >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [index * step for index in range(first, last + 1)]


def words(value: float, step: float) -> str:
    """A tick's number with just the decimals its step needs: 0.25, 1,500, 2 M."""
    if abs(value) >= 1_000_000:
        return f"{value / 1_000_000:g} M"
    decimals = max(0, -math.floor(math.log10(step))) if step > 0 else 0
    if step > 0 and decimals < 6 and abs(round(step, decimals) - step) > step * 1e-6:
        decimals += 1
    return f"{value:,.{decimals}f}"


def thin(count: int, room: float, each: float) -> list[int]:
    """Which of `count` labels to write when `room` pixels hold them at `each`: at even distances, the last included."""
    if count <= 0:
        return []
    most = max(1, int(room // max(1.0, each)))
    step = max(1, math.ceil(count / most))
    return sorted(range(count - 1, -1, -step))
