"""The simulator as a child process. One method: run. It opens nothing and asks nobody."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from core.eth import hexdata
from core.eth.header import Header
from core.simulator.effects import describe
from core.simulator.machine import Incomplete, Machine, Message
from core.simulator.state import Enough, Nodes


class _Simulator:
    def __init__(self) -> None:
        self._nodes = Nodes()

    def run(
        self,
        chain_id: int,
        header: str,
        message: Mapping[str, Any],
        base_fee: int,
        timestamp: int | None = None,
        nodes: Sequence[str] = (),
        hashes: Mapping[str, str] | None = None,
        purpose: str = "call",
    ) -> dict[str, Any]:
        """Run a message on the state after `header` (RLP); with `timestamp`, as part of the block after it.

        `nodes` are trie nodes and codes, `hashes` earlier blocks' by number; both as hex, and kept. `message` has
        sender, to (or null), value, data and gas. `purpose` is "call", or "effects", which also finds the gas that is
        enough and tells what changed.

        Returns {"missing": {...}} when more is needed, else {"output", "gasUsed", "failure"}, with "gas" and
        "effects" where asked for. Raises BadEncoding for a header that is none.
        """
        if not nodes:
            self._nodes.trim()
        self._nodes.add(map(bytes.fromhex, nodes))
        known = {int(number): bytes.fromhex(digest) for number, digest in (hashes or {}).items()}
        machine = Machine(self._nodes, chain_id, Header.decode(bytes.fromhex(header)), timestamp, base_fee, known)
        wish = Message(
            sender=bytes.fromhex(message["sender"]),
            to=bytes.fromhex(message["to"]) if message["to"] else None,
            value=int(message["value"]),
            data=bytes.fromhex(message["data"]),
            gas=int(message["gas"]),
        )
        try:
            return self._run(machine, wish, purpose)
        except (Incomplete, Enough):
            return {"missing": machine.missing.as_json()}

    @staticmethod
    def _run(machine: Machine, wish: Message, purpose: str) -> dict[str, Any]:
        done = machine.run(wish)
        answer: dict[str, Any] = {
            "output": hexdata.to_data(done.output),
            "gasUsed": done.gas_used,
            "failure": done.failure,
        }
        if purpose == "effects":
            answer["effects"] = describe(done)
            if machine.missing:  # reading the state before may want more than the run did
                raise Incomplete
            answer["gas"] = done.gas_used if done.failure else machine.enough(wish, done)
        return answer


def handlers(_emit: Callable[[str, dict[str, object]], None]) -> dict[str, Callable[..., object]]:
    return {"run": _Simulator().run}
