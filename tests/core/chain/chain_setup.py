"""A toy chain with somebody rich, a contract with storage and logs, and the light node that reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.chain.light_node import LightNode
from core.chain.network import Network, local_network
from core.storage import Database
from core.units import Address
from tests.doubles.lying_node import LyingNode
from tests.doubles.toy_chain import Effects, Keys, Sent, Someone, ToyChain

BELL = Address(b"\xbe" * 20)  # keeps how often it was rung in slot 0 and by whom in slot 1, and says so
NOBODY = Address(b"\x99" * 20)
TOPIC = b"\x01" * 32
RICH = 10**21


def ring(bell: Someone, sent: Sent) -> Effects:
    if sent.data == b"no":
        return Effects(revert=bytes.fromhex("deadbeef") + (5).to_bytes(32, "big"))
    bell.storage[0] = bell.storage.get(0, 0) + 1
    bell.storage[1] = int.from_bytes(sent.sender, "big")
    return Effects(logs=[([TOPIC, sent.sender.rjust(32, b"\0")], sent.data), ([TOPIC], b"second")])


class SetClock:
    """Time that a test moves."""

    def __init__(self, now: int = 1_800_000_000) -> None:
        self.time = now
        self.passed = 0.0

    def now(self) -> int:
        return self.time + int(self.passed)

    def monotonic(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        self.passed += seconds


@dataclass
class Scene:
    chain: ToyChain
    liar: LyingNode
    network: Network
    keys: Keys
    clock: SetClock

    def light(self, store: Database | None = None) -> LightNode:
        return LightNode(self.liar, self.network, store, clock=self.clock)

    def who(self, index: int) -> Address:
        return Address(self.keys.address(index))

    def send(self, index: int, to: Address | None, *, value: int = 0, data: bytes = b"") -> bytes:
        """Signed and mined without the sender under test; the transaction's hash."""
        answer = self.chain.eth_sendRawTransaction("0x" + self.signed(index, to, value=value, data=data).hex())
        return bytes.fromhex(answer[2:])

    def signed(self, index: int, to: Address | None, *, value: int = 0, data: bytes = b"") -> bytes:
        """A transaction of the account's next nonce."""
        fields: dict[str, Any] = {
            "type": 2,
            "chainId": self.chain.chain_id,
            "nonce": self.chain.state[self.keys.address(index)].nonce,
            "value": value,
            "data": "0x" + data.hex(),
            "gas": 200_000,
            "maxFeePerGas": 4 * 10**9,
            "maxPriorityFeePerGas": 10**9,
        }
        if to is not None:
            fields["to"] = str(to)
        return self.keys.sign(index, fields)


def scene() -> Scene:
    keys = Keys()
    chain = ToyChain({keys.address(0): RICH, keys.address(1): RICH // 2})
    chain.install(BELL.raw, ring, code=b"\x60\x00\xfe")
    chain.mine()
    network = local_network(chain.chain_id, chain.genesis_hash, {"Bell": BELL})
    return Scene(chain, LyingNode(chain), network, keys, SetClock())
