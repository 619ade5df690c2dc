"""Sending transactions, and finding them before and after they are in a block (execution-apis: eth, txpool)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.node import params, views
from core.node.lookups import Lookups
from core.node.views import Json, number, octets


class Pool:
    """`on_sent(hash)` hears of every transaction taken, before the call that sent it ends."""

    def __init__(self, lookups: Lookups, on_sent: Callable[[bytes], None]) -> None:
        self._look = lookups
        self._on_sent = on_sent

    def send_raw(self, raw: object) -> str:
        digest = self._look.ledger.send(params.data(raw, "transaction")).hash
        self._on_sent(digest)
        return octets(digest)

    def transaction_by_hash(self, digest: object) -> Json | None:
        stored = self._look.store.transaction(params.digest(digest))
        if stored is None:
            return None
        header = self._look.known(stored.number)
        return views.transaction(self._look.decoded(stored.raw), header, stored.position)

    def transaction_count(self, address: object, tag: object = "latest") -> str:
        account = self._look.engine.account(self._look.at(tag).state_root, params.address(address))
        return number(account.nonce if account else 0)

    def methods(self) -> dict[str, Any]:
        return {
            "eth_sendRawTransaction": self.send_raw,
            "eth_getTransactionByHash": self.transaction_by_hash,
            "eth_getTransactionCount": self.transaction_count,
        }
