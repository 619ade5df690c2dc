"""One event that cannot be read hides none of the others: anybody may have made it."""

from __future__ import annotations

from typing import Any, cast

from core.chain.block import VerifiedLog
from core.chain.contracts import load_contract
from core.client.session import Deployed
from core.keccak import keccak256
from core.units import Address

PLACE = Address(b"\xda" * 20)
WHO = Address(b"\x01" * 20)
TOPIC, CONTRIBUTED = next(
    (topic, entry) for topic, entry in load_contract("Datanets")._events.items() if entry["name"] == "Contributed"
)


def _word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def _log(position: int, topics: tuple[bytes, ...], data: bytes) -> VerifiedLog:
    return VerifiedLog(7, position, 0, keccak256(b"tx"), PLACE, topics, data)


def _contributed() -> tuple[tuple[bytes, ...], bytes]:
    values = {"address": _word(int.from_bytes(WHO.raw, "big"))}
    given: dict[bool, list[bytes]] = {True: [TOPIC], False: []}
    for at, part in enumerate(CONTRIBUTED["inputs"]):
        given[part["indexed"]].append(values.get(part["type"], _word(at + 1)))
    return tuple(given[True]), b"".join(given[False])


def test_events_are_read_around_those_that_cannot_be() -> None:
    contract = Deployed("Datanets", PLACE, load_contract("Datanets"), cast(Any, None))
    topics, data = _contributed()
    logs = [
        _log(0, topics, data),
        _log(1, topics[:-1], data),  # a topic is missing
        _log(2, topics, data[:5]),  # cut off
        _log(3, (keccak256(b"Other()"),), b""),  # another contract's interface
        _log(4, (), b"\x01"),
        _log(5, topics, data),
    ]
    found = [contract.event(log) for log in logs]
    assert [event is not None and event.name == "Contributed" for event in found] == [True, *[False] * 4, True]
    assert found[0] is not None
    assert found[0].arguments["contributor"] == WHO
