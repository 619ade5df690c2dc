"""A compiled contract: what to send it, what it said, and whether the code on chain is its code."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from typing import Any

from core.chain import abi
from core.chain.block import VerifiedLog
from core.chain.transport import plain
from core.errors import BadEncoding, BadFile, BadInput, ProofMismatch, RpcError
from core.eth import hexdata
from core.keccak import keccak256

ERROR_TEXT: Mapping[str, Any] = {"name": "Error", "inputs": [{"name": "message", "type": "string"}]}
PANIC: Mapping[str, Any] = {"name": "Panic", "inputs": [{"name": "code", "type": "uint256"}]}


@dataclass(frozen=True)
class Event:
    """An event of a contract with its arguments by name; an indexed one of dynamic type is its 32-byte hash."""

    name: str
    arguments: Mapping[str, Any]
    log: VerifiedLog


@dataclass(frozen=True)
class Failure:
    """Why a contract refused: a custom error's name and arguments, "Error" with its text, or "Panic" with its code."""

    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Contract:
    """`deployed` is the code after deployment with zeros where `immutables` (name -> places) stand; `layout` is the
    compiler's storage layout.
    """

    name: str
    entries: tuple[Mapping[str, Any], ...]
    bytecode: bytes
    deployed: bytes
    immutables: Mapping[str, Sequence[Mapping[str, int]]]
    layout: Mapping[str, Any]

    @classmethod
    def parse(cls, name: str, text: str) -> Contract:
        """From an artefact's JSON. Raises BadFile."""
        try:
            data = json.loads(text)
            return cls(
                name=name,
                entries=tuple(data["abi"]),
                bytecode=bytes.fromhex(data["bytecode"].removeprefix("0x")),
                deployed=bytes.fromhex(data["deployedBytecode"].removeprefix("0x")),
                immutables=data["immutableReferences"],
                layout=data["storageLayout"],
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadFile(path=f"{name}.json", reason=type(error).__name__) from error

    # Sending

    def deploy_data(self, *arguments: object) -> bytes:
        """The data of a transaction that deploys it. Raises BadInput."""
        constructor = next((entry for entry in self.entries if entry["type"] == "constructor"), {})
        return self.bytecode + abi.encode(constructor.get("inputs", []), arguments)

    def call_data(self, function: str, *arguments: object) -> bytes:
        """The data of a call. Raises BadInput."""
        entry = self._named("function", function)
        return abi.selector(entry) + abi.encode(entry.get("inputs", []), arguments)

    # Reading

    def decode_call(self, data: bytes) -> tuple[str, dict[str, Any]] | None:
        """Which function a transaction's data calls, with its arguments; None when it is not one of this contract."""
        entry = self._by_selector.get(bytes(data[:4]))
        if entry is None:
            return None
        return str(entry["name"]), _named_values(entry["inputs"], abi.decode(entry["inputs"], data[4:]))

    def decode_result(self, function: str, data: bytes) -> tuple[Any, ...]:
        return abi.decode(self._named("function", function)["outputs"], data)

    def decode_event(self, log: VerifiedLog) -> Event | None:
        """None when it is no event of this contract's interface. Raises BadEncoding when it pretends to be one."""
        entry = self._events.get(log.topics[0]) if log.topics else None
        if entry is None:
            return None
        indexed = [part for part in entry["inputs"] if part["indexed"]]
        others = [part for part in entry["inputs"] if not part["indexed"]]
        if len(log.topics) != len(indexed) + 1:
            raise BadEncoding(what="event", reason="topics")
        values = dict(zip((part["name"] for part in others), abi.decode(others, log.data), strict=True))
        for part, topic in zip(indexed, log.topics[1:], strict=True):
            values[part["name"]] = _indexed(part, topic)
        return Event(str(entry["name"]), {part["name"]: values[part["name"]] for part in entry["inputs"]}, log)

    def decode_failure(self, data: bytes) -> Failure | None:
        """Of a revert's data; None when this contract does not know it."""
        entry = self._errors.get(bytes(data[:4]))
        if entry is None:
            return None
        return _failure(entry, data)

    def check_code(self, code: bytes) -> dict[str, bytes]:
        """Whether `code` is this contract's. Returns the value of each immutable, 32 bytes. Raises ProofMismatch."""
        found: dict[str, bytes] = {}
        masked = bytearray(code)
        for name, places in self.immutables.items():
            for place in places:
                start, end = place["start"], place["start"] + place["length"]
                value = bytes(code[start:end])
                if found.setdefault(name, value) != value:
                    raise ProofMismatch(what=f"immutable {name}", expected=found[name].hex(), found=value.hex())
                masked[start:end] = bytes(place["length"])
        if bytes(masked) != self.deployed:
            raise ProofMismatch(
                what=f"code of {self.name}",
                expected=keccak256(self.deployed).hex(),
                found=keccak256(bytes(masked)).hex(),
            )
        return found

    def _named(self, kind: str, name: str) -> Mapping[str, Any]:
        found = [entry for entry in self.entries if entry["type"] == kind and entry["name"] == name]
        if len(found) != 1:
            raise BadInput(field=kind, reason="not of this contract", value=f"{self.name}.{name}")
        return found[0]

    @cached_property
    def _events(self) -> dict[bytes, Mapping[str, Any]]:
        events = [entry for entry in self.entries if entry["type"] == "event" and not entry.get("anonymous")]
        return {keccak256(abi.signature(entry).encode()): entry for entry in events}

    @cached_property
    def _errors(self) -> dict[bytes, Mapping[str, Any]]:
        return {abi.selector(entry): entry for entry in self.entries if entry["type"] == "error"}

    @cached_property
    def _by_selector(self) -> dict[bytes, Mapping[str, Any]]:
        return {abi.selector(entry): entry for entry in self.entries if entry["type"] == "function"}


@lru_cache(maxsize=32)
def load_contract(name: str) -> Contract:
    """From resources/contracts/build. Raises BadFile."""
    path = resources.files("resources") / "contracts" / "build" / f"{name}.json"
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise BadFile(path=f"{name}.json", reason="missing") from error
    return Contract.parse(name, text)


def decode_failure(data: bytes, contracts: Sequence[Contract]) -> Failure | None:
    """A revert's data by what Solidity itself raises and by the errors of `contracts`. Never raises."""
    for entry in (ERROR_TEXT, PANIC):
        if data[:4] == abi.selector(entry):
            try:
                return _failure(entry, data)
            except BadEncoding:
                return None
    for contract in contracts:
        try:
            found = contract.decode_failure(data)
        except BadEncoding:
            continue
        if found is not None:
            return found
    return None


def decode_error(error: RpcError, contracts: Sequence[Contract]) -> Failure | None:
    """The same of what a call was refused with. Never raises."""
    try:
        data = hexdata.data(error.values.get("data"), "revert data")
    except BadEncoding:
        return None
    return decode_failure(data, contracts)


def _failure(entry: Mapping[str, Any], data: bytes) -> Failure:
    inputs = entry.get("inputs", [])
    values = _named_values(inputs, abi.decode(inputs, data[4:]))
    return Failure(
        str(entry["name"]), {name: plain(value) if isinstance(value, str) else value for name, value in values.items()}
    )


def _named_values(parts: Sequence[abi.Parameter], values: Sequence[Any]) -> dict[str, Any]:
    return {part["name"] or str(at): value for at, (part, value) in enumerate(zip(parts, values, strict=True))}


def _indexed(part: abi.Parameter, topic: bytes) -> Any:
    kind = str(part["type"])
    if kind in {"string", "bytes", "tuple"} or kind.endswith("]"):
        return topic
    return abi.decode([part], topic)[0]
