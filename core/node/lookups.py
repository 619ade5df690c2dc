"""What every group of JSON-RPC methods needs: blocks by the words callers use for them, and failures with codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.node import params, views
from core.node.ledger import Ledger
from core.node.params import BadParams
from core.node.values import Header, Outcome, Transaction
from core.node.views import Json, octets

NO_METHOD, BAD_PARAMS, BAD_REQUEST, NO_JSON = -32601, -32602, -32600, -32700
REFUSED, TOO_MANY, REVERT = -32000, -32005, 3
PRUNED = 4444  # what execution-apis names for history that is no longer kept
_ERROR_TEXT = bytes.fromhex("08c379a0")  # Error(string)
_PANIC = bytes.fromhex("4e487b71")  # Panic(uint256)
_TAGS = ("latest", "safe", "finalized", "pending")


class Failed(Exception):
    """Becomes an RpcError of this code."""

    def __init__(self, words: str, code: int = REFUSED, data: str | None = None) -> None:
        super().__init__(words)
        self.code = code
        self.data = data


class Lookups:
    """Reads one ledger; its lock is held by the caller."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.engine = ledger.engine
        self.store = ledger.store

    def find(self, tag: object) -> Header | None:
        """By number, tag, hash or EIP-1898 object; None where there is no such block."""
        if isinstance(tag, Mapping):
            return self._eip1898(tag)
        if tag in _TAGS:
            return self.ledger.head  # a block is final when it is made
        if tag == "earliest":
            return self.store.header(0)
        if isinstance(tag, str) and len(tag) == 66:
            return self.store.header_by_hash(params.digest(tag, "block"))
        number = params.quantity(tag, "block", 2**63)
        return self.ledger.head if number == self.ledger.head.number else self.store.header(number)

    def _eip1898(self, tag: Mapping[str, Any]) -> Header | None:
        """`requireCanonical` changes nothing: every block kept is canonical."""
        if ("blockHash" in tag) == ("blockNumber" in tag):
            raise BadParams("block: either blockHash or blockNumber expected")
        if "blockHash" in tag:
            return self.store.header_by_hash(params.digest(tag["blockHash"], "blockHash"))
        number = tag["blockNumber"]
        if isinstance(number, Mapping):
            raise BadParams("blockNumber: hex number expected")
        return self.find(number)

    def at(self, tag: object) -> Header:
        """The block whose state is read; "pending" is the head's state in the surroundings of the next block."""
        header = self.ledger.pending() if tag == "pending" else self.find(tag)
        if header is None:
            raise Failed("header not found")
        self.store.need_state(header.number)
        return header

    def known(self, number: int) -> Header:
        header = self.store.header(number)
        if header is None:
            raise self.store.corrupt(f"block {number} is missing")
        return header

    def transactions(self, header: Header) -> list[Transaction]:
        return [self.decoded(stored.raw) for stored in self.store.transactions(header.number)]

    def decoded(self, raw: bytes) -> Transaction:
        """Of bytes that are in a block already."""
        return self.engine.kept(raw)

    def receipts(self, header: Header) -> list[Json]:
        found = [stored.receipt for stored in self.store.transactions(header.number)]
        return views.receipts(header, self.transactions(header), found)


def output(outcome: Outcome) -> bytes:
    """What a call returned. Raises Failed where it failed, with the contract's own words where it has some."""
    if outcome.error is None:
        return outcome.output
    if not outcome.reverted:
        raise Failed(outcome.error)
    words = _revert_words(outcome.output)
    raise Failed(outcome.error + (f": {words}" if words else ""), REVERT, octets(outcome.output))


def _revert_words(data: bytes) -> str:
    """Of Solidity's Error(string) and Panic(uint256); custom errors are for who knows the contract."""
    if data[:4] == _PANIC and len(data) == 36:
        return f"panic code {hex(int.from_bytes(data[4:], 'big'))}"
    if data[:4] != _ERROR_TEXT or len(data) < 68 or int.from_bytes(data[4:36], "big") != 32:
        return ""
    length = int.from_bytes(data[36:68], "big")
    if length > len(data) - 68:
        return ""
    return data[68 : 68 + length].decode("utf-8", "replace")
