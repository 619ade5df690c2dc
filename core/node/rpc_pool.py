"""Sending transactions, and finding them before and after they are in a block (execution-apis: eth; geth: txpool)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.node import params, views
from core.node.lookups import Lookups
from core.node.pool import Content
from core.node.values import Transaction
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
        wanted = params.digest(digest)
        stored = self._look.store.transaction(wanted)
        if stored is not None:
            return views.transaction(self._look.decoded(stored.raw), self._look.known(stored.number), stored.position)
        waiting = self._look.ledger.pool.get(wanted)
        return views.transaction(waiting) if waiting else None

    def transaction_count(self, address: object, tag: object = "latest") -> str:
        """`pending` counts what waits without a gap as well: it is the nonce to use next."""
        who = params.address(address)
        if tag == "pending":
            return number(self._look.ledger.next_nonce(who))
        account = self._look.engine.account(self._look.at(tag).state_root, who)
        return number(account.nonce if account else 0)

    # What waits: `pending` for a block, `queued` for a transaction before it

    def status(self) -> Json:
        pending, queued = self._look.ledger.pool.content()
        return {"pending": number(_count(pending)), "queued": number(_count(queued))}

    def content(self) -> Json:
        pending, queued = self._look.ledger.pool.content()
        return {"pending": _shown(pending, views.transaction), "queued": _shown(queued, views.transaction)}

    def content_from(self, address: object) -> Json:
        who = params.address(address)
        pending, queued = self._look.ledger.pool.content()
        return {
            "pending": _numbered(pending.get(who, {}), views.transaction),
            "queued": _numbered(queued.get(who, {}), views.transaction),
        }

    def inspect(self) -> Json:
        pending, queued = self._look.ledger.pool.content()
        return {"pending": _shown(pending, _line), "queued": _shown(queued, _line)}

    def methods(self) -> dict[str, Any]:
        return {
            "eth_sendRawTransaction": self.send_raw,
            "eth_getTransactionByHash": self.transaction_by_hash,
            "eth_getTransactionCount": self.transaction_count,
            "txpool_status": self.status,
            "txpool_content": self.content,
            "txpool_contentFrom": self.content_from,
            "txpool_inspect": self.inspect,
        }


Show = Callable[[Transaction], Any]


def _count(content: Content) -> int:
    return sum(len(queue) for queue in content.values())


def _shown(content: Content, show: Show) -> Json:
    return {octets(sender): _numbered(queue, show) for sender, queue in content.items()}


def _numbered(queue: dict[int, Transaction], show: Show) -> Json:
    return {str(nonce): show(tx) for nonce, tx in queue.items()}


def _line(tx: Transaction) -> str:
    to = octets(tx.to) if tx.to else "contract creation"
    return f"{to}: {tx.value} wei + {tx.gas} gas x {tx.max_fee} wei"
