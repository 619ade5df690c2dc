"""A ledger that has been used: 1,000 accounts at its beginning and 400 more since, our contracts, over 2,000 blocks."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.chain.contracts import Contract, load_contract
from core.chain.light_node import LightNode
from core.chain.network import Network, local_network
from core.chain.sender import Sender
from core.chain.transport import PipeTransport
from core.keccak import keccak256
from core.units import Address, Amount
from core.worker.child import Child
from tests.doubles.toy_chain import Keys

KEY = "5e" * 32
BLOCKS = 2_000
STRANGERS = 997  # at the beginning, beside three people with keys
NEWCOMERS = 400
RICH = 10**24
FEES = {"maxFeePerGas": 4 * 10**9, "maxPriorityFeePerGas": 10**6}


def stranger(number: int) -> Address:
    return Address(keccak256(b"stranger %d" % number)[12:])


@dataclass
class Scene:
    folder: Path
    node: Child
    simulator: Child
    keys: Keys
    network: Network
    light: LightNode
    sender: Sender
    contract: Contract
    address: Address
    nonce: int = 0
    sent: list[float] = field(default_factory=list)  # seconds until each transaction was on disk

    @property
    def path(self) -> Path:
        return self.folder / "ledger.db"

    def who(self, index: int = 0) -> Address:
        return Address(self.keys.address(index))

    def pipe(self) -> PipeTransport:
        return PipeTransport(self.node)

    def sign(self, to: Address | None, data: bytes = b"", value: int = 0, gas: int = 300_000) -> str:
        fields: dict[str, Any] = {
            "type": 2, "chainId": self.network.chain_id, "nonce": self.nonce, "gas": gas, "value": value,
            "data": "0x" + data.hex(), **FEES,
        }  # fmt: skip
        if to is not None:
            fields["to"] = str(to)
        self.nonce += 1
        return "0x" + self.keys.sign(0, fields).hex()

    def send(self, raw: str) -> None:
        started = time.perf_counter()
        self.pipe().request("eth_sendRawTransaction", [raw])
        self.sent.append(time.perf_counter() - started)

    def work(self, number: int) -> str:
        """One of what people do: a Datanet, contributions to it, or a payment to somebody new."""
        if number % 5 == 0 and number // 5 < NEWCOMERS:
            return self.sign(Address(keccak256(b"newcomer %d" % number)[12:]), value=10**15, gas=21_000)
        if number % 40 == 1:
            name = f"Datanet {number} with a name that does not fit into one word"
            return self.sign(self.address, self.contract.call_data("createDatanet", name, bytes(32), [self.who()]))
        root = keccak256(b"root %d" % number)
        return self.sign(self.address, self.contract.call_data("contribute", 1, root, 40 + number % 60, root))

    def close(self) -> None:
        self.simulator.kill()
        self.node.stop()


def build(folder: Path, blocks: int = BLOCKS) -> Scene:
    keys = Keys()
    node, simulator = Child("node"), Child("simulator")
    people = [Address(keys.address(at)) for at in range(3)] + [stranger(at) for at in range(STRANGERS)]
    genesis = {
        "chainId": 0x0BEC_0BEC,
        "timestamp": int(time.time()) - 60,
        "alloc": {str(who): {"balance": hex(RICH + at)} for at, who in enumerate(people)},
    }
    opened = node.call("open", path=str(folder / "ledger.db"), key=KEY, genesis=genesis, timeout=120)
    network = local_network(opened["chainId"], bytes.fromhex(opened["genesisHash"][2:]))
    light = LightNode(PipeTransport(node), network, simulator=simulator)
    contract = load_contract("Datanets")
    sender = Sender(light, keys.sign, contracts=[contract])
    mined = sender.wait(sender.transact(0, people[0], None, data=contract.deploy_data())).value
    assert mined.contract is not None
    scene = Scene(folder, node, simulator, keys, network, light, sender, contract, mined.contract, nonce=1)
    scene.send(scene.work(1))
    for number in range(2, blocks):
        scene.send(scene.work(number))
    sender.wait(sender.transact(1, people[1], people[2], value=Amount(1)))
    light.sync()
    return scene
