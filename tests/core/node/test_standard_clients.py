"""The served node driven by other people's clients, each as its users would write it. Nothing is fetched here."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.worker.child import Child
from resources import ROOT as RESOURCES
from tests.clients import fetch
from tests.contracts.network import OPEN, person
from tests.core.node.test_serve import CHAIN, GENESIS, TOKEN, Served

ANN, BEN = person("ann"), person("ben")
CLIENTS = Path(fetch.__file__).parent
ARTEFACT = RESOURCES / "contracts" / "build" / "Datanets.json"
NOT_HERE = "is not at hand: `python -m tests.clients.fetch` fetches it"

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    node = Child("node")
    node.call("open", timeout=120, path=str(tmp_path / "ledger.db"), key="11" * 32, genesis=GENESIS)
    yield Served(node)
    node.stop()


def run(*command: object, folder: Path | None = None, **environment: str) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={**os.environ, "NO_COLOR": "1", **environment},
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout.strip()


def key() -> str:
    return "0x" + bytes(ANN.key).hex()


def test_web3_py_reads_signs_deploys_filters_and_subscribes(served: Served) -> None:
    python = fetch.web3_python()
    if python is None:
        pytest.skip(f"web3.py {NOT_HERE}")
    found = json.loads(run(python, CLIENTS / "with_web3.py", f"{served.url}/{TOKEN}", key(), ARTEFACT))
    assert found == {
        "chain": CHAIN,
        "syncing": False,
        "paid": 1,
        "balance": 7,
        "count": 1,
        "event": "Topics",
        "logs": ["Topics"],
        "code": True,
        "proof": [7, True],
        "fees": 3,
        "filter": 3,
        "refused": found["refused"],
        "head": True,
        "block": 1,
    }
    assert found["refused"]


def test_ethers_reads_signs_deploys_and_listens(served: Served) -> None:
    folder = fetch.npm_folder()
    if folder is None:
        pytest.skip(f"ethers {NOT_HERE}")
    script = CLIENTS / "with_ethers.mjs"
    found = json.loads(run("node", script, f"{served.url}/{TOKEN}", key(), ARTEFACT, folder=folder))
    assert found == {
        "chain": CHAIN,
        "paid": 1,
        "balance": 9,
        "count": 2,
        "events": found["events"],
        "logs": ["Topics"],
        "refused": "BadName",
        "proof": 9,
        "fees": True,
        "seen": [True, True],
    }
    assert found["events"] > 0


class Cast:
    def __init__(self, program: Path, address: str) -> None:
        self._program = program
        self._address = address

    def __call__(self, *words: object) -> str:
        return run(self._program, *words, ETH_RPC_URL=self._address)


def test_cast_reads_signs_deploys_and_is_refused_without_the_token(served: Served) -> None:
    folder = fetch.npm_folder()
    program = folder and folder / "node_modules" / "@foundry-rs" / "cast-linux-amd64" / "bin" / "cast"
    if program is None or not program.exists():
        pytest.skip(f"cast {NOT_HERE}")
    cast = Cast(program, f"{served.url}/{TOKEN}")
    assert int(cast("chain-id")) == CHAIN
    assert int(cast("balance", BEN.address)) == 1_000 * OPEN
    paid: dict[str, Any] = json.loads(cast("send", BEN.address, "--value", 5, "--private-key", key(), "--json"))
    assert paid["status"] == "0x1"
    assert int(cast("balance", BEN.address)) == 1_000 * OPEN + 5
    code = json.loads(ARTEFACT.read_text())["bytecode"]
    made = json.loads(cast("send", "--private-key", key(), "--json", "--create", code))
    where = made["contractAddress"]
    act = ["createDatanet(string,bytes32,address[])", "Topics", "0x" + "03" * 32, "[]"]
    done = json.loads(cast("send", where, *act, "--private-key", key(), "--json"))
    assert done["status"] == "0x1"
    assert cast("call", where, "datanetCount()(uint256)") == "1"
    logs = json.loads(cast("logs", "--address", where, "--from-block", 0, "--json"))
    assert [log["transactionHash"] for log in logs] == [done["transactionHash"]] * len(logs)
    assert json.loads(cast("proof", BEN.address, "--json"))["balance"] == hex(1_000 * OPEN + 5)
    assert int(cast("block-number")) == 3
    assert json.loads(cast("tx", done["transactionHash"], "--json"))["hash"] == done["transactionHash"]
    with pytest.raises(AssertionError, match="401"):
        Cast(program, f"{served.url}/wrong")("chain-id")
