"""The client's own road at size: release, package, answer, settlement, withdrawal over real glosses of WordNet.

Everything a person's program does is done by the client's own code (core/client/building.py, tables.py); what stands
in for the rest of the client is the release, which would come from a ledger, and a price of nothing. Times are
processor times; memory is the most that was resident during a step, less what the program had before the first one.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from tests.benchmarks.harness import ROOT, Row, in_child

_FILE = ROOT.parent / "shared" / "data" / "wordnet_nouns.json"
PEOPLE, TRUSTED = 100, 40
SIZES = (20_000, 100_000)


class Noon:
    def now(self) -> int:
        return 1_800_000_000

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None: ...


def glosses(n: int) -> Iterator[tuple[str, str]]:
    """(text, label): glosses of the twelve largest kinds, shuffled; past the last one, with their term in front."""
    entries = json.loads(_FILE.read_text())
    kinds = {label for label, _ in Counter(entry["label"] for entry in entries).most_common(12)}
    entries = [entry for entry in entries if entry["label"] in kinds]
    order = np.random.default_rng(5).permutation(len(entries)).tolist()
    for place in range(n):
        entry = entries[order[place % len(order)]]
        again = place >= len(order)
        yield (f"{entry['term']} means {entry['text']}" if again else entry["text"]), entry["label"]


def release(n: int) -> Any:
    from core.client.curating import TrainingRecord, TrainingRelease
    from core.keccak import keccak256
    from core.units import Address

    accounts = [keccak256(b"person %d" % i)[12:] for i in range(PEOPLE)]
    uses = frozenset({"train", "evaluate"})
    pairs = list(glosses(n))
    labels = tuple(sorted({label for _, label in pairs}))
    records = tuple(
        TrainingRecord(text, label, keccak256(b"record %d" % i), accounts[i * PEOPLE // n], uses, False)
        for i, (text, label) in enumerate(pairs)
    )
    trusted = frozenset(Address(one) for one in accounts[:TRUSTED])
    return TrainingRelease(1, 1, "Glosses", bytes(32), "CC0-1.0", labels, trusted, records)


def client(folder: Path, made: Any, gone: set[bytes]) -> Any:
    """What core.client.building asks of a client, without a ledger and without a worker to time answers in."""
    from core.artefacts import Artefacts
    from core.models.catalogue import Catalogue
    from core.storage import Database
    from core.vault.migrations import m004_models

    database = Database(folder / "vault.db", bytes(32), [m004_models.migrate])
    artefacts = Artefacts(folder / "files", bytes(32))
    runtime = SimpleNamespace(encoding=lambda _name: None, load=lambda *_: None, latency=lambda *_: 1)
    session = SimpleNamespace(
        db=database,
        artefacts=artefacts,
        catalogue=Catalogue(database, artefacts, Noon()),
        runtime=runtime,
        data_key=bytes(32),
    )
    datanets = SimpleNamespace(
        training_release=lambda _datanet: made,
        likeness=lambda _datanet, texts: texts,
        withdrawn_ids=lambda _datanet: frozenset(gone),
    )
    return SimpleNamespace(session=session, datanets=datanets)


class Meter:
    """Steps by name: processor seconds, and the most memory that was resident in their course (Linux)."""

    def __init__(self) -> None:
        self.found: dict[str, dict[str, float]] = {}
        self.base = self._resident()

    def step(self, name: str, work: Callable[[], Any]) -> Any:
        Path("/proc/self/clear_refs").write_text("5")
        before, wall = time.process_time(), time.perf_counter()
        made = work()
        self.found[name] = {
            "seconds": time.process_time() - before,
            "wall": time.perf_counter() - wall,
            "peak": (self._peak() - self.base) / 1e6,
            "after": (self._resident() - self.base) / 1e6,
        }
        print(name, {k: round(v, 2) for k, v in self.found[name].items()}, file=sys.stderr)
        return made

    @staticmethod
    def _status(name: str) -> int:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))

    def _resident(self) -> int:
        return self._status("VmRSS")

    def _peak(self) -> int:
        return self._status("VmHWM")


def settled(tables: Any, secret: bytes) -> Any:
    """A settlement of one call of each label, computed and checked as a challenger would."""
    from core.attribution import payloads
    from core.economy import challenge, settlement
    from core.economy.channel import Channel
    from core.economy.evidence import ModelTrees
    from core.economy.split import Split
    from core.economy.voucher import Voucher
    from core.merkle import MerkleTree
    from core.units import Address, Amount

    head = tables.tables.head
    sums = np.zeros((head.K, head.d), object)
    for k in range(head.K):
        sums[k] = tables.tables.X[k].astype(object) * 10**15
    root = MerkleTree.of(payloads.sums(secret, sums.tolist(), head.blocks)).root
    where = Channel(7, Address(bytes(20)), Address(bytes([1]) * 20), 3)
    fee = Amount(head.K * 10**15)
    voucher = Voucher(where, tables.tables.package, 1, head.K, fee, bytes([1]) * 32, root)
    made = settlement.compute(
        voucher, secret, sums, tables.tables, Split(6000, 2500, 1000, 500),
        previous=0, amount=fee, datanet=1, staked=False,
    )  # fmt: skip
    challenge.before_posting(made, ModelTrees(tables.tables, secret))
    return made


def child(n: int, encoder: str, warm: int = 1500) -> dict[str, dict[str, float]]:
    """In a process of its own. A small road first: libraries, tables of encoders and code are not what is measured."""
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "warm").mkdir()
        walk(Path(name) / "warm", release(warm), encoder)
        made = release(n)
        meter = Meter()
        walk(Path(name), made, encoder, meter)
    return meter.found


def walk(folder: Path, made: Any, encoder: str, meter: Meter | None = None) -> None:
    from core.attribution import influence
    from core.client.building import Building
    from core.jobs import silent
    from core.models import training

    step = (lambda _name, work: work()) if meter is None else meter.step
    gone: set[bytes] = set()
    own = client(folder, made, gone)
    building = Building(own)
    model = step("package", lambda: building.train(1, "Glosses", encoder, None, silent(), "auto"))
    if meter is not None:
        meter.found["hash"] = {"package": int.from_bytes(model.newest.package_hash[:6], "big")}
        print(model.newest.package_hash.hex(), model.newest.facts["head"]["d"], file=sys.stderr)
    tables = step("tables", lambda: building.tables.get(own.session, model.newest))
    t = tables.tables
    x = np.array(t.X[7])
    step("answer", lambda: influence.of_answer(t.head, t.credit, t.X, x, 1).supporting(5))
    step("answer again", lambda: influence.of_answer(t.head, t.credit, t.X, x, 1).supporting(5))
    step("settlement", lambda: settled(tables, bytes(32)))
    gone.add(t.record_ids[11])
    building.tables = type(building.tables)()

    old = step("open", lambda: own.session.catalogue.training(model.newest))
    new = step("withdraw", lambda: training.without(old, building.withdrawn(model), silent()))
    built = step("package after withdrawal", lambda: building._next(model, new, 1, silent()))
    step("keep", lambda: own.session.catalogue.add_version(model.id, built, new, origin="retrained"))
    if meter is not None:
        print(built.hash.hex(), file=sys.stderr)


def rows() -> list[Row]:
    code = "import json, sys; from tests.benchmarks.attribution_parts import road; "
    code += "print(json.dumps(road.child(int(sys.argv[1]), 'static-256')))"
    found: list[Row] = []
    for n in SIZES:
        steps = json.loads(in_child(code, str(n)))
        steps.pop("hash")
        for name, values in steps.items():
            found.append(Row(f"{n:,} glosses: {name}", values["seconds"], "s"))
            found.append(Row(f"{n:,} glosses: memory of {name}", values["peak"], "MB"))
    return found
