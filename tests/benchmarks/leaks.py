"""What features give away: tokens recovered from one vector and from sums of many, by somebody who holds the encoder.

On the bundled definitions: the attacker knows the encoder and other texts of the kind (the training records), not the
ones attacked (the held-out records). Also, whether one given text is in a sum. `./run bench leaks` writes the tables to
core/attribution/PRIVACY.md, between its marks. Two minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from core.models import encoders
from core.models.encoders.words import SPECIAL
from tests.benchmarks.accuracy_parts import texts
from tests.benchmarks.accuracy_parts.texts import DataSet
from tests.benchmarks.harness import ROOT, Row
from tests.benchmarks.leaks_parts import decode

DOCUMENT = ROOT / "core" / "attribution" / "PRIVACY.md"
MARKS = ("<!-- measured -->", "<!-- end -->")
SIZES = (1, 4, 16, 64, 256)
SINGLE = 200  # vectors attacked one by one
SUMS = 12  # sums attacked of each size
FLOATS = (120, 800)  # texts attacked through MiniLM, and texts the attacker compares with
KINDS = ("static-256", "words-1024", "static-256+words")
Counts = tuple[int, int, int]


class Scene:
    """Tokens and features of the attacked texts, and what the attacker knows."""

    def __init__(self, data: DataSet) -> None:
        self.data = data
        kind = encoders.get("static-256")
        self.tokens = [kind.tokens(text) for text in data.held]
        self.x = {name: encoders.get(name).features(data.held)[:, :-1].astype(np.float64) for name in KINDS}
        self.pool = encoders.get("static-256+words").features(data.texts)[:, :-1].astype(np.float64)
        self.frequency = np.zeros(len(decode.table()), np.int64)
        for text in data.texts:
            np.add.at(self.frequency, kind.tokens(text), 1)

    def truth(self, members: Sequence[int]) -> set[int]:
        return {token for member in members for token in self.tokens[member] if token >= SPECIAL}


def _decode(scene: Scene, name: str, total: np.ndarray, most: int) -> list[int]:
    if name == "static-256":
        return decode.pursuit(total, decode.everything(), most)
    words = total if name == "words-1024" else total[256:]
    occupied = np.flatnonzero(words > 0)
    if name == "words-1024":
        return decode.likeliest(occupied, scene.frequency)
    if len(occupied) <= 60:  # few enough for the table to tell which piece of a bucket it was
        return decode.pursuit(total[:256], decode.in_buckets(occupied), most)
    return decode.likeliest(occupied, scene.frequency)


def attack(scene: Scene, name: str, groups: list[list[int]]) -> Counts:
    """Over sums of these groups of texts: tokens rightly found, there, claimed."""
    counts = []
    for members in groups:
        truth = scene.truth(members)
        found = _decode(scene, name, scene.x[name][members].sum(axis=0), min(240, 2 * len(truth)))
        counts.append(decode.recovered(found, truth))
    right, there, claimed = np.array(counts).sum(axis=0).tolist()
    return right, there, claimed


def groups_of(scene: Scene, size: int, count: int, seed: int = 5) -> list[list[int]]:
    """Texts of one label each, as the sums of a settlement hold them; with repetition where a label has too few."""
    rng = np.random.default_rng(seed)
    found = []
    for place in range(count):
        own = np.flatnonzero(scene.data.yh == place % len(scene.data.labels))
        found.append(rng.choice(own, size, replace=size > len(own)).tolist())
    return found


def membership(scene: Scene, name: str, size: int) -> float:
    """How well a sum tells whether a text that the attacker guesses is in it: area under the curve (.5: not at all).

    The guess's vector against the sum, whitened by the second moments of the texts the attacker knows.
    """
    columns = {"static-256": slice(0, 256), "words-1024": slice(256, None)}.get(name, slice(None))
    pool = scene.pool[:, columns]
    moments = pool.T @ pool / len(pool)
    white = np.linalg.inv(moments + np.eye(len(moments)) * np.trace(moments) / len(moments) * 0.1)
    wins = []
    for members in groups_of(scene, size, SUMS, seed=6):
        label = scene.data.yh[members[0]]
        others = np.setdiff1d(np.flatnonzero(scene.data.yh == label), members)[:40]
        if not len(others):
            continue
        pointing = white @ scene.x[name][members].sum(axis=0)
        inside, outside = (scene.x[name][list(part)] @ pointing for part in (sorted(set(members)), others))
        wins.append(float((inside[:, None] > outside[None, :]).mean()))
    return float(np.mean(wins)) if wins else float("nan")


def through_floats(data: DataSet) -> tuple[Counts, float]:
    """MiniLM by nearest neighbours: tokens of the nearest other text; and how often the text itself is recognised."""
    attacked, known = FLOATS
    kind, plain = encoders.get("minilm-w4"), encoders.get("static-256")
    mine, pool = data.held[:attacked], data.texts[:known]
    x, others = kind.features(mine).astype(np.float64), kind.features(pool).astype(np.float64)
    nearest = np.argmax(x[:, :-1] @ others[:, :-1].T, axis=1)
    counts = [
        decode.recovered(sorted(set(plain.tokens(pool[near]))), set(plain.tokens(text)))
        for text, near in zip(mine, nearest.tolist(), strict=True)
    ]
    everyone = np.concatenate([others, x])
    known_again = np.argmax(x[:, :-1] @ everyone[:, :-1].T, axis=1) == np.arange(attacked) + known
    right, there, claimed = np.array(counts).sum(axis=0).tolist()
    return (right, there, claimed), float(known_again.mean())


def _share(counts: Counts) -> str:
    right, there, claimed = counts
    return f"{right / there:.2f} / {right / max(1, claimed):.2f}"


def _rows(names: Sequence[str], cell: Callable[[str, int], str]) -> list[str]:
    head = ["features", *(f"{size} call{'s' if size > 1 else ''}" for size in SIZES)]
    rows = [head, ["---"] * len(head), *([name, *(cell(name, size) for size in SIZES)] for name in names)]
    return ["| " + " | ".join(row) + " |" for row in rows]


def document(
    scene: Scene, found: dict[tuple[str, int], Counts], known: dict[tuple[str, int], float], floats: str
) -> str:
    mean = np.mean([len(tokens) for tokens in scene.tokens])
    return "\n".join(
        [
            f"Definitions of {mean:.0f} tokens on average; {SINGLE} single vectors, {SUMS} sums of each size, each of",
            "one label. Share of the distinct tokens found / share of the claims that were right:",
            "",
            *_rows(KINDS, lambda name, size: _share(found[name, size])),
            "",
            "Whether a text that the attacker guesses is among the calls (1: always told, .5: not at all):",
            "",
            *_rows(KINDS, lambda name, size: f"{known[name, size]:.2f}"),
            "",
            floats,
        ]
    )


def write(measured: str) -> None:
    """Between the marks; the words around them stay."""
    before, rest = DOCUMENT.read_text(encoding="utf-8").split(MARKS[0])
    after = rest.split(MARKS[1])[1]
    DOCUMENT.write_text(f"{before}{MARKS[0]}\n{measured}\n{MARKS[1]}{after}", encoding="utf-8")


def run() -> list[Row]:
    scene = Scene(texts.topics())
    found: dict[tuple[str, int], Counts] = {}
    known: dict[tuple[str, int], float] = {}
    for name in KINDS:
        for size in SIZES:
            groups = [[place] for place in range(SINGLE)] if size == 1 else groups_of(scene, size, SUMS)
            found[name, size] = attack(scene, name, groups)
            known[name, size] = membership(scene, name, size)
    counts, again = through_floats(scene.data)
    floats = (
        f"`minilm-w4`, one vector, by the nearest of {FLOATS[1]} other texts: {_share(counts)} of the tokens; the text "
        f"itself, where the attacker has it among {sum(FLOATS)}, is recognised in {again:.0%}."
    )
    write(document(scene, found, known, floats))
    rows = [Row(f"tokens found, {name}, {size} calls", c[0] / c[1], "") for (name, size), c in found.items()]
    rows += [Row(f"membership, {name}, {size} calls", value, "auc") for (name, size), value in known.items()]
    return [
        *rows,
        Row("tokens found, minilm-w4, 1 call", counts[0] / counts[1], ""),
        Row("minilm-w4 recognised", again, ""),
    ]
