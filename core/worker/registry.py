"""The kinds of child process. A line here and a module with `handlers()` is all a new one needs."""

from __future__ import annotations

import sys
from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True)
class Kind:
    """`module` has `handlers(emit) -> dict[str, Callable[..., object]]`; limits of None mean none."""

    name: str
    module: str
    memory: int | None = None  # bytes of address space
    cpu: int | None = None  # seconds of processor time in one life
    threads: int = 1  # requests handled side by side
    answer: int = 256 * MIB  # bytes of one answer


KINDS = {
    kind.name: kind
    for kind in (
        Kind("node", "core.node.worker"),
        Kind("simulator", "core.simulator.worker", memory=1024 * MIB),  # 150 MB are used: py-evm, proven nodes
        Kind("signer", "core.wallet.signer_worker"),
        # 49 s and 740 MB are used for 600 records of five people, 1,281 features; each person is one more solve
        Kind("audit", "core.economy.auditing", memory=4096 * MIB, cpu=1800, answer=16 * MIB),
        Kind("model", "core.models.worker", memory=1024 * MIB),  # 360 MB are used: encoders, two packages
    )
}


def command(name: str) -> list[str]:
    """How this program starts itself as the child `name`: through Python, or as the frozen program."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "worker", name]
    # -P: a file named json.py in the folder we happen to be started from must not become part of the signer
    return [sys.executable, "-P", "-m", "app", "worker", name]
