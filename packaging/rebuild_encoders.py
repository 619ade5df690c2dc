"""Rebuild the shipped encoders from public weights, and compare what they are worth with what ships.

    python packaging/rebuild_encoders.py [RECORDS] [--work FOLDER] [--json FILE]

Makes an environment of its own (packaging/encoders: pinned tools, the weights by hash), makes both encoders there, and
trains the same ridge head on the same records with the shipped and the rebuilt one. Bits may differ (eigenvectors
and 4-bit rounding depend on the machine's linear algebra); accuracy must agree within one point, else exit 1.

RECORDS: a folder with contributor_*.csv or .jsonl and heldout.csv (columns text, label), by default the bundled
sample; or a JSON list of objects with text and label, from which 12 labels x 300 / 100 are drawn by a fixed rule.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import subprocess
import sys
import time
import venv
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.jobs import silent  # noqa: E402 - this script stands outside the packages
from core.models import encoders, sandbox, training  # noqa: E402
from core.models.encoders.base import Encoder  # noqa: E402
from core.models.encoders.minilm import MiniLM  # noqa: E402
from core.models.encoders.static256 import Static256  # noqa: E402

RECIPE = ROOT / "packaging" / "encoders"
TOPICS, TRAIN, HELD_OUT = 12, 300, 100
TOLERANCE = 0.01  # of accuracy
Rows = list[tuple[str, str]]


@dataclass(frozen=True)
class Row:
    """One encoder, shipped and rebuilt, on the same records."""

    encoder: str
    shipped: float
    rebuilt: float
    tfidf: float
    majority: float
    agree: float  # share of held-out records with the same answer from both

    @property
    def holds(self) -> bool:
        return abs(self.shipped - self.rebuilt) <= TOLERANCE


def make(work: Path) -> Path:
    """Both encoders under work/made, in an environment under work/venv."""
    home, made = work / "venv", work / "made"
    python = home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        venv.create(home, with_pip=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-r", str(RECIPE / "tools.txt")], check=True)
    subprocess.run([*pip, "--no-deps", "--require-hashes", "-r", str(RECIPE / "requirements.txt")], check=True)
    subprocess.run([str(python), str(RECIPE / "make.py"), str(made)], check=True)
    return made


def records(source: Path) -> tuple[Rows, Rows]:
    """(text, label) for training and held out."""
    if source.is_dir():
        files = sorted(path for path in source.glob("contributor_*") if path.suffix in {".csv", ".jsonl"})
        train = [row for path in files for row in _read(path)]
        return list(dict(train).items()), list(_read(source / "heldout.csv"))
    return draw(json.loads(source.read_text(encoding="utf-8")))


def _read(path: Path) -> Iterable[tuple[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file) if path.suffix == ".csv" else map(json.loads, file)
        yield from ((row["text"], row["label"]) for row in rows)


def draw(items: list[dict[str, str]]) -> tuple[Rows, Rows]:
    """The largest labels; within each, texts in order of their SHA-256: a draw without a random generator."""
    by_label: dict[str, set[str]] = defaultdict(set)
    for item in items:
        by_label[item["label"]].add(item["text"])
    labels = sorted(by_label, key=lambda label: (-len(by_label[label]), label))[:TOPICS]
    train: Rows = []
    apart: Rows = []
    for label in sorted(labels):
        texts = sorted(by_label[label], key=lambda text: hashlib.sha256(text.encode()).digest())
        train += [(text, label) for text in texts[:TRAIN]]
        apart += [(text, label) for text in texts[TRAIN : TRAIN + HELD_OUT]]
    return train, apart


class RebuiltStatic(Static256):
    def __init__(self, made: Path) -> None:
        self._made = made

    @cached_property
    def onnx(self) -> bytes:
        return (self._made / "static-256.onnx").read_bytes()


class RebuiltMiniLM(MiniLM):
    def __init__(self, made: Path) -> None:
        self._made = made

    @cached_property
    def onnx(self) -> bytes:
        return (self._made / "minilm-w4.onnx").read_bytes()


def trained(encoder: Encoder, train: Rows, apart: Rows) -> training.TrainedModel:
    """The ridge head on this encoder's features. (`prepare` takes the encoder's name, `encode` does the work.)"""
    uses = frozenset({"train", "evaluate"})

    def item(number: int, text: str, label: str) -> training.Item:
        x = None if encoder.exact else encoder.features([text])[0]
        return training.Item(text, label, number.to_bytes(32, "big"), bytes(20), uses, x=x)

    items = [item(number, *row) for number, row in enumerate(train)]
    tests = [item(len(train) + number, *row) for number, row in enumerate(apart)]
    labels = sorted({label for _, label in train})
    data = training.prepare(items, tests, labels, silent(), encoder=encoder.name, encode=encoder.features)
    return training.train(data, silent())


def compare(made: Path, train: Rows, apart: Rows) -> list[Row]:
    if (made / "vocab.txt").read_bytes() != encoders.get(encoders.DEFAULT).vocabulary:
        raise SystemExit("the package's vocabulary is not the shipped one")
    rows = []
    for rebuilt in (RebuiltStatic(made), RebuiltMiniLM(made)):
        sandbox.check(rebuilt.onnx)
        pair = [trained(encoder, train, apart) for encoder in (encoders.get(rebuilt.name), rebuilt)]
        answers = [model.head.answers(model.data.held_out.x) for model in pair if model.data.held_out]
        first, second = (model.evaluation for model in pair)
        assert first is not None
        assert second is not None
        size = first.records
        same = float((answers[0] == answers[1]).mean())
        rows.append(Row(rebuilt.name, first.accuracy, second.accuracy, first.tfidf / size, first.majority / size, same))
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description="Rebuild the shipped encoders and compare.")
    parser.add_argument("records", type=Path, nargs="?", default=ROOT / "resources" / "samples" / "wordnet_topics")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "encoders")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    made = make(options.work)
    built = time.monotonic() - start
    rows = compare(made, *records(options.records))
    result: dict[str, Any] = {"build_seconds": round(built, 1), "rows": []}
    for row in rows:
        result["rows"].append({**row.__dict__, "holds": row.holds})
        print(
            f"{row.encoder:12} shipped {row.shipped:.4f}  rebuilt {row.rebuilt:.4f}  same answer {row.agree:.4f}  "
            f"TF-IDF {row.tfidf:.4f}  majority {row.majority:.4f}  {'holds' if row.holds else 'FAILS'}"
        )
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
