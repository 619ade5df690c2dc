"""core/attribution/FIGURES.md: the tables of one run, with what they mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict

from tests.benchmarks.attribution_parts.contest import Found
from tests.benchmarks.attribution_parts.truth import Score
from tests.benchmarks.harness import Row, machine


class Line(TypedDict):
    """One method on one data set; `query` in milliseconds for one of them, `memory` in MiB."""

    lds_half: float
    lds_tenth: float
    single: float
    seconds: float
    query: float
    memory: float


_START = """# Figures of attribution

Drawn by `./run bench attribution --docs`; every number of this page comes from one run. All methods explain the same
head on the same records and the same 100 held-out queries, and answer the same question: how much lower is the answered
score, over the mean of all labels, without this record? The truth is certified retraining.

- **Halves, a tenth**: linear datamodel score. 60 random subsets are really trained on; the rank correlation, query by
  query, between what the sum of influences foretells and what the answers became.
- **One record**: rank correlation with really leaving out each of 150 records.
- **All in**: seconds for everything up to the influences of all queries. Ours trains within that time (sums, choice of
  lambda, certified solve, credits); the others are handed the trained head. Imports are not counted. One thread each.
- **Memory**: the peak of the process, its libraries included.

![Agreement with retraining](../../resources/pictures/attribution-faithfulness.png)
![Agreement against time](../../resources/pictures/attribution-cost.png)
![One query over many records](../../resources/pictures/attribution-scale.png)
"""
_WHY = """
Why the others differ: influence functions with the exact inverse Hessian (dattri, pyDVL) leave out only the factor
`1 / (1 - w h)` of a record that is really gone. They reach the same order of records, or on halves one better by a
thousandth or two; with many labels at far greater cost, since they build the Hessian over all labels at once. The
projected and diagonal ones lose much of the order, and likeness and nearest neighbours say nothing of what the head
learned.
"""


def line(found: Found, score: Score) -> Line:
    return Line(
        lds_half=score.lds_half,
        lds_tenth=score.lds_tenth,
        single=score.single,
        seconds=found.seconds,
        query=found.query * 10,
        memory=found.memory / 2**20,
    )


def scale(rows: list[Row]) -> list[tuple[int, float, float]]:
    """(records, milliseconds a query, share of the bandwidth) out of the rows on one query over so many records."""
    sized = [(int(m[1].replace(",", "")), row) for row in rows if (m := _SIZE.search(row.name))]
    times = {size: row.value for size, row in sized if row.unit == "ms"}
    shares = {size: row.value for size, row in sized if row.unit == ""}
    return [(size, times[size], shares[size]) for size in sorted(times) if size in shares]


_ABOVE = re.compile(r"linear datamodel|Spearman|: (all in, 100 queries|one query|memory of the process, peak)$")
_SIZE = re.compile(r"one query over ([\d,]+) records")


def write(path: Path, figures: Mapping[str, Mapping[str, Line]], rows: list[Row]) -> None:
    parts = [_START]
    for name, methods in figures.items():
        parts.append(f"\n## {name}\n")
        parts.append("| method | halves | a tenth | one record | all in, s | a query, ms | memory, MiB |")
        parts.append("|---|---|---|---|---|---|---|")
        parts += [_line(method, one) for method, one in methods.items()]
    parts += [
        _WHY,
        _missed(rows),
        "\n## Everything else\n",
        "| figure | value | target | beside |",
        "|---|---|---|---|",
    ]
    parts += [_row(row) for row in rows if not _ABOVE.search(row.name)]
    here = machine()
    parts.append(f"\nMachine: {here['system']}, {here['cores']} cores, Python {here['python']}.\n")
    path.write_text("\n".join(parts), encoding="utf-8")


def _missed(rows: list[Row]) -> str:
    """Of what stands in the tables above, which show no targets."""
    found = [f"{row.name} ({_short(row.value)})" for row in rows if _ABOVE.search(row.name) and row.holds is False]
    return (
        f"Wanted: halves .95 (breast cancer .93), a tenth .99, one record .999. Missed: {'; '.join(found) or 'none'}.\n"
    )


def _line(method: str, one: Line) -> str:
    spent = f"{_short(one['seconds'])} | {_short(one['query'])} | {one['memory']:.0f}" if one["memory"] else "- | - | -"
    return f"| {method} | {one['lds_half']:.3f} | {one['lds_tenth']:.3f} | {one['single']:.4f} | {spent} |"


def _row(row: Row) -> str:
    beside = ", ".join(f"{name} {_short(value)}" for name, value in row.rivals.items())
    target = "" if row.target is None else f"{'≤' if row.at_most else '≥'} {_short(row.target)}"
    if target and not row.holds:
        target += ", **missed**"
    return f"| {row.name} | {_short(row.value)} {row.unit}".rstrip() + f" | {target} | {beside} |"


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
