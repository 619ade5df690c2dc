"""Gas: what the tables say is what receipts say, and no operation costs more than its ceiling."""

from __future__ import annotations

from pathlib import Path

import pytest

from resources import ROOT
from tests.contracts import gas

FOLDER = ROOT / "contracts"
TARGETS = {"contribute": 90_000, "settle": 150_000, "claim, ": 75_000, "claimMany, each": 35_000}


def rows(text: str, columns: int) -> list[list[str]]:
    """Of tables of numbers."""
    found = [[cell.strip() for cell in line.strip("|\n ").split("|")] for line in text.splitlines() if line[:1] == "|"]
    return [row for row in found if len(row) == columns and row[-1].replace(",", "").isdigit()]


def number(text: str) -> int:
    return int(text.replace(",", ""))


def written() -> dict[str, tuple[int, int]]:
    """Operation -> figure, ceiling."""
    found = {name: (number(one), number(most)) for name, one, most in rows((FOLDER / "GAS.md").read_text(), 3)}
    for name, *costs, most in rows((FOLDER / "GAME.md").read_text(), 2 + len(gas.SIZES)):
        kind = name.split()[1]
        for size, figure in zip(gas.SIZES, costs, strict=True):
            found[f"challenge {kind}, {gas.name_of(*size)}"] = number(figure), number(most)
    return found


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    return gas.figures(Path(tmp_path_factory.mktemp("gas")))


def test_every_figure_is_the_measured_one_within_two_percent(measured: dict[str, int]) -> None:
    table = written()
    assert table.keys() == measured.keys()
    wrong = {
        name: (table[name][0], found) for name, found in measured.items() if abs(found / table[name][0] - 1) > 0.02
    }
    assert wrong == {}


def test_no_operation_costs_more_than_its_ceiling(measured: dict[str, int]) -> None:
    assert {name: found for name, found in measured.items() if found > written()[name][1]} == {}


def test_ceilings_are_those_that_were_promised() -> None:
    for name, (_, most) in written().items():
        for start, promised in TARGETS.items():
            assert most <= promised or not name.startswith(start), name


def test_a_settlement_costs_the_same_whatever_the_number_of_contributors(measured: dict[str, int]) -> None:
    assert abs(measured["settle, later, 1,000 contributors"] - measured["settle, later"]) < 100
