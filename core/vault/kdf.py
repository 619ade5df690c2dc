"""From a password to a key: Argon2id (RFC 9106), its cost measured here, its bounds checked before it runs."""

from __future__ import annotations

import os
import time
import unicodedata
from collections.abc import Callable
from dataclasses import asdict, dataclass

from core.errors import BadInput, TooLarge

KEY_BYTES = 32
SALT_BYTES = 16
_KIB_PER_MIB = 1024
_TARGET = 0.7  # seconds; the promise is .5 to 1
_SHORTEST = 0.5
_LONGEST_PASSWORD = 1024  # characters


@dataclass(frozen=True)
class Cost:
    """What one derivation costs: memory in KiB, passes over it, lanes that may run side by side."""

    memory_kib: int
    time: int = 3
    lanes: int = 4

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


@dataclass(frozen=True)
class Bounds:
    """What a reader accepts, both ends included. Below, a planted header would weaken the next password; above, it
    would freeze the machine before any password is checked.
    """

    memory_kib: tuple[int, int] = (64 * _KIB_PER_MIB, 1024 * _KIB_PER_MIB)
    time: tuple[int, int] = (3, 16)
    lanes: tuple[int, int] = (1, 16)

    def hold(self, cost: Cost) -> bool:
        return all(
            low <= value <= high
            for value, (low, high) in (
                (cost.memory_kib, self.memory_kib),
                (cost.time, self.time),
                (cost.lanes, self.lanes),
            )
        )


BOUNDS = Bounds()
FLOOR = Cost(memory_kib=BOUNDS.memory_kib[0], time=BOUNDS.time[0])


def password_bytes(password: str) -> bytes:
    """NFKC, UTF-8: the same keys pressed on another system give the same bytes. Raises BadInput, TooLarge."""
    if not password:
        raise BadInput(field="password", reason="empty")
    if len(password) > _LONGEST_PASSWORD:
        raise TooLarge(what="password", found=len(password), limit=_LONGEST_PASSWORD)
    try:
        return unicodedata.normalize("NFKC", password).encode()
    except UnicodeEncodeError:
        raise BadInput(field="password", reason="characters") from None  # the cause would hold the password


def derive(password: str, salt: bytes, cost: Cost) -> bytes:
    """32 bytes. Takes the time that `cost` was measured for. Raises TooLarge when the memory is not to be had."""
    from argon2 import low_level
    from argon2.exceptions import HashingError

    try:
        return low_level.hash_secret_raw(
            password_bytes(password), salt, cost.time, cost.memory_kib, cost.lanes, KEY_BYTES, low_level.Type.ID
        )
    except HashingError as error:
        raise TooLarge(what="memory", found=cost.memory_kib * 1024, limit=None) from error


def _memory() -> int:
    """Physical memory in KiB; 4 GiB where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024
    except (AttributeError, ValueError, OSError):
        return 4 * _KIB_PER_MIB * _KIB_PER_MIB


def _seconds(cost: Cost) -> float:
    """What it would take on this machine when nothing else runs: the node and the signer are often starting just now,
    and a profile must not be weak for life because of that. By processor time, but at least a third of the clock's.
    """
    clock, processor = time.perf_counter(), time.process_time()
    derive("calibration", bytes(SALT_BYTES), cost)
    took, worked = time.perf_counter() - clock, time.process_time() - processor
    return min(took, worked)


def calibrate(seconds: Callable[[Cost], float] = _seconds, memory_kib: int | None = None) -> Cost:
    """The cost that takes .5 to 1 s on this machine, never below FLOOR; more memory first, then more passes.

    `seconds` measures one derivation (a seam for tests); `memory_kib` is the machine's memory, an eighth of which,
    and at most 512 MiB, is used. A machine that needs longer than a second for FLOOR gets FLOOR.
    """
    most = max(FLOOR.memory_kib, min(512 * _KIB_PER_MIB, (memory_kib or _memory()) // 8))
    cost, took = FLOOR, seconds(FLOOR)
    if took < _SHORTEST:
        memory = int(FLOOR.memory_kib * _TARGET / max(took, 0.001)) // _KIB_PER_MIB * _KIB_PER_MIB
        cost = Cost(memory_kib=min(most, memory))
        took = seconds(cost)
    if took < _SHORTEST:  # the memory is used up: go over it more often
        passes = min(BOUNDS.time[1], round(cost.time * _TARGET / max(took, 0.001)))
        cost = Cost(cost.memory_kib, max(cost.time, passes))
    elif took > 1 and cost != FLOOR:  # a busy moment, or memory slower than in the first look
        cost = Cost(max(FLOOR.memory_kib, int(cost.memory_kib * _TARGET / took)))
    return cost
