"""Attribution at size: a query over 10^4, 10^5 and 10^6 records, a million records in bounded memory, withdrawal.

Times are processor times of one thread: the machines are shared. The *bandwidth* is the fastest of numpy's reads
(largest, sum, or) over the very array that the query reads, bytes of the array over processor time, in the same run;
what a copy moves (its reads and its writes) is told beside it.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from core.artefacts import Artefacts
from core.attribution import influence, kernel, payloads, payout
from core.attribution.credit import credit_of
from core.economy.sum_tree import SumTree
from core.jobs import silent
from core.models.ridge import Statistics, fit, train
from core.models.ridge.statistics import LIMIT
from core.models.rows import FileRows
from core.models.training import held
from tests.benchmarks.attribution_parts import road
from tests.benchmarks.attribution_parts.peak import most_held
from tests.benchmarks.harness import Row, in_child

K = 12
FEE = 10**15
SHARE = 0.40


def records(n: int, d: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Made up: twelve clouds, norm class 2. Repeats after 20,000 records, which no pass can see."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, K, min(n, 20_000))
    x = rng.normal(0, 1, (K, d))[y] + rng.normal(0, 1, (len(y), d))
    x *= 1.6 * LIMIT / np.linalg.norm(x, axis=1)[:, None]
    x = np.clip(x, -LIMIT, LIMIT).astype(np.int16)
    x[:, -1] = LIMIT
    times = -(-n // len(y))
    return np.tile(x, (times, 1))[:n], np.tile(y, times)[:n]


def seconds(work: Callable[[], object], runs: int = 5) -> float:
    """The least processor time of this thread: what the work costs where nothing disturbs it."""
    found = []
    for _ in range(runs):
        start = time.thread_time()
        work()
        found.append(time.thread_time() - start)
    return min(found)


def bandwidth(x: np.ndarray) -> tuple[float, float]:
    """Bytes a second read, and moved by a copy."""
    flat = x.reshape(-1)
    words = flat[: flat.size // 4 * 4].view(np.uint64)
    reads = [flat.max, words.sum, lambda: np.bitwise_or.reduce(words)]
    copy = np.empty_like(flat)
    moved = 2 * flat.nbytes / seconds(lambda: np.copyto(copy, flat), 3)
    return flat.nbytes / min(seconds(read, 3) for read in reads), moved


def passes(d: int) -> list[Row]:
    """The pass of one query over a million records, and of a settlement with twelve labels."""
    x, _ = records(1_000_000, d)
    c = np.tile(np.random.default_rng(2).integers(-(1 << 24), 1 << 24, (20_000, K)), (50, 1))
    u = np.random.default_rng(3).integers(-(1 << 30), 1 << 30, (K, d)).astype(np.int32)
    one = u.copy()
    one[1:] = 0
    read, moved = bandwidth(x)

    def share(directions: np.ndarray) -> float:
        kernel.scores(x[:1], c[:1], directions, 20, silent(), of=len(x))  # what is compiled once is not the pass
        return x.nbytes / seconds(lambda: kernel.scores(x, c, directions, 20, silent())) / read

    found, twelve = share(one), share(u)
    loop = kernel.installed
    try:
        kernel.installed = lambda: False
        without = share(one)
    finally:
        kernel.installed = loop
    name = f"10^6 records, d = {d}"
    return [
        Row(f"bandwidth read, {name}", read / 1e9, "GB/s", rivals={"moved by a copy": moved / 1e9}),
        Row(f"one query: share of it, {name}", found, "", SHARE, at_most=False, rivals={"numpy alone": without}),
        Row(f"one query: pass, {name}", x.nbytes / (found * read) * 1000, "ms"),
        Row(f"settlement of 12 labels: share of it, {name}", twelve, ""),
    ]


def queries() -> list[Row]:
    """One answer from x to the record that counts most, the whole path; d = 257."""
    x, y = records(20_000, 257)
    head, _ = train(x, y, K, np.ones(len(x), np.int64), j=8)
    part = credit_of(head, x, y, np.ones(len(x), np.int64))
    rows = []
    one = np.zeros((K, 257), np.int32)
    one[3] = np.random.default_rng(3).integers(-(1 << 30), 1 << 30, 257)
    for power in (4, 5, 6):
        n = 10**power
        large, times = records(n, 257)[0], -(-n // len(x))
        credit = type(part)(np.tile(part.c, (times, 1))[:n], part.z)
        call = large[7]

        def ask(large: np.ndarray = large, credit: object = credit, call: np.ndarray = call) -> object:
            return influence.of_answer(head, credit, large, call, 3).supporting(5)

        def only(large: np.ndarray = large, c: np.ndarray = credit.c) -> object:
            return kernel.scores(large, c, one, 20, silent())

        ask()
        name = f"one query over {n:,} records"
        share = large.nbytes / seconds(only) / bandwidth(large)[0]
        target = SHARE if power == 6 else None  # what fits the caches is read faster than memory gives it
        rows.append(Row(name, seconds(ask) * 1000, "ms"))
        rows.append(Row(f"share of the bandwidth, {name}", share, "", target, at_most=False))
    return rows


def settlements() -> list[Row]:
    """Settling 1, 10^3, 10^6 calls of 10^5 records, sums given; then what is hashed, apart."""
    n = 100_000
    x, y = records(n, 257)
    head, _ = train(x[:20_000], y[:20_000], K, np.ones(20_000, np.int64), j=8)
    part = credit_of(head, x[:20_000], y[:20_000], np.ones(20_000, np.int64))
    credit = type(part)(np.tile(part.c, (5, 1)), part.z)
    who = np.arange(n) % 100
    answers = head.answers(x[:1000])
    base = np.zeros((K, 257), object)
    for row, k in zip(x[:1000].astype(object), answers, strict=True):
        base[k] += row * FEE
    each = np.zeros((K, 257), object)
    for k in range(K):
        each[k] = x[np.flatnonzero(answers == k)[0]].astype(object) * FEE
    single = np.zeros((K, 257), object)
    single[0] = each[0]

    def settle(sums: np.ndarray) -> float:
        return seconds(lambda: payout.pay(FEE, influence.of_sums(head, credit, x, sums).q, who, 100), 3) * 1000

    found = {"1": settle(single), "12": settle(each), "10^3": settle(base), "10^6": settle(base * 1000)}
    rows = [Row(f"settling {name} calls over 10^5 records, no hashing", value, "ms") for name, value in found.items()]
    rows.append(Row("settling 10^6 against one of each label", found["10^6"] / found["12"], "x", 1.2))
    some = influence.of_sums(head, credit, x, base)
    ids, accounts = [i.to_bytes(32, "big") for i in range(10_000)], [bytes([i % 100]) * 20 for i in range(10_000)]
    terms = influence.terms(x[:10_000], some.u, some.v)

    def hashing() -> object:
        leaves = payloads.scores(bytes(32), ids, accounts, some.q[:10_000], terms)
        order = payloads.score_order(accounts)
        return SumTree.of([leaves[i] for i in order], [max(0, int(some.q[i])) for i in order])

    return [*rows, Row("hashing the scores of 10^4 records", seconds(hashing, 3) * 1000, "ms")]


def withdrawals() -> list[Row]:
    """One record out of 20,000: its sums subtracted, the certified solve of V and W."""
    rows = []
    for d in (257, 512):
        x, y = records(20_000, d)
        w = np.ones(len(x), np.int64)
        whole = Statistics.of(x, y, K, w)
        one = Statistics.of(x[7:8], y[7:8], K, w[7:8])
        took = seconds(lambda whole=whole, one=one: fit(whole - one, 8), 2)
        same = fit(whole - one, 8).same(fit(Statistics.of(np.delete(x, 7, 0), np.delete(y, 7), K, w[1:]), 8))
        rows.append(Row(f"withdraw one record, d = {d}", took, "s", 1.0))
        rows.append(Row(f"withdrawal equals scratch byte for byte, d = {d}", float(same), "", 1.0, at_most=False))
    return rows


def portions(n: int, d: int) -> Iterator[bytes]:
    x, _ = records(4096, d)  # small: what is made up must not hide what is measured
    for start in range(0, n, 2048):
        yield x[np.arange(start, min(start + 2048, n)) % len(x)].tobytes()


def child(n: int, d: int) -> dict[str, float]:
    """In a process of its own: records to a sealed file, training, credit, a settlement; seconds and bytes."""
    found = {}
    before = time.process_time()

    def took() -> float:
        nonlocal before
        last, before = before, time.process_time()
        return before - last

    with tempfile.TemporaryDirectory() as name, Artefacts(Path(name), os.urandom(32)).scratch() as room:
        walk(
            FileRows(room.keep(portions(8192, d)), 0, 8192, d), took
        )  # libraries are loaded before memory is looked at
        if kernel.installed():
            kernel._compiled()
        found["base"] = most_held()
        took()
        x = FileRows(room.keep(portions(n, d)), 0, n, d)
        found["keep"] = took()
        found |= walk(x, took)
    return found | {"peak": most_held()}


def walk(x: FileRows, took: Callable[[], float]) -> dict[str, float]:
    place = np.arange(len(x)) % 4096
    y, w, who = records(4096, 9)[1][place], np.ones(len(x), np.int64), place % 100
    found = {}
    head, _ = train(x, y, K, w)
    found["train"] = took()
    credit = credit_of(head, x, y, w)
    found["credit"] = took()
    sums = np.zeros((K, x.shape[1]), np.int64)
    sums[3] = x[7]
    payout.pay(FEE, influence.of_sums(head, credit, x, sums).q, who, 100)
    found["pass"] = took()
    return found


def million() -> list[Row]:
    """10^6 records of d = 257 in sealed files, against a tenth of them."""
    code = "import json, sys; from tests.benchmarks.attribution_parts.scale import child; "
    code += "print(json.dumps(child(int(sys.argv[1]), 257)))"
    small, large = (json.loads(in_child(code, str(n))) for n in (100_000, 1_000_000))
    memory = large["peak"] - large["base"]
    bound = held(257, K, 1_000_000) / 1e6
    return [
        Row("memory to train and attribute 10^6 records in a file", memory / 1e6, "MB", bound),
        Row("the same against 10^5 records", memory / (small["peak"] - small["base"]), "x"),
        *(
            Row(f"10^6 records in a sealed file: {what}", large[name], "s")
            for name, what in (("train", "train"), ("credit", "credit"), ("pass", "one query"))
        ),
    ]


def rows() -> list[Row]:
    return [*queries(), *passes(257), *passes(1281), *settlements(), *withdrawals(), *million(), *road.rows()]
