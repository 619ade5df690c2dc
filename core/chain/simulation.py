"""Calls and transactions executed in the simulator's process, on state that it gets by proof (EIP-1186).

The simulator runs with what it has and names what it misses; that is fetched, verified against the header's state
root, and handed in; then it runs again. A node that lies about the result is not asked for one; a node that lies about
the state is refused. What eth_createAccessList (EIP-2930) says is only a hint of what to fetch together.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.chain.block import VerifiedLog
from core.chain.proofs import Wish, check_proof, get_proof, merged
from core.chain.transport import Call, Caller, Transport
from core.chain.trust import Reason
from core.errors import BadEncoding, NodeUnreachable, ProofMismatch, RpcError, WorkerError
from core.eth import hexdata
from core.eth.account import EMPTY_CODE_HASH
from core.eth.header import Header
from core.keccak import keccak256
from core.units import Address

MAX_CODE = 49_152  # bytes; EIP-170 allows half of that
_ROUNDS = 24  # of fetching what was missing; most calls need one
_SECONDS = 30.0  # for all of it
_MAX_BYTES = 16 * 1024 * 1024  # of nodes and codes for one message
_MAX_HINTS = 256  # accounts, and slots of each
_CODES_KEPT = 64
_REMEMBERED = 256  # kinds of calls whose last reads are remembered
_NO_METHOD = -32601


class NotSimulated(Exception):
    """It cannot be done here, for this reason. Never leaves the light node, which then marks the node's word."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Message:
    """What is called: `to` of None creates. `gas` of None is all that a block has."""

    sender: Address
    to: Address | None
    data: bytes = b""
    value: int = 0
    gas: int | None = None


@dataclass(frozen=True)
class Transfer:
    """Wei handed on inside, by calls and creations whose effects stay."""

    sender: Address
    to: Address
    wei: int


@dataclass(frozen=True)
class Effects:
    """What would change. Balances (wei) and slots: before and after; fees are not in them.

    `logs` can be decoded as those of a block can, with a position but no transaction. `left_out` counts entries beyond
    those listed.
    """

    balances: Mapping[Address, tuple[int, int]]
    slots: Mapping[Address, Mapping[int, tuple[int, int]]]
    logs: tuple[VerifiedLog, ...]
    transfers: tuple[Transfer, ...]
    created: tuple[Address, ...]
    left_out: int


@dataclass(frozen=True)
class Simulated:
    """`failure` is "" for success, "reverted" (then `output` is the revert's data), or words on why it stopped.

    `gas` is a limit that works, at most 1/64 above the least; `effects` is None where the node's word was taken.
    """

    output: bytes
    failure: str
    gas_used: int
    gas: int
    effects: Effects | None

    def check(self, method: str) -> Simulated:
        """Raises RpcError as a node does: code 3 with the revert's data, -32000 for other failures."""
        if not self.failure:
            return self
        if self.failure == "reverted":
            raise RpcError(method=method, code=3, message="execution reverted", data=hexdata.to_data(self.output))
        raise RpcError(method=method, code=-32000, message=self.failure, data=None)


class Simulation:
    """Of one chain, through one transport. Threads may share it.

    `child` is the simulator's process; `block_hash(header, number)` gives the proven hash of an earlier block.
    """

    def __init__(
        self, transport: Transport, child: Caller, chain_id: int, block_hash: Callable[[Header, int], bytes]
    ) -> None:
        self._transport = transport
        self._child = child
        self._chain_id = chain_id
        self.block_hash = block_hash
        self._hinting = True
        self._codes: dict[bytes, bytes] = {}
        self._code_of: dict[Address, bytes] = {}
        self._touched: dict[tuple[Address | None, bytes], list[Wish]] = {}

    def run(
        self, header: Header, message: Message, *, base_fee: int, timestamp: int | None = None, effects: bool = False
    ) -> Simulated:
        """On the state after `header`, in its surroundings, or with `timestamp` in those of the block after it.

        Raises NotSimulated(reason) when it cannot be done here, ProofError when the node lies about the state, and
        NodeUnreachable.
        """
        request: dict[str, Any] = {
            "chain_id": self._chain_id,
            "header": header.encoded.hex(),
            "base_fee": base_fee,
            "timestamp": timestamp,
            "purpose": "effects" if effects else "call",
            "message": {
                "sender": message.sender.raw.hex(),
                "to": message.to.raw.hex() if message.to else None,
                "value": message.value,
                "data": message.data.hex(),
                "gas": min(message.gas or header.gas_limit, header.gas_limit),
            },
        }
        deadline = time.monotonic() + _SECONDS
        fetching = _Fetching(self, header, message)
        nodes: Sequence[bytes] = ()
        for _ in range(_ROUNDS):
            answer = self._ask(request, nodes, fetching.hashes, deadline)
            missing = answer.get("missing")
            if missing is None:
                self._remember(message, fetching.wishes)
                return _simulated(answer, header.number)
            try:
                nodes = fetching.bring(missing)
            except RpcError as error:  # no eth_getProof, or a state that it gave up
                raise NotSimulated(Reason.NO_STATE) from error
            if not nodes and not missing["hashes"]:
                break
        raise NotSimulated(Reason.TOO_LARGE)

    def _ask(
        self, request: Mapping[str, Any], nodes: Sequence[bytes], hashes: Mapping[int, bytes], deadline: float
    ) -> Mapping[str, Any]:
        left = deadline - time.monotonic()
        if left <= 0:
            raise NotSimulated(Reason.TOO_LARGE)
        try:
            answer: Mapping[str, Any] = self._child.call(
                "run",
                timeout=left,
                **request,
                nodes=[node.hex() for node in nodes],
                hashes={str(number): digest.hex() for number, digest in hashes.items()},
            )
        except WorkerError as error:
            raise NotSimulated(Reason.SIMULATOR) from error
        return answer

    def hints(self, header: Header, message: Message) -> list[Wish]:
        """What the node believes that the message touches; nothing is believed of it."""
        if not self._hinting:
            return []
        call = {
            "from": str(message.sender),
            "value": hexdata.to_quantity(message.value),
            "input": hexdata.to_data(message.data),
        }
        if message.to is not None:
            call["to"] = str(message.to)
        try:
            answer = self._transport.request("eth_createAccessList", [call, hexdata.to_quantity(header.number)])
            entries = hexdata.sequence(hexdata.mapping(answer, "hint").get("accessList"), "hint", limit=_MAX_HINTS)
            return [
                Wish(
                    Address(hexdata.data(entry.get("address"), "hint", 20)),
                    tuple(
                        int.from_bytes(hexdata.data(key, "hint", 32), "big")
                        for key in hexdata.sequence(entry.get("storageKeys"), "hint", limit=_MAX_HINTS)
                    ),
                )
                for entry in (hexdata.mapping(entry, "hint") for entry in entries)
            ]
        except NodeUnreachable:
            raise
        except (RpcError, BadEncoding) as error:
            if error.values.get("code") == _NO_METHOD:
                self._hinting = False
            return []

    def ask_many(self, calls: Sequence[Call]) -> list[Any]:
        return self._transport.request_many(calls)

    def _remember(self, message: Message, wishes: Sequence[Wish]) -> None:
        """After the next block most of it will be missing again, and is then fetched together."""
        if wishes:
            if len(self._touched) >= _REMEMBERED:
                self._touched.clear()
            self._touched[_kind(message)] = merged(wishes)[:_MAX_HINTS]

    def touched(self, message: Message) -> list[Wish]:
        """What a call of this kind read last time."""
        return self._touched.get(_kind(message), [])

    def known(self, address: Address) -> bool:
        """Its code has been brought before; should that no longer be its code, the simulator will say so."""
        return address in self._code_of

    def code(self, digest: bytes) -> bytes | None:
        return self._codes.get(digest)

    def keep_code(self, address: Address, digest: bytes, code: bytes) -> None:
        if len(self._code_of) >= _CODES_KEPT:
            self._codes.clear()
            self._code_of.clear()
        self._codes[digest] = code
        self._code_of[address] = digest


class _Fetching:
    """What one message misses, brought in rounds; bounded in all."""

    def __init__(self, simulation: Simulation, header: Header, message: Message) -> None:
        self._simulation = simulation
        self._header = header
        self._message = message
        self._hinted = False
        self._size = 0
        self.wishes: list[Wish] = []  # all that was fetched
        self.hashes: dict[int, bytes] = {}

    def bring(self, missing: Mapping[str, Any]) -> list[bytes]:
        """Nodes and codes, each verified by hash. Raises ProofError, RpcError, NotSimulated, NodeUnreachable."""
        accounts = [Address(bytes.fromhex(text)) for text in missing["accounts"]]
        wishes = [Wish(address) for address in accounts]
        for text, slots in missing["slots"].items():
            wishes.append(Wish(Address(bytes.fromhex(text)), tuple(int(slot, 16) for slot in slots)))
        codes = {Address(bytes.fromhex(text)): bytes.fromhex(digest) for text, digest in missing["codes"].items()}
        guesses = {who for who in accounts if who == self._message.to and not self._simulation.known(who)}
        if not self._hinted and (codes or guesses):  # what it will reach from there, all at once
            self._hinted = True
            hints = self._simulation.hints(self._header, self._message)
            wishes += hints
            guesses |= {hint.address for hint in hints if not self._simulation.known(hint.address)} - set(codes)
        elif not self.wishes and self._message.to in accounts:
            wishes += self._simulation.touched(self._message)
        for number in missing["hashes"]:
            self.hashes[number] = self._simulation.block_hash(self._header, number)
        self.wishes += wishes
        return self._fetch(merged(wishes), codes, sorted(guesses, key=str))

    def _fetch(self, wishes: Sequence[Wish], codes: Mapping[Address, bytes], guesses: Sequence[Address]) -> list[bytes]:
        """One round trip: proofs, the codes named by hash, and those of accounts that probably have one."""
        found = [code for digest in codes.values() if (code := self._simulation.code(digest)) is not None]
        wanted = [address for address, digest in codes.items() if self._simulation.code(digest) is None]
        tag = hexdata.to_quantity(self._header.number)
        calls = [get_proof(self._header, wish) for wish in wishes]
        calls += [("eth_getCode", [str(address), tag]) for address in (*wanted, *guesses)]
        answers = self._simulation.ask_many(calls)
        hashes = dict(codes)
        for wish, answer in zip(wishes, answers, strict=False):
            proven = check_proof(self._header, wish, answer)
            found += proven.nodes
            hashes.setdefault(wish.address, proven.account.code_hash)
        for address, answer in zip((*wanted, *guesses), answers[len(wishes) :], strict=True):
            code = self._checked(address, hashes.get(address, EMPTY_CODE_HASH), answer)
            if code:
                found.append(code)
        self._size += sum(map(len, found))
        if self._size > _MAX_BYTES:
            raise NotSimulated(Reason.TOO_LARGE)
        return found

    def _checked(self, address: Address, digest: bytes, answer: object) -> bytes:
        code = hexdata.data(answer, "code", limit=MAX_CODE)
        if keccak256(code) != digest:
            raise ProofMismatch(what="code hash", expected=digest.hex(), found=keccak256(code).hex())
        self._simulation.keep_code(address, digest, code)
        return code


def _kind(message: Message) -> tuple[Address | None, bytes]:
    """Its contract and what looks like a selector and a first argument: those often decide what is read."""
    return message.to, message.data[:36]


def _simulated(answer: Mapping[str, Any], block: int) -> Simulated:
    found = answer.get("effects")
    return Simulated(
        output=hexdata.data(answer["output"], "output", limit=1 << 25),
        failure=str(answer["failure"]),
        gas_used=int(answer["gasUsed"]),
        gas=int(answer.get("gas", answer["gasUsed"])),
        effects=None if found is None else _effects(found, block + 1),
    )


def _address(text: str) -> Address:
    return Address(bytes.fromhex(text))


def _change(pair: Sequence[str]) -> tuple[int, int]:
    return int(pair[0], 16), int(pair[1], 16)


def _effects(found: Mapping[str, Any], block: int) -> Effects:
    return Effects(
        balances={_address(who): _change(pair) for who, pair in found["balances"].items()},
        slots={
            _address(who): {int(slot, 16): _change(pair) for slot, pair in slots.items()}
            for who, slots in found["slots"].items()
        },
        logs=tuple(
            VerifiedLog(
                block=block,
                position=at,
                transaction_position=0,
                transaction_hash=b"",
                address=_address(log["address"]),
                topics=tuple(bytes.fromhex(topic) for topic in log["topics"]),
                data=bytes.fromhex(log["data"]),
            )
            for at, log in enumerate(found["logs"])
        ),
        transfers=tuple(Transfer(_address(a), _address(b), int(wei, 16)) for a, b, wei in found["transfers"]),
        created=tuple(map(_address, found["created"])),
        left_out=int(found["cut"]),
    )
