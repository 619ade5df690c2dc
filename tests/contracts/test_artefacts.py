"""The artefacts that ship are what the sources beside them compile to, and what the ledger runs is what they say."""

from __future__ import annotations

import importlib.util
import json
from types import ModuleType

import pytest

from resources import ROOT
from tests.contracts.market import Market
from tests.contracts.network import Network, again, artefact

NAMES = tuple(sorted(path.stem for path in (ROOT / "contracts" / "src").glob("*.sol")))
NOBODYS = ("Challenges", "Datanets", "Models", "Params", "Settlement", "Support")


def build_script() -> ModuleType:
    path = ROOT.parent / "packaging" / "build_contracts.py"
    spec = importlib.util.spec_from_file_location("build_contracts", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", NAMES)
def test_an_artefact_belongs_to_the_sources_beside_it(name: str) -> None:
    script = build_script()
    found = artefact(name)
    assert found["contract"] == name
    assert found["sourceHash"] == script.source_hash(name)
    assert found["compiler"]["evmVersion"] == "prague"
    assert found["compiler"]["optimizer"]["enabled"] is True


def test_there_is_one_artefact_for_each_source() -> None:
    folder = ROOT / "contracts"
    assert {path.stem for path in (folder / "build").glob("*.json")} == {
        path.stem for path in (folder / "src").glob("*.sol")
    }


def test_compiler_and_library_are_pinned_by_hash() -> None:
    packages = json.loads((ROOT.parent / "packaging" / "contracts" / "package-lock.json").read_text())["packages"]
    assert all(entry["integrity"].startswith("sha512-") for name, entry in packages.items() if name)
    assert all("resolved" not in entry for entry in packages.values())


@pytest.mark.parametrize("name", NOBODYS)
def test_every_function_event_and_error_has_a_name_of_its_own(name: str) -> None:
    entries = [(entry["type"], entry["name"]) for entry in artefact(name)["abi"] if "name" in entry]
    assert len(entries) == len(set(entries))


def test_deployed_code_is_the_artefacts_but_for_what_the_constructor_fills_in(network: Network) -> None:
    market = again(Market, network)
    for name, contract in (
        ("Datanets", market.datanets), ("Models", market.models), ("Challenges", market.challenges),
        ("Settlement", market.settlement),
    ):  # fmt: skip
        found = artefact(name)
        deployed = bytearray.fromhex(network.rpc("eth_getCode", contract.address)[2:])
        for places in found["immutableReferences"].values():
            for place in places:
                deployed[place["start"] : place["start"] + place["length"]] = bytes(place["length"])
        assert "0x" + deployed.hex() == found["deployedBytecode"]
    assert set(artefact("Settlement")["immutableReferences"]) >= {
        "models", "datanets", "params", "support", "challenges"
    }  # fmt: skip


def test_state_stands_where_the_storage_layout_says(network: Network) -> None:
    market = again(Market, network)
    layout = artefact("Datanets")["storageLayout"]["storage"]
    (entry,) = (one for one in layout if one["label"] == "contributionCount")
    word = int(network.rpc("eth_getStorageAt", market.datanets.address, hex(int(entry["slot"]))), 16)
    size = int(artefact("Datanets")["storageLayout"]["types"][entry["type"]]["numberOfBytes"])
    assert word >> 8 * entry["offset"] & (1 << 8 * size) - 1 == 2


def test_no_contract_has_an_owner_an_upgrade_or_a_way_to_end(network: Network) -> None:
    for name in NOBODYS:
        names = {entry.get("name", "").lower() for entry in artefact(name)["abi"]}
        assert not names & {"owner", "transferownership", "upgradeto", "upgradetoandcall", "pause", "initialize"}
