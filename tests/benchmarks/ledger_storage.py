"""Durability: reopening a long ledger, what one durable transaction spends its time on, bytes a block, sweeps."""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from tests.benchmarks.harness import Row, median_seconds

BLOCKS = 10_000
REAL = 300  # blocks executed; the others are empty ones after them, kept with the nodes they would write


def _long(path: Path) -> Any:
    """A ledger of REAL payments, then empty blocks up to BLOCKS: their headers, contents and system work."""
    from tests.contracts.network import Network, person

    network = Network(path)
    ann, ben = person("ann"), person("ben")
    for _ in range(REAL):
        network.send(ann, to=ben.address, value=1)
    ledger = network.ledger
    while ledger.head.number < BLOCKS:
        with ledger.store.together():
            for _ in range(200):
                ledger._keep(ledger.engine.seal(ledger.head, ledger.next_time(), []))
    return network


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


def run() -> list[Row]:
    from core.node.history import History
    from core.node.ledger import Ledger
    from tests.contracts.network import KEY

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        network = _long(path)
        execution, sql, durable = _split(network)
        before = network.ledger.store.page_bytes()[0]
        network.close()
        reopen = median_seconds(lambda: Ledger(path, KEY).close(), runs=9) * 1000
        ledger = Ledger(path, KEY)
        history = History(ledger.store, threading.RLock())
        steps = []
        start = time.perf_counter()
        more = True
        while more:
            began = time.perf_counter()
            more = history.step()
            steps.append(time.perf_counter() - began)
        swept = time.perf_counter() - start
        size, free = ledger.store.page_bytes()
        blocks = ledger.head.number + 1
        ledger.close()
    return [
        Row(f"reopen a ledger of {blocks:,} blocks", reopen, "ms", target=50),
        Row("one durable transaction: execution", execution, "ms"),
        Row("one durable transaction: SQL", sql, "ms"),
        Row("one durable transaction: commit and fsync", durable, "ms"),
        Row("bytes a block, all states kept", before / blocks, "B"),
        Row("bytes a block, the policy's states kept", (size - free) / blocks, "B"),
        Row("a whole sweep", swept, "s"),
        Row("one step of a sweep (the longest)", max(steps) * 1000, "ms"),
    ]
