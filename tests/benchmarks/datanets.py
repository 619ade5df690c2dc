"""The way of records from a file into a release: 3,600 of the bundled sample, and 50,000 made from its words.

The rival of the near-duplicate search is comparing every pair, on the same texts. What a record costs is processor time
and the most memory that its process held (VmHWM), in a process of its own: the machines are shared.
"""

from __future__ import annotations

import contextlib
import csv
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.attribution.novelty import novelty_of
from core.datanets.catalogue import Datanets
from core.datanets.commitment import Place
from core.datanets.contribution import Contributions
from core.datanets.datanet import Datanet, Rules
from core.datanets.drafts import Drafts, Terms
from core.datanets.importers import Options
from core.datanets.preflights import Preflights
from core.datanets.records import Filter, Records
from core.datanets.release import Releases
from core.datanets.review import Review
from core.datanets.shingles import SIZE, THRESHOLD, near_copies
from core.datanets.text import words
from core.jobs import silent
from core.storage import Database
from core.units import Address
from core.vault.migrations import MIGRATIONS
from tests.benchmarks.attribution_parts.peak import most_held
from tests.benchmarks.harness import ROOT, Row, in_child, median_seconds

SAMPLE = ROOT / "resources/samples/wordnet_topics"
CURATOR, GIVER = Address(bytes([1]) * 20), Address(bytes([2]) * 20)
RELEASED = bytes(32)


def glosses() -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for path in sorted(SAMPLE.glob("contributor_*")):
        if path.suffix == ".csv":
            with path.open(encoding="utf-8", newline="") as file:
                rows += [(row["text"], row["label"]) for row in csv.DictReader(file)]
        else:
            rows += [(row["text"], row["label"]) for row in map(json.loads, path.read_text("utf-8").splitlines())]
    return rows


def many(count: int) -> list[tuple[str, str]]:
    """The beginning of one gloss and the end of another: new texts of ordinary words and lengths."""
    rng = random.Random(3)
    rows = glosses()
    made = {}
    while len(made) < count:
        (first, label), (second, _) = rng.choices(rows, k=2)
        head, tail = first.split(), second.split()
        made[" ".join(head[: len(head) // 2 + 1] + tail[len(tail) // 2 :])] = label
    return list(made.items())


class Watched(Database):
    """Knows the longest that anybody else had to wait for it: processor seconds in one transaction."""

    longest = 0.0

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Any]:
        start = time.process_time()
        with super().transaction() as connection:
            yield connection
        self.longest = max(self.longest, time.process_time() - start)


@dataclass
class Way:
    """One Datanet in a vault of its own; of each step the seconds, the processor's, and those the vault is held."""

    folder: Path
    rows: list[tuple[str, str]]
    seconds: dict[str, float]
    processor: dict[str, float] = field(default_factory=dict)
    held: dict[str, float] = field(default_factory=dict)
    db: Watched | None = None

    def timed(self, name: str, work: Callable[[], object]) -> object:
        assert self.db is not None
        self.db.longest = 0.0
        start, processor = time.perf_counter(), time.process_time()
        done = work()
        self.seconds[name] = time.perf_counter() - start
        self.processor[name], self.held[name] = time.process_time() - processor, self.db.longest
        return done

    def go(self) -> None:
        db = self.db = Watched(self.folder / f"vault{len(self.rows)}.db", bytes(32), MIGRATIONS)
        labels = tuple(sorted({label for _, label in self.rows}))
        datanets = Datanets(db)
        made = datanets.create(Rules("Topics", labels, "CC0-1.0", languages=("en",)), CURATOR)
        net = datanets.committed(made.id, Place(1, CURATOR, 1), RELEASED, 1)
        draft = self._draft(db, net)
        contributions, review, releases = Contributions(db), Review(db), Releases(db)
        self.timed("sign: salts, leaves, root", lambda: contributions.freeze(draft, bytes(32), silent()))
        contributions.committed(1, 1, RELEASED, 2)
        self.timed("approve all in one step", lambda: review.decide_rest(1, "approve", CURATOR))
        self.timed("review: accepted root, decisions hash", lambda: review.prepare(1, CURATOR))
        review.committed(1, RELEASED, 3)
        self.timed("release: manifest and root", lambda: releases.prepare(net.id, CURATOR, silent()))
        releases.committed(1, 1, RELEASED, 4)
        self.timed("records for a trainer", lambda: releases.records(1, "train"))
        self._look(db, net)
        db.close()

    def _draft(self, db: Database, net: Datanet) -> int:
        path = self.folder / "rows.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("text", "label"), *self.rows])
        drafts = Drafts(db)
        draft = drafts.create(net.id, GIVER).id
        terms = Terms("CC0-1.0", language="en")
        self.timed("import CSV", lambda: drafts.add_file(draft, path, Options(), terms, silent()))
        self.timed("preflight, all checks", lambda: Preflights(db).run_draft(draft, silent()))
        return draft

    def _look(self, db: Database, net: Datanet) -> None:
        records, last = Records(db), max(0, len(self.rows) - 100)
        looks = {
            "last page of records": lambda: records.page(Filter(net.id), last, 100),
            "search for two words": lambda: records.page(Filter(net.id, search="large river"), 0, 100),
            "count one label": lambda: records.count(Filter(net.id, label="animal")),
            "overview": lambda: Datanets(db).overview(net.id),
        }
        for name, look in looks.items():
            self.seconds[name] = median_seconds(look)


def costs(count: int) -> dict[str, float]:
    """For a child: microseconds and bytes a record, of everything up to a release and of novelty."""
    rows = many(count)
    before = most_held()
    start = time.process_time()
    novelty_of([text for text, _ in rows], [place % 50 for place in range(count)], range(5))
    found = {"novelty": 1e6 * (time.process_time() - start) / count}
    found["novelty: memory"] = (most_held() - before) / count
    with tempfile.TemporaryDirectory() as folder:
        way = Way(Path(folder), rows, {})
        way.go()
    found |= {name: 1e6 * each / count for name, each in way.processor.items()}
    held = ("approve all in one step", "release: manifest and root")
    found |= {f"{name}: the vault is held": 1e6 * way.held[name] / count for name in held}
    found["all steps: memory"] = (most_held() - before) / count
    return found


def per_record(count: int) -> list[Row]:
    code = "import json, sys; from tests.benchmarks.datanets import costs; print(json.dumps(costs(int(sys.argv[1]))))"
    found: dict[str, float] = json.loads(in_child(code, str(count)).splitlines()[-1])
    return [
        Row(f"a record of {count:,} · {name}", value, "bytes" if name.endswith("memory") else "µs")
        for name, value in found.items()
    ]


TARGETS = {
    ("preflight, all checks", 50_000): 100.0,  # 10,000 in well under 20 s
    ("last page of records", 50_000): 0.1,
    ("search for two words", 50_000): 0.1,
}


def every_pair(texts: list[str]) -> int:
    """Containment by definition."""
    sets = [
        {tuple(found[at : at + SIZE]) for at in range(max(1, len(found) - SIZE + 1))} for found in map(words, texts)
    ]
    return sum(any(len(own & other) >= THRESHOLD * len(own) for other in sets[:at]) for at, own in enumerate(sets))


def run() -> list[Row]:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for data in (glosses(), many(50_000)):
            way = Way(Path(folder), data, {})
            way.go()
            for name, seconds in way.seconds.items():
                rows.append(Row(f"{name} · {len(data):,} records", seconds, "s", TARGETS.get((name, len(data)))))
    texts = [text for text, _ in glosses()[:2_000]]
    start = time.perf_counter()
    every_pair(texts)
    rival = time.perf_counter() - start
    ours = median_seconds(lambda: near_copies([], texts), runs=3)
    rows.append(Row("near duplicates among 2,000 texts", ours, "s", rivals={"every pair": rival}))
    return rows + per_record(100_000)
