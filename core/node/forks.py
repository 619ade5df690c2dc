"""Which rules hold at which block. Forks up to the Merge are named by a block's number, later ones by its time, as
other nodes' genesis files name them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

# In order; each stands on the one before. Two of them only put the difficulty bomb off.
FORKS = (
    "frontier",
    "homestead",
    "tangerine_whistle",
    "spurious_dragon",
    "byzantium",
    "constantinople",
    "petersburg",
    "istanbul",
    "muir_glacier",
    "berlin",
    "london",
    "arrow_glacier",
    "gray_glacier",
    "paris",
    "shanghai",
    "cancun",
    "prague",
)
NEWEST = FORKS[-1]


def since(fork: str, first: str) -> bool:
    """Whether the rules that came with `first` hold in `fork`."""
    return FORKS.index(fork) >= FORKS.index(first)


def header_fields(fork: str) -> int:
    """How many fields a header has (EIP-1559, EIP-4895, EIP-4844 with EIP-4788, EIP-7685)."""
    for first, count in (("prague", 21), ("cancun", 20), ("shanghai", 17), ("london", 16)):
        if since(fork, first):
            return count
    return 15


@dataclass(frozen=True)
class Step:
    """From block `number`, or from `time` (seconds since 1970) where that is given, `fork` holds."""

    fork: str
    number: int = 0
    time: int | None = None


@dataclass(frozen=True)
class ForkSchedule:
    """The first step holds from block 0. `end` is where a fork that nobody here can execute begins, None for never."""

    steps: tuple[Step, ...]
    end: Step | None = None

    def __post_init__(self) -> None:
        names = [step.fork for step in self.steps]
        orders = [FORKS.index(name) for name in names]  # ValueError for a name that is not there
        if not names or orders != sorted(set(orders)) or self.steps[0].number or self.steps[0].time:
            raise ValueError("forks out of order")
        for marks in (
            [step.number for step in self.steps if step.time is None],
            [step.time for step in self.steps if step.time is not None],
        ):
            if marks != sorted(marks):
                raise ValueError("forks out of order")

    def at(self, number: int, time: int) -> str | None:
        """The fork of the block of this number and time; None where it is one that is not known here."""
        if self.end is not None and _reached(self.end, number, time):
            return None
        return next(step.fork for step in reversed(self.steps) if _reached(step, number, time))

    def marks(self) -> dict[str, int]:
        """As numbers by name, to be kept beside the chain; `of_marks` reads them."""
        found = {_mark(step.fork, step): (step.number if step.time is None else step.time) + 1 for step in self.steps}
        if self.end is not None:
            found[_mark("end", self.end)] = (self.end.number if self.end.time is None else self.end.time) + 1
        return found

    @classmethod
    def of_marks(cls, read: Callable[[str], int]) -> ForkSchedule:
        """`read` gives 0 for a name that was not kept. A chain without marks is one of ours."""
        found = [step for fork in (*FORKS, "end") for step in _steps(fork, read)]
        steps = tuple(step for step in found if step.fork != "end")
        end = next((step for step in found if step.fork == "end"), None)
        return cls(steps, end) if steps else OURS


def _mark(name: str, step: Step) -> str:
    return f"fork {name} {'number' if step.time is None else 'time'}"


def _steps(name: str, read: Callable[[str], int]) -> list[Step]:
    number, time = read(f"fork {name} number"), read(f"fork {name} time")
    return [Step(name, number - 1)] * bool(number) + [Step(name, time=time - 1)] * bool(time)


def _reached(step: Step, number: int, time: int) -> bool:
    return time >= step.time if step.time is not None else number >= step.number


def schedule(named: Iterable[tuple[str, int, bool]]) -> ForkSchedule:
    """From (fork, number or time, whether it is a time), in any order; a fork not known here ends what can be run.
    Raises ValueError.
    """
    found = [Step(name, time=mark) if timed else Step(name, mark) for name, mark, timed in named]
    known = sorted((step for step in found if step.fork in FORKS), key=lambda step: FORKS.index(step.fork))
    first = [Step("frontier"), *(step for step in known if _reached(step, 0, 0))][-1].fork
    later = [step for step in known if not _reached(step, 0, 0)]
    others = [step for step in found if step.fork not in FORKS]
    end = min(others, key=lambda step: (step.time is not None, step.time or step.number), default=None)
    return ForkSchedule((Step(first), *later), end)


OURS = ForkSchedule((Step(NEWEST),))  # every network begun here: Prague from its first block
