"""Durability: reopening a long ledger, what one durable transaction spends its time on, bytes a block, sweeps."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.benchmarks.harness import Row, median_seconds

BLOCKS = 10_000
REAL = 600  # payments executed; the blocks after them are headers alone, which is what a start looks at
STATES = 128


def _paid(path: Path) -> Any:
    from tests.contracts.network import Network, person

    network = Network(path)
    ann, ben = person("ann"), person("ben")
    for _ in range(REAL):
        network.send(ann, to=ben.address, value=1)
    return network


def _lengthen(ledger: Any) -> None:
    header, empty = ledger.head, ledger.store.header(0)
    with ledger.store.together():
        for number in range(header.number + 1, BLOCKS + 1):
            header = replace(
                header,
                number=number,
                parent_hash=header.hash,
                timestamp=header.timestamp + 1,
                transactions_root=empty.transactions_root,
                receipts_root=empty.receipts_root,
            )
            ledger.store.keep(header, None, [])


def _split(network: Any) -> tuple[float, float, float]:
    """Milliseconds of execution, of SQL, and of making it durable, each the median of 60 payments."""
    from tests.contracts.network import person

    ann, ben = person("ann"), person("ben")
    ledger = network.ledger
    connection = ledger.store._real._connection
    times: list[tuple[float, float, float]] = []
    for _ in range(60):
        tx = ledger.engine.decode(bytes.fromhex(network.sign(ann, to=ben.address, value=1)[2:]))
        start = time.perf_counter()
        block = ledger.engine.seal(ledger.head, ledger.next_time(), [tx])
        executed = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        ledger.store._real._depth = 1
        ledger.store.append(block)
        ledger.store._real._depth = 0
        written = time.perf_counter()
        connection.execute("COMMIT")
        times.append((executed - start, written - executed, time.perf_counter() - written))
        ledger.head = block.header
    return tuple(statistics.median(column) * 1000 for column in zip(*times, strict=True))  # type: ignore[return-value]


def _timed(work: Callable[[], bool]) -> tuple[float, bool]:
    start = time.perf_counter()
    more = work()
    return time.perf_counter() - start, more


def run() -> list[Row]:
    from core.node.history import History, Policy
    from core.node.ledger import Ledger
    from tests.contracts.network import KEY

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        network = _paid(path)
        execution, sql, durable = _split(network)
        store, blocks = network.ledger.store, network.ledger.head.number + 1
        before = store.page_bytes()[0]
        history = History(store, network.ledger.lock, Policy(states=STATES, slack=1))
        steps = [_timed(history.step)]
        while steps[-1][1]:
            steps.append(_timed(history.step))
        size, free = store.page_bytes()
        _lengthen(network.ledger)
        network.close()
        reopen = median_seconds(lambda: Ledger(path, KEY).close(), runs=9) * 1000
    return [
        Row(f"reopen a ledger of {BLOCKS:,} blocks", reopen, "ms", target=50),
        Row("one durable transaction: execution", execution, "ms"),
        Row("one durable transaction: SQL", sql, "ms"),
        Row("one durable transaction: commit and fsync", durable, "ms"),
        Row("bytes a block, all states kept", before / blocks, "B"),
        Row(f"bytes a block, {STATES} states kept", (size - free) / blocks, "B"),
        Row("a whole sweep", sum(seconds for seconds, _ in steps), "s"),
        Row("one step of a sweep (the longest)", max(steps)[0] * 1000, "ms"),
    ]
