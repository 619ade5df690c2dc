"""Logs by what they are about, and filters that are asked again and again (execution-apis: eth)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.node import params, views
from core.node.filters import Filters
from core.node.lookups import TOO_MANY, Failed, Lookups
from core.node.params import BadParams
from core.node.values import Header, Log
from core.node.views import Json, octets

MAX_LOGS = 10_000  # logs in one answer
MAX_RANGE = 100_000  # blocks in one question
MAX_VALUES = 1_000  # addresses, or topics at one place
MAX_TOPICS = 4


@dataclass(frozen=True)
class Wish:
    """An empty tuple of addresses, or of topics at a place, takes any."""

    addresses: tuple[bytes, ...]
    topics: tuple[tuple[bytes, ...], ...]

    @classmethod
    def read(cls, wish: object) -> Wish:
        if not isinstance(wish, Mapping):
            raise BadParams("filter: object expected")
        return cls(_one_or_many(wish.get("address"), params.address), _topics(wish.get("topics")))

    def takes(self, log: Log) -> bool:
        if self.addresses and log.address not in self.addresses:
            return False
        if len(log.topics) < len(self.topics):
            return False
        return all(not wanted or topic in wanted for wanted, topic in zip(self.topics, log.topics, strict=False))


class Logs:
    """`filters` remembers who asked for what."""

    def __init__(self, lookups: Lookups, filters: Filters) -> None:
        self._look = lookups
        self._filters = filters

    def logs(self, wish: object) -> list[Json]:
        wanted = Wish.read(wish)
        assert isinstance(wish, Mapping)
        return self.between(wanted, *self._range(wish))

    def between(self, wish: Wish, first: int, last: int) -> list[Json]:
        if last - first >= MAX_RANGE:
            raise Failed(f"block range of {last - first + 1} blocks, at most {MAX_RANGE} in one request", TOO_MANY)
        found = self._look.store.logs(first, last, wish.addresses, wish.topics, MAX_LOGS + 1)
        if len(found) > MAX_LOGS:
            raise Failed(f"query returned more than {MAX_LOGS} results", TOO_MANY)
        headers: dict[int, Header] = {}
        for entry in found:
            if entry.number not in headers:
                headers[entry.number] = self._look.known(entry.number)
        return [views.log(entry, headers[entry.number]) for entry in found]

    def _range(self, wish: Mapping[str, Any]) -> tuple[int, int]:
        if "blockHash" in wish:
            if "fromBlock" in wish or "toBlock" in wish:
                raise BadParams("cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other")
            header = self._look.find({"blockHash": wish["blockHash"]})
            if header is None:
                raise Failed("unknown block")
            return header.number, header.number
        head = self._look.ledger.head.number
        first, last = (self._end(wish.get(name), name) for name in ("fromBlock", "toBlock"))
        if first > last:
            raise BadParams("invalid block range params")
        if max(first, last) > head:
            raise BadParams("block range extends beyond current head block")
        return first, last

    def _end(self, tag: object, name: str) -> int:
        if isinstance(tag, str) and tag.startswith("0x"):
            return params.quantity(tag, name, 2**63)  # may lie beyond the head
        found = self._look.find("latest" if tag is None else tag)
        return found.number if found else 0

    # Filters

    def new_filter(self, wish: object) -> str:
        """From the head on: what came before is what eth_getFilterLogs and eth_getLogs are for."""
        wanted = Wish.read(wish)
        assert isinstance(wish, Mapping)
        if "blockHash" in wish:
            raise BadParams("filter: blockHash is for eth_getLogs")
        bounds = [None if wish.get(name) in (None, "latest") else self._end(wish[name], name) for name in _ENDS]
        if bounds[0] is not None and bounds[1] is not None and bounds[0] > bounds[1]:
            raise BadParams("invalid block range params")
        return self._filters.add("logs", self._look.ledger.head.number, (wanted, bounds[0], bounds[1]))

    def new_block_filter(self) -> str:
        return self._filters.add("blocks", self._look.ledger.head.number)

    def new_pending_filter(self) -> str:
        return self._filters.add("pending", self._filters.sent)

    def uninstall(self, name: object) -> bool:
        return self._filters.remove(name)

    def changes(self, name: object) -> list[Any]:
        """What came since the last question: hashes of blocks or transactions, or logs."""
        found = self._filters.get(name)
        if found is None:
            raise Failed("filter not found")
        if found.kind == "pending":
            hashes, found.seen = self._filters.since(found.seen)
            return [octets(one) for one in hashes]
        head = self._look.ledger.head.number
        first, last = found.seen + 1, head
        if found.kind == "logs":
            wish, begin, end = found.wish
            first = max(first, begin or 0)
            last = min(last, head if end is None else end)
            answer: list[Any] = self.between(wish, first, last) if first <= last else []
        else:
            first = max(first, head - MAX_LOGS + 1)
            answer = [octets(self._look.known(number).hash) for number in range(first, head + 1)]
        found.seen = head  # not before: what failed is told again
        return answer

    def filter_logs(self, name: object) -> list[Json]:
        """All that a log filter takes, from the start of its range."""
        found = self._filters.get(name)
        if found is None or found.kind != "logs":
            raise Failed("filter not found")
        wish, begin, end = found.wish
        head = self._look.ledger.head.number
        first = head if begin is None else begin
        last = min(head, head if end is None else end)
        return self.between(wish, first, last) if first <= last else []

    def methods(self) -> dict[str, Any]:
        return {
            "eth_getLogs": self.logs,
            "eth_newFilter": self.new_filter,
            "eth_newBlockFilter": self.new_block_filter,
            "eth_newPendingTransactionFilter": self.new_pending_filter,
            "eth_getFilterChanges": self.changes,
            "eth_getFilterLogs": self.filter_logs,
            "eth_uninstallFilter": self.uninstall,
        }


_ENDS = ("fromBlock", "toBlock")


def _one_or_many(value: object, read: Callable[[object], bytes]) -> tuple[bytes, ...]:
    if value is None:
        return ()
    values: Sequence[object] = value if isinstance(value, list) else [value]
    if len(values) > MAX_VALUES:
        raise BadParams(f"filter: more than {MAX_VALUES} values")
    return tuple(read(one) for one in values)


def _topics(value: object) -> tuple[tuple[bytes, ...], ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > MAX_TOPICS:
        raise BadParams(f"topics: list of at most {MAX_TOPICS} expected")
    return tuple(_one_or_many(one, params.digest) for one in value)
