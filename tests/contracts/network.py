"""A fresh local ledger with the contracts on it and a few funded people, for tests of contracts and of the node."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from functools import cache, cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import pytest
from eth_abi import decode, encode
from eth_account import Account
from eth_account.signers.local import LocalAccount

from core.errors import RpcError
from core.keccak import keccak256
from core.node.genesis import Genesis
from core.node.ledger import Ledger
from core.node.rpc import Rpc
from resources import ROOT

KEY = bytes(range(32))
OPEN = 10**18
START = 1_750_000_000
ZERO = "0x" + "00" * 20
Made = TypeVar("Made")
PEOPLE = ("creator", "curator", "ann", "ben", "builder", "payer", "treasury", "outsider")


@cache
def artefact(name: str) -> dict[str, Any]:
    """For reading: the same one for everybody."""
    return json.loads((ROOT / "contracts" / "build" / f"{name}.json").read_text())


def person(name: str) -> LocalAccount:
    return Account.from_key(keccak256(name.encode()))


def _type(entry: Mapping[str, Any]) -> str:
    if not entry["type"].startswith("tuple"):
        return str(entry["type"])
    return "(" + ",".join(_type(part) for part in entry["components"]) + ")" + entry["type"][5:]


def signature(entry: Mapping[str, Any]) -> str:
    return entry["name"] + "(" + ",".join(_type(part) for part in entry["inputs"]) + ")"


class Contract:
    def __init__(self, name: str, address: str) -> None:
        self.address = address
        self.abi = artefact(name)["abi"]

    def entry(self, kind: str, name: str) -> dict[str, Any]:
        return next(entry for entry in self.abi if entry["type"] == kind and entry["name"] == name)

    def data(self, name: str, *values: object) -> str:
        entry = self.entry("function", name)
        return (
            "0x"
            + (
                keccak256(signature(entry).encode())[:4] + encode([_type(part) for part in entry["inputs"]], values)
            ).hex()
        )

    def error(self, revert: str) -> tuple[str, tuple[Any, ...]]:
        payload = bytes.fromhex(revert[2:])
        for entry in self.abi:
            if entry["type"] == "error" and keccak256(signature(entry).encode())[:4] == payload[:4]:
                return entry["name"], decode([_type(part) for part in entry["inputs"]], payload[4:])
        raise AssertionError(f"no error of this contract: {revert}")

    def events(self, receipt: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
        found = []
        for log in receipt["logs"]:
            if log["address"] != self.address:
                continue
            entry = next(
                e
                for e in self.abi
                if e["type"] == "event" and "0x" + keccak256(signature(e).encode()).hex() == log["topics"][0]
            )
            indexed = [part for part in entry["inputs"] if part["indexed"]]
            plain = [part for part in entry["inputs"] if not part["indexed"]]
            values = {
                part["name"]: decode([_type(part)], bytes.fromhex(topic[2:]))[0]
                for part, topic in zip(indexed, log["topics"][1:], strict=True)
            }
            data = decode([_type(part) for part in plain], bytes.fromhex(log["data"][2:]))
            found.append((entry["name"], values | dict(zip([part["name"] for part in plain], data, strict=True))))
        return found


class Network:
    """`time` is the clock of the next blocks; a block is never earlier than the one before it.

    With `lazy`, the ledger is made or opened when it is first used.
    """

    def __init__(self, path: Path, chain_id: int = 0x0170_7E57, lazy: bool = False) -> None:
        self.time = START
        self.path, self.chain_id = path, chain_id
        self.heads: list[dict[str, Any]] = []
        if not lazy:
            self.ledger  # noqa: B018 - opens it

    @cached_property
    def ledger(self) -> Ledger:
        alloc = {bytes.fromhex(person(name).address[2:]): 1_000 * OPEN for name in PEOPLE}
        return Ledger(self.path, KEY, Genesis(self.chain_id, START - 1, alloc), clock=lambda: self.time)

    @cached_property
    def _rpc(self) -> Rpc:
        return Rpc(self.ledger, self.heads.append)

    def go_on_from(self, ledger: bytes, time: int) -> None:
        """With that closed file, at that time; what happened here before is gone."""
        self.close()
        for opened in ("ledger", "_rpc"):
            self.__dict__.pop(opened, None)
        self.path.write_bytes(ledger)
        self.heads.clear()
        self.time = time

    def rpc(self, method: str, *params: object) -> Any:
        return self._rpc.call(method, list(params))

    def close(self) -> None:
        if "ledger" in self.__dict__:
            self.ledger.close()

    def balance(self, address: str) -> int:
        return int(self.rpc("eth_getBalance", address, "latest"), 16)

    def sign(self, who: LocalAccount, **fields: object) -> str:
        tx = {
            "type": 2,
            "chainId": self.chain_id,
            "nonce": int(self.rpc("eth_getTransactionCount", who.address, "latest"), 16),
            "gas": 21_000,
            "value": 0,
            "maxFeePerGas": 2 * 10**9,
            "maxPriorityFeePerGas": 10**6,
            **fields,
        }
        if "to" in fields:
            tx["to"] = bytes.fromhex(str(fields["to"])[2:])  # eth-account takes text only with a checksum
        return "0x" + bytes(who.sign_transaction(tx).raw_transaction).hex()

    def send(self, who: LocalAccount, **fields: object) -> dict[str, Any]:
        """Mined at once; the receipt, whatever its status."""
        return self.rpc("eth_getTransactionReceipt", self.rpc("eth_sendRawTransaction", self.sign(who, **fields)))

    def deploy(self, who: LocalAccount, name: str, types: list[str] | None = None, *values: object) -> Contract:
        data = artefact(name)["bytecode"] + encode(types or [], values).hex()
        receipt = self.send(who, data=data, gas=12_000_000)
        assert receipt["status"] == "0x1"
        return Contract(name, receipt["contractAddress"])

    def act(self, who: LocalAccount, contract: Contract, name: str, *values: object, value: int = 0) -> dict[str, Any]:
        """A transaction with exactly the gas that eth_estimateGas finds; it must succeed."""
        call = {"to": contract.address, "data": contract.data(name, *values), "value": hex(value)}
        gas = int(self.rpc("eth_estimateGas", {"from": who.address, **call}), 16)
        receipt = self.send(who, to=contract.address, data=call["data"], gas=gas, value=value)
        assert receipt["status"] == "0x1", f"{name} failed with the gas that was estimated for it"
        return receipt

    def refused(
        self, who: LocalAccount, contract: Contract, name: str, *values: object, value: int = 0
    ) -> tuple[str, tuple[Any, ...]]:
        """The custom error, by its name and values; refused in a call and, in a block, with nothing changed."""
        data = contract.data(name, *values)
        call = {"from": who.address, "to": contract.address, "data": data, "value": hex(value)}
        with pytest.raises(RpcError) as caught:
            self.rpc("eth_estimateGas", call)
        assert caught.value.code == 3
        receipt = self.send(who, to=contract.address, data=data, gas=500_000, value=value)
        assert (receipt["status"], receipt["logs"]) == ("0x0", [])
        return contract.error(str(caught.value.data))

    def read(self, contract: Contract, name: str, *values: object) -> Any:
        answer = self.rpc("eth_call", {"to": contract.address, "data": contract.data(name, *values)}, "latest")
        found = decode([_type(part) for part in contract.entry("function", name)["outputs"]], bytes.fromhex(answer[2:]))
        return found[0] if len(found) == 1 else found


@cache
def _first(make: Callable[[Network], Made]) -> tuple[bytes, int, Made]:
    with TemporaryDirectory() as folder:
        network = Network(Path(folder) / "ledger.db")
        made = make(network)
        network.close()
        return network.path.read_bytes(), network.time, made


def again(make: Callable[[Network], Made], network: Network) -> Made:
    """What `make` comes to on a fresh network. It is made once; each network then goes on from its ledger, alone.

    `make` is a function or class of a module, so that it is known again; what it returns is not to be changed.
    """
    ledger, time, made = _first(make)
    network.go_on_from(ledger, time)
    found = copy.copy(made)
    if hasattr(found, "network"):
        found.network = network
    return found
