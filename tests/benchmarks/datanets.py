"""The way of records from a file into a release: 3,600 of the bundled sample, and 50,000 made from its words.

The rival of the near-duplicate search is comparing every pair, on the same texts.
"""

from __future__ import annotations

import csv
import json
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

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
from core.vault.migrations import m002_datanets
from tests.benchmarks.harness import ROOT, Row, median_seconds

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


@dataclass
class Way:
    """One Datanet in a vault of its own, and the seconds of each step."""

    folder: Path
    rows: list[tuple[str, str]]
    seconds: dict[str, float]

    def timed(self, name: str, work: Callable[[], object]) -> object:
        start = time.perf_counter()
        done = work()
        self.seconds[name] = time.perf_counter() - start
        return done

    def go(self) -> None:
        db = Database(self.folder / f"vault{len(self.rows)}.db", bytes(32), [m002_datanets.migrate])
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
    return rows
