"""A weights file of a small release: trusted people, an honest newcomer, a liar, a copier, and one who was kept out.

Its features are few and its package is a manifest alone: the script of the weights reads no more of either.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

import numpy as np

from core.attribution.weights import admit
from core.datanets.commitment import Place, leaf_of
from core.datanets.consent import Terms
from core.datanets.content import Column
from core.datanets.datanet import Rules
from core.datanets.manifest import Entry, Manifest
from core.datanets.record import Record
from core.economy import weights_file
from core.keccak import keccak256
from core.merkle import leaf_hash
from core.models import canonical, roots
from core.models.training import TrainingSet
from tests.core.economy import small_case
from tests.doubles import poa

LABELS = ("bird", "ship", "tree")
WORDS = ["ash", "bay", "cod", "dew", "elm", "fir", "gum", "hay", "ivy", "jay", "kit", "log", "mud", "nut", "oak", "pea"]
PEOPLE = tuple(small_case.address(f"weigher {i}") for i in range(5))
TRUSTED = (0, 1)
SECRET = keccak256(b"a release's secret")
USES = frozenset({"train", "share"})


@dataclass
class Case:
    """What a file is made of; `sections` may be changed before `data` writes it."""

    manifest: dict[str, Any]
    lines: list[dict[str, Any]]
    contents: weights_file.Contents
    sections: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with zipfile.ZipFile(io.BytesIO(weights_file.made(self.contents))) as whole:
            self.sections = json.loads(whole.read("weights.json"))["sections"]

    @property
    def document(self) -> dict[str, Any]:
        return {"format": weights_file.FORMAT, "version": weights_file.VERSION, "sections": self.sections}

    def pin(self) -> None:
        """The package and the ledger say what the manifest says now."""
        self.contents = replace(self.contents, package=zipped({"manifest.json": canonical.encode(self.manifest)}))
        self.sections["chain"]["package"] = keccak256(canonical.encode(self.manifest)).hex()

    @property
    def data(self) -> bytes:
        release = b"".join(canonical.encode(line) + b"\n" for line in self.lines)
        text = weights_file.canonical(self.document) + b"\n"
        return zipped({"package.zip": self.contents.package, "release.jsonl": release, "weights.json": text})


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as whole:
        for name, content in files.items():
            whole.writestr(zipfile.ZipInfo(name), content)
    return out.getvalue()


def people(seed: int) -> tuple[list[str], np.ndarray, np.ndarray, list[int]]:
    """Texts, features, labels and contributors of 260 records."""
    rng = np.random.default_rng(seed)
    X, y = poa.records(260, 6, 3, seed, spread=400)
    X, y = np.array(X, np.int16), np.array(y)
    who = [0] * 80 + [1] * 60 + [2] * 60 + [3] * 30 + [4] * 30
    texts = [" ".join(f"{WORDS[i]}{j}" for i, j in rng.integers(0, 16, (8, 2))) for _ in who]
    y[200:230] = (y[200:230] + 1) % 3  # the liar
    texts[230:240], X[230:240], y[230:240] = texts[:10], X[:10], y[:10]  # the copier
    texts[240:250] = [f"it is said {text}" for text in texts[80:90]]
    texts[250:260] = [" ".join(texts[k].split()[:4] + texts[k + 60].split()[:4]) for k in range(10)]
    texts[150] = "..."
    return texts, X, y, who


COLUMNS = (Column("mass"), Column("beak", "category"), Column("wing"))


def rows_of(texts: list[str]) -> list[str]:
    """The same as rows of a table: some values missing, copies among them."""
    made = []
    for text in texts:
        words = [*text.split(), "", "", ""]
        found = {"mass": str(len(words[0])), "beak": words[0][:4], "wing": words[1][-1:].strip(".") or "1"}
        made.append(canonical.encode({name: value for name, value in found.items() if value}).decode())
    return made


def prints_of(texts: list[str]) -> list[str]:
    return [keccak256(text.encode()).hex() for text in texts]


def case(kind: str = "text", seed: int = 3, trusted: tuple[int, ...] = TRUSTED, gone: tuple[int, ...] = ()) -> Case:
    """`gone`: places of records that were taken back after the first package."""
    texts, X, y, who = people(seed)
    kept = texts if kind == "text" else rows_of(texts) if kind == "table" else [f"picture of {t}" for t in texts]
    rules = Rules("Weighed", LABELS, "CC0-1.0", kind=kind, columns=COLUMNS if kind == "table" else ())  # type: ignore[arg-type]
    place = Place(7, small_case.address("datanets"), 4)
    entries, lines, ids = [], [], []
    for at, (text, label, person) in enumerate(zip(kept, y.tolist(), who, strict=True)):
        for extra in (False, *([True] * (at == 99))):  # after one of them stands one that may not train
            uses = frozenset({"share"}) if extra else USES
            record, salt = (
                Record(text + "!" * extra, LABELS[label], "CC0-1.0", uses),
                keccak256(f"{at}{extra}".encode()),
            )
            leaf, terms = leaf_of(record.content_hash, salt), Terms(record.licence, uses)
            entry = Entry(1 + at, int(extra), leaf, PEOPLE[person], label, terms, trusted=person in trusted)
            entries.append(entry)
            lines.append({"record": record.canonical.decode(), "salt": salt.hex()})
            ids += [leaf_hash(entry.payload)] * (not extra)
    release = Manifest(place, 1, None, LABELS, tuple(entries))
    compared = {
        "text": texts,
        "table": [rules.content.likeness(t, rules.columns) for t in kept] if kind == "table" else [],
    }
    made = admit(compared.get(kind) or prints_of(texts), X, y, 3, np.array(who), trusted)
    facts = made.manifest() | ({"prints": prints_of(texts)} if kind == "image" else {})
    reasons = canonical.encode(facts)
    accounts = tuple(PEOPLE[person].raw for person in who)
    data = TrainingSet("small", LABELS, X, y, made.weights, tuple(ids), accounts, 1, None)
    first = _manifest(data, release, reasons, facts, None)
    before, manifest = [], first
    if gone:
        before = [canonical.encode(first)]
        lineage = {"package": keccak256(before[0]).hex(), "withdrawn": len(gone)}
        manifest = _manifest(data.without([ids[i] for i in gone]), release, reasons, facts, lineage)
    head = {"kind": "openledger/release", "meta": rules.meta.decode(), "manifest": release.encoded.decode()}
    raw = canonical.encode(manifest)
    chain = weights_file.OnLedger(
        "7", str(place.contract).lower(), "0x" + "22" * 20, 41, "33" * 32, "proven", 4, 1, 9, keccak256(raw).hex(),
        "44" * 32, release.tree.root.hex(), release.hash.hex(), rules.meta_hash.hex(),
    )  # fmt: skip
    lines = [head, *lines]
    contents = weights_file.Contents(
        chain,
        zipped({"manifest.json": raw}),
        [canonical.encode(line) + b"\n" for line in lines],
        [leaf_hash(entry.payload) for entry in entries],
        SECRET,
        data,
        [ids[i] for i in gone],
        before,
        reasons,
    )
    return Case(manifest, lines, contents)


def _manifest(
    data: TrainingSet, release: Manifest, reasons: bytes, facts: dict[str, Any], lineage: dict[str, Any] | None
) -> dict[str, Any]:
    pinned = {name: facts[name] for name in ("threshold", "likeness", "often", "core_j")}
    return {
        "name": "Weighed",
        "labels": list(LABELS),
        "encoder": {"hash": "44" * 32},
        "head": {"b": 2},
        "admission": pinned | {"reasons": sha256(reasons).hexdigest()},
        "release": {
            "datanet": 4,
            "version": 1,
            "root": release.tree.root.hex(),
            "records": len(data),
            "features": features_root(data).hex(),
        },
        "lineage": lineage,
    }


def features_root(data: TrainingSet) -> bytes:
    return roots.features_tree(SECRET, data.x[:], data.y, data.w, data.record_ids, data.accounts).root
