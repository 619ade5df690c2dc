"""A contract of ours at its address: what it said, what it keeps, and whether it is what we think it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.chain.contracts import Contract, Event
from core.chain.light_node import LightNode
from core.chain.storage_reader import Path, StorageReader
from core.chain.trust import Trusted
from core.jobs import Progress
from core.units import Address


class Deployed:
    """`contract` is its artefact, for `call_data` and the like."""

    def __init__(self, light: LightNode, contract: Contract, address: Address) -> None:
        self.contract = contract
        self.address = address
        self._light = light
        self._reader = StorageReader(light, address, contract.layout)

    def check(self) -> dict[str, bytes]:
        """Its proven code is the artefact's; the 32-byte value of each immutable. Raises ProofMismatch."""
        return self.contract.check_code(self._light.code(self.address).value)

    def events(
        self, first: int = 0, last: int | None = None, *, names: Sequence[str] = (), progress: Progress | None = None
    ) -> Trusted[tuple[Event, ...]]:
        """All its events from block `first` to `last` (the head), or those of these names, none left out, in order."""
        logs = self._light.logs([self.address], first, last, progress)
        found = (self.contract.decode_event(log) for log in logs.value)
        return Trusted(tuple(event for event in found if event and (not names or event.name in names)), logs.trust)

    def read(self, *path: object) -> Trusted[Any]:
        """Named state, proven; see StorageReader."""
        return self._reader.read(*path)

    def read_many(self, paths: Sequence[Path]) -> Trusted[tuple[Any, ...]]:
        """Several at one block."""
        return self._reader.read_many(paths)
