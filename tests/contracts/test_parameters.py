"""The figures are the same in the document, in the client, in the design and on the ledger."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.chain import parameters
from resources import ROOT
from tests.contracts.commons import SUPPLY, TREASURY, Commons
from tests.contracts.network import OPEN, Network, artefact

DESIGN = Path(__file__).resolve().parents[3] / "shared" / "design" / "product.md"
UNITS = {"bps": 1, "s": 1, "%": 1, "OPEN": OPEN, "GOPEN": OPEN}
Row = dict[str, str]


def rows() -> list[Row]:
    lines = (ROOT / "contracts" / "PARAMETERS.md").read_text("utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return [dict(zip(cells[0], row, strict=True)) for row in cells[2:]]


def wei(row: Row, text: str) -> int:
    found = Decimal(text) * UNITS[row["unit"]]
    assert found == int(found)
    return int(found)


def at(value: Any, path: str) -> Any:
    found = re.fullmatch(r"[\w.]+(?:\[(\d)\])?", path)
    assert found is not None
    return value if found[1] is None else value[int(found[1])]


ROWS = rows()
NAMED = pytest.mark.parametrize("row", ROWS, ids=[row["name"] for row in ROWS])


@pytest.fixture(scope="module")
def commons(tmp_path_factory: pytest.TempPathFactory) -> Any:
    network = Network(tmp_path_factory.mktemp("parameters") / "ledger.db")
    found = Commons(network)
    overloaded = [entry for entry in found.governor.abi if entry.get("name") == "quorumNumerator" and entry["inputs"]]
    found.governor.abi = [entry for entry in found.governor.abi if entry not in overloaded]
    yield found
    network.close()


@NAMED
def test_the_client_deploys_what_the_document_says(row: Row) -> None:
    name = row["in Python"].partition("[")[0]
    assert at(getattr(parameters, name), row["in Python"]) == wei(row, row["value"])


@NAMED
def test_the_ledger_holds_what_the_document_says(row: Row, commons: Commons) -> None:
    if row["on the ledger"] == "-":
        pytest.skip("no figure of its own on the ledger")
    contract, _, path = row["on the ledger"].partition(".")
    where = {
        "Params": commons.params, "OpenGovernor": commons.governor, "Timelock": commons.timelock,
        "Support": commons.support,
    }[contract]  # fmt: skip
    assert at(commons.network.read(where, path.partition("[")[0]), path) == wei(row, row["value"])


@NAMED
def test_a_figure_lies_within_its_bounds(row: Row) -> None:
    bounds = re.fullmatch(r"([\d.]+) to ([\d.]+)", row["a vote moves it"])
    if bounds is None:
        assert row["a vote moves it"].startswith(("yes", "never"))
        return
    assert wei(row, bounds[1]) <= wei(row, row["value"]) <= wei(row, bounds[2])


def test_the_bounds_are_those_of_the_contract(commons: Commons) -> None:
    names = {
        "contributors' part": ("MIN_CONTRIBUTORS", "BASIS"),
        "builder's part": (None, "MAX_BUILDER"),
        "supporters' part": (None, "MAX_SUPPORTERS"),
        "treasury's part": (None, "MAX_TREASURY"),
        "challenge window, shared network": ("MIN_WINDOW", "MAX_WINDOW"),
        "challenge window, one profile": ("MIN_WINDOW", "MAX_WINDOW"),
        "least bond": ("MIN_BOND", "MAX_BOND"),
        "bond, of the amount": ("MIN_BOND_BPS", "MAX_BOND_BPS"),
        "fee of one demand": ("MIN_DEMAND_FEE", "MAX_DEMAND_FEE"),
    }
    read = commons.network.read
    for row in ROWS:
        if row["name"] in names:
            least, most = names[row["name"]]
            found = (0 if least is None else read(commons.params, least), read(commons.params, most))
            bounds = row["a vote moves it"].split(" to ")
            assert found == (wei(row, bounds[0]), wei(row, bounds[1])), row["name"]
    public = {
        entry["name"]
        for entry in artefact("Params")["abi"]
        if entry["type"] == "function" and entry["name"].startswith(("MIN_", "MAX_"))
    }
    assert public == {name for pair in names.values() for name in pair if name} - {"BASIS"}


def test_the_quorums_floor_is_a_part_of_the_networks_own_supply(commons: Commons) -> None:
    assert parameters.quorum_floor() == 10_000_000 * OPEN
    assert commons.network.read(commons.governor, "quorumFloor") == parameters.quorum_floor(SUPPLY)


def test_parts_are_all_of_it_and_the_treasury_is_who_was_named(commons: Commons) -> None:
    assert sum(parameters.SPLIT) == parameters.BASIS
    assert commons.network.read(commons.params, "treasury") == TREASURY.address.lower()
    assert commons.network.read(commons.params, "governor") == commons.timelock.address


@pytest.mark.skipif(not DESIGN.exists(), reason="the shared design documents are not beside the project")
def test_the_design_says_the_same() -> None:
    product = DESIGN.read_text("utf-8")
    found = re.search(
        r"voting delay (\d+) day, period (\d+) weeks, threshold (\d+) GOPEN, quorum (\d+) % of GOPEN", product
    )
    assert found is not None
    days, weeks, threshold, quorum = map(int, found.groups())
    assert days * 86_400 == parameters.VOTING_DELAY
    assert weeks * 7 * 86_400 == parameters.VOTING_PERIOD
    assert (threshold * OPEN, quorum) == (parameters.PROPOSAL_THRESHOLD, parameters.QUORUM_PERCENT)
    assert re.search(r"fixed supply of ([\d,]+)", product) is not None
    assert f"{parameters.SUPPLY // OPEN:,}" in product
    ledger = DESIGN.with_name("ledger.md").read_text("utf-8")
    parts = re.search(r"contributors (\d+), builder (\d+), supporters (\d+), treasury (\d+)", ledger)
    assert parts is not None
    assert tuple(map(int, parts.groups())) == parameters.SPLIT
