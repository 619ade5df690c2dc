"""Is the credit true, and what does it cost: exact leave-one-out beside other people's attribution, on four data sets.

All methods explain the same head on the same records and queries; the truth is certified retraining. The table and the
pictures of core/attribution/FIGURES.md are drawn by this benchmark (`--docs`). Attacks on pay are in `attacks`.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

from tests.benchmarks.attribution_parts import cost, document, scale
from tests.benchmarks.attribution_parts.contest import OURS, Found, contest
from tests.benchmarks.attribution_parts.scenes import Scene, environment, scenes
from tests.benchmarks.attribution_parts.truth import (
    Score,
    Truth,
    contributor_errors,
    judge,
    mislabelled,
    relative_error,
    truth,
)
from tests.benchmarks.harness import ROOT, Row, docs_wanted

_LDS = {"WordNet topics": 0.95, "spam": 0.95, "digits": 0.95, "breast cancer": 0.93}
_EXPLICIT, _DIRECT = "dattri IF explicit", "pyDVL direct"
_PLOTS = Path(__file__).parent / "attribution_parts" / "plots.py"


def run() -> list[Row]:
    rows: list[Row] = []
    figures: dict[str, dict[str, document.Line]] = {}
    for scene in scenes():
        found, true = list(contest(scene)), truth(scene)
        scores = {one.method: judge(one.influence, true) for one in found}
        rows += [*_faithful(scene, found[0], scores, true), *_costs(scene, found)]
        figures[scene.name] = {one.method: document.line(one, scores[one.method]) for one in found}
    rows += [*cost.rows(), *scale.rows()]
    if docs_wanted():
        _draw(figures, rows)
    return rows


def _faithful(scene: Scene, ours: Found, scores: dict[str, Score], true: Truth) -> list[Row]:
    name = scene.name

    def row(what: str, field: str, target: float) -> Row:
        values = {method: float(getattr(score, field)) for method, score in scores.items()}
        return Row(f"{name}: {what}", values.pop(OURS), "", target, at_most=False, rivals=values)

    people, summed = contributor_errors(scene, ours.influence)
    doubted, loss = mislabelled(scene)
    return [
        row("linear datamodel score, halves", "lds_half", _LDS[name]),
        row("linear datamodel score, a tenth gone", "lds_tenth", 0.99),
        row("leave-one-out, Spearman with retraining", "single", 0.999),
        Row(f"{name}: leave-one-out, relative error", relative_error(ours.influence, true), "", 1e-5),
        Row(f"{name}: contributor left out, relative error", people, "", 1e-9, rivals={"sum of records": summed}),
        Row(
            f"{name}: mislabelled records found, 10 % changed, AUC",
            doubted,
            "",
            0.95,
            at_most=False,
            rivals={"training loss": loss},
        ),
    ]


def _costs(scene: Scene, found: list[Found]) -> list[Row]:
    """Ours trains first; the rivals are handed the trained head."""
    ours = found[0]
    by = {one.method: one for one in found}
    others = [one for one in found[1:] if one.memory]
    queries, text = len(scene.queries), scene.norm_class == 2  # the others are too small for time to matter
    return [
        Row(
            f"{scene.name}: all in, {queries} queries",
            ours.seconds,
            "s",
            rivals={one.method: one.seconds for one in others},
        ),
        Row(
            f"{scene.name}: one query",
            ours.query / queries * 1000,
            "ms",
            rivals={one.method: one.query / queries * 1000 for one in others},
        ),
        Row(
            f"{scene.name}: {_EXPLICIT}, all in, against ours",
            by[_EXPLICIT].seconds / ours.seconds,
            "x",
            50 if text else None,
            at_most=False,
        ),
        Row(
            f"{scene.name}: {_DIRECT}, a query, against ours",
            by[_DIRECT].query / ours.query,
            "x",
            10 if text else None,
            at_most=False,
        ),
        Row(
            f"{scene.name}: memory of the process, peak",
            ours.memory / 2**20,
            "MiB",
            rivals={one.method: one.memory / 2**20 for one in others},
        ),
    ]


def _draw(figures: dict[str, dict[str, document.Line]], rows: list[Row]) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"scenes": figures, "scale": document.scale(rows)}, file)
        file.flush()
        pictures = ROOT / "resources" / "pictures"
        subprocess.run([str(environment()), str(_PLOTS), file.name, str(pictures)], check=True)
    document.write(ROOT / "core" / "attribution" / "FIGURES.md", figures, rows)
