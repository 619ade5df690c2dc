"""Blocks, transactions and receipts, as objects and as the bytes that were hashed (execution-apis: eth, debug)."""

from __future__ import annotations

from typing import Any

from core.node import params, views
from core.node.lookups import Failed, Lookups
from core.node.values import Header
from core.node.views import Json, number, octets


class Blocks:
    def __init__(self, lookups: Lookups) -> None:
        self._look = lookups
        self._store = lookups.store

    def block_number(self) -> str:
        return number(self._look.ledger.head.number)

    def by_number(self, tag: object, full: object = False) -> Json | None:
        return self._block(self._look.find(tag), full)

    def by_hash(self, digest: object, full: object = False) -> Json | None:
        return self._block(self._store.header_by_hash(params.digest(digest)), full)

    def _block(self, header: Header | None, full: object) -> Json | None:
        wanted = params.flag(full, "full")
        if header is None:
            return None
        shown: list[object] = (
            [views.transaction(tx, header, place) for place, tx in enumerate(self._look.transactions(header))]
            if wanted
            else [octets(one) for one in self._store.hashes(header.number)]
        )
        return views.block(self._store.body(header), shown)

    def receipts(self, tag: object) -> list[Json] | None:
        header = self._look.find(tag)
        return self._look.receipts(header) if header else None

    def count_by_number(self, tag: object) -> str | None:
        return self._count(self._look.find(tag))

    def count_by_hash(self, digest: object) -> str | None:
        return self._count(self._store.header_by_hash(params.digest(digest)))

    def _count(self, header: Header | None) -> str | None:
        return number(len(self._store.hashes(header.number))) if header else None

    def uncles_by_number(self, tag: object) -> str | None:
        return self._uncles(self._look.find(tag))

    def uncles_by_hash(self, digest: object) -> str | None:
        return self._uncles(self._store.header_by_hash(params.digest(digest)))

    def _uncles(self, header: Header | None) -> str | None:
        return number(len(self._store.beside(header.number)[0])) if header else None

    def transaction_by_number(self, tag: object, position: object) -> Json | None:
        return self._transaction_in(self._look.find(tag), position)

    def transaction_by_block_hash(self, digest: object, position: object) -> Json | None:
        return self._transaction_in(self._store.header_by_hash(params.digest(digest)), position)

    def _transaction_in(self, header: Header | None, position: object) -> Json | None:
        wanted = params.quantity(position, "index", 2**32)
        found = self._look.transactions(header) if header else []
        return views.transaction(found[wanted], header, wanted) if header and wanted < len(found) else None

    def receipt(self, digest: object) -> Json | None:
        stored = self._store.transaction(params.digest(digest))
        return self._look.receipts(self._look.known(stored.number))[stored.position] if stored else None

    # The bytes themselves, for those who hash them

    def raw_header(self, tag: object) -> str:
        return octets(self._look_up(tag).encode())

    def raw_block(self, tag: object) -> str:
        return octets(self._store.body(self._look_up(tag)).encode())

    def raw_receipts(self, tag: object) -> list[str]:
        header = self._look_up(tag)
        kinds = [tx.type for tx in self._look.transactions(header)]
        stored = self._store.transactions(header.number)
        return [octets(one.receipt.encode(kind)) for one, kind in zip(stored, kinds, strict=True)]

    def raw_transaction(self, digest: object) -> str | None:
        stored = self._store.transaction(params.digest(digest))
        return octets(stored.raw) if stored else None

    def raw_transaction_by_number(self, tag: object, position: object) -> str | None:
        header, wanted = self._look.find(tag), params.quantity(position, "index", 2**32)
        found = self._store.transactions(header.number) if header else []
        return octets(found[wanted].raw) if wanted < len(found) else None

    def _look_up(self, tag: object) -> Header:
        header = self._look.find(tag)
        if header is None:
            raise Failed("block not found")
        return header

    def methods(self) -> dict[str, Any]:
        return {
            "eth_blockNumber": self.block_number,
            "eth_getBlockByNumber": self.by_number,
            "eth_getBlockByHash": self.by_hash,
            "eth_getBlockReceipts": self.receipts,
            "eth_getBlockTransactionCountByNumber": self.count_by_number,
            "eth_getBlockTransactionCountByHash": self.count_by_hash,
            "eth_getUncleCountByBlockNumber": self.uncles_by_number,
            "eth_getUncleCountByBlockHash": self.uncles_by_hash,
            "eth_getTransactionByBlockNumberAndIndex": self.transaction_by_number,
            "eth_getTransactionByBlockHashAndIndex": self.transaction_by_block_hash,
            "eth_getTransactionReceipt": self.receipt,
            "eth_getRawTransactionByHash": self.raw_transaction,
            "eth_getRawTransactionByBlockNumberAndIndex": self.raw_transaction_by_number,
            "debug_getRawHeader": self.raw_header,
            "debug_getRawBlock": self.raw_block,
            "debug_getRawReceipts": self.raw_receipts,
            "debug_getRawTransaction": self.raw_transaction,
        }
