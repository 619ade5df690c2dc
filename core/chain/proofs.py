"""State by proof (EIP-1186): what to ask the node for, and what of its answer holds against a header's state root."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.chain.transport import Call
from core.errors import ProofMismatch
from core.eth import hexdata
from core.eth.account import Account, verify_account, verify_slot
from core.eth.header import Header
from core.eth.trie import Node
from core.units import Address

SLOTS_AT_ONCE = 512  # in one proof; nodes take about a thousand
_MAX_PROOF = 80  # nodes
_KEPT_AHEAD = 20_000  # accounts and slots
_KEPT_NODES = 2_048


@dataclass(frozen=True)
class Wish:
    """An account, and slots of its storage."""

    address: Address
    slots: tuple[int, ...] = ()


@dataclass(frozen=True)
class Proven:
    """`values` are the slots' 256-bit values in the order of the wish; `nodes` the proof, each node once."""

    account: Account
    values: tuple[int, ...]
    nodes: tuple[bytes, ...]


class Ahead:
    """Accounts and slots proven at one state root, for those who ask later. Not changed after its making."""

    def __init__(self, root: bytes) -> None:
        self.root = root
        self._accounts: dict[Address, Account] = {}
        self._slots: dict[tuple[Address, int], int] = {}

    def serves(self, root: bytes) -> bool:
        """Whether it is of this root, and not grown too large."""
        return self.root == root and len(self._slots) + len(self._accounts) <= _KEPT_AHEAD

    def lacking(self, wishes: Sequence[Wish]) -> list[Wish]:
        """What is to be asked for, each account in one question."""
        left = [
            Wish(wish.address, tuple(slot for slot in wish.slots if (wish.address, slot) not in self._slots))
            for wish in wishes
        ]
        return merged([wish for wish in left if wish.slots or wish.address not in self._accounts])

    def plus(self, proven: Mapping[Wish, Proven]) -> Ahead:
        found = Ahead(self.root)
        found._accounts, found._slots = dict(self._accounts), dict(self._slots)
        for wish, one in proven.items():
            found._accounts[wish.address] = one.account
            found._slots |= {(wish.address, slot): value for slot, value in zip(wish.slots, one.values, strict=True)}
        return found

    def of(self, wish: Wish) -> Proven:
        return Proven(self._accounts[wish.address], tuple(self._slots[wish.address, slot] for slot in wish.slots), ())


def get_proof(header: Header, wish: Wish) -> Call:
    """The question for one wish at the block of `header`."""
    keys = [hexdata.to_data(slot.to_bytes(32, "big")) for slot in wish.slots]
    return "eth_getProof", [hexdata.to_data(wish.address.raw), keys, hexdata.to_quantity(header.number)]


class Known:
    """Nodes of proofs that held, by their text: the upper ones come again with every account of a state, and with the
    next state where nothing below them changed. Text and hash do not depend on who asks or at which block.

    Threads may share it. About 8 MB at most.
    """

    def __init__(self, most: int = _KEPT_NODES) -> None:
        self._most = most
        self._nodes: dict[str, Node] = {}

    def get(self, text: str) -> Node | None:
        return self._nodes.get(text)

    def keep(self, seen: Mapping[str, Node]) -> None:
        """Of a proof that held."""
        for text, node in seen.items():
            if text not in self._nodes:
                if len(self._nodes) >= self._most:
                    self._nodes = {}
                node.remember()
                self._nodes[text] = node


def check_proof(header: Header, wish: Wish, answer: object, known: Known | None = None) -> Proven:
    """Raises ProofMismatch, also where what the node says beside a true proof does not agree with it; BadEncoding.

    With `known`, what was read and hashed before is not read and hashed again; every link is followed all the same.
    """
    seen: dict[str, Node] = {}
    proven = _checked(header, wish, answer, seen, known)
    if known is not None:
        known.keep(seen)
    return proven


def _checked(header: Header, wish: Wish, answer: object, seen: dict[str, Node], known: Known | None) -> Proven:
    fields = hexdata.mapping(answer, "proof")
    account = verify_account(header.state_root, wish.address.raw, _nodes(fields.get("accountProof"), seen, known))
    _agree(fields, "balance", account.balance)
    _agree(fields, "nonce", account.nonce)
    if not wish.slots:
        return Proven(account, (), tuple(node.encoded for node in seen.values()))
    entries = hexdata.sequence(fields.get("storageProof"), "storageProof")
    if len(entries) != len(wish.slots):
        raise ProofMismatch(what="storage proofs", expected=len(wish.slots), found=len(entries))
    values = []
    for slot, entry in zip(wish.slots, entries, strict=True):
        given = hexdata.mapping(entry, "storage proof")
        value = verify_slot(account.storage_root, slot, _nodes(given.get("proof"), seen, known))
        _agree(given, "value", value)
        values.append(value)
    return Proven(account, tuple(values), tuple(node.encoded for node in seen.values()))


def merged(wishes: Sequence[Wish]) -> list[Wish]:
    """The same in as few questions as there are accounts, but for those with too many slots for one."""
    slots: dict[Address, dict[int, None]] = {}
    for wish in wishes:
        slots.setdefault(wish.address, {}).update(dict.fromkeys(wish.slots))
    found = []
    for address, wanted in slots.items():
        places = tuple(wanted)
        found += [
            Wish(address, places[start : start + SLOTS_AT_ONCE])
            for start in range(0, max(len(places), 1), SLOTS_AT_ONCE)
        ]
    return found


def _nodes(value: object, seen: dict[str, Node], known: Known | None) -> list[Node]:
    """Upper nodes come again in every proof of the same trie: each is read once."""
    nodes = []
    for text in hexdata.sequence(value, "proof", limit=_MAX_PROOF):
        node = seen.get(text) if isinstance(text, str) else None
        if node is None:
            node = known.get(text) if known is not None and isinstance(text, str) else None
            node = seen[text] = node or Node(hexdata.data(text, "proof node"))
        nodes.append(node)
    return nodes


def _agree(fields: Mapping[str, Any], name: str, proven: int) -> None:
    text = fields.get(name)
    if text == hexdata.to_quantity(proven):
        return
    said = hexdata.quantity(text, name)
    if said != proven:
        raise ProofMismatch(what=name, expected=proven, found=said)
