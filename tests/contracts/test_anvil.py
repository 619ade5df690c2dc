"""The same transactions on an independent node: equal receipts, gas, logs and roots, block by block.

Fetched by `python -m tests.clients.fetch` (Linux, npm), or there already for the benchmarks; skipped where it is not
at hand. State roots are not compared: that node keeps zero-valued slots in its storage tries.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from core.node.genesis import BASE_FEE, GAS_LIMIT
from resources import ROOT
from tests.clients import fetch
from tests.contracts import game
from tests.contracts.commons import ANN, BEN, BUILDER, CREATOR, OUTSIDER, PAYER
from tests.contracts.network import OPEN, PEOPLE, START, Network, person
from tests.contracts.test_no_way_to_money import Rich, body_hash
from tests.contracts.whole import MODEL, ROOTS
from tests.doubles.ports import free_port

FETCHED = (fetch.FOLDER, ROOT.parent / ".venv-anvil")  # the latter by the benchmarks
PROGRAM = "node_modules/@foundry-rs/anvil-linux-*/bin/anvil"  # not npm's script, which outlives a killed parent
PATIENCE = 60  # seconds until it answers


def binary() -> str | None:
    named = os.environ.get("OPENLEDGER_ANVIL") or shutil.which("anvil")
    found = [path for folder in FETCHED for path in sorted(folder.glob(PROGRAM))]
    return named or (str(found[0]) if found else None)


pytestmark = pytest.mark.skipif(binary() is None, reason="anvil is not here: python -m tests.clients.fetch")


class Anvil:
    def __init__(self, chain_id: int) -> None:
        port = free_port()
        command = [
            str(binary()), "--silent", "--hardfork", "prague", "--port", str(port), "--accounts", "0",
            "--chain-id", str(chain_id), "--gas-limit", str(GAS_LIMIT), "--block-base-fee-per-gas", str(BASE_FEE),
            "--timestamp", str(START - 1), "--disable-min-priority-fee",
        ]  # fmt: skip
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE, trust_env=False)
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self.call("eth_chainId")
            except httpx.TransportError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    self.close()
                    raise
                time.sleep(0.1)
            else:
                return

    def call(self, method: str, *params: object) -> Any:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
        answer = self._client.post("/", json=body).json()
        assert "error" not in answer, (method, answer["error"])
        return answer["result"]

    def close(self) -> None:
        self._client.close()
        self._process.kill()
        self._process.wait()


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """Every contract deployed and used: a settlement paid, one challenged in vain, one left open, and refusals."""
    network = Network(tmp_path_factory.mktemp("played") / "ledger.db")
    whole = Rich(network)
    body, root, tree, leaves = whole.done
    name = body_hash(whole, body)
    claims = [(name, index, account, amount, tree.path(index)) for index, account, amount in leaves]
    network.act(OUTSIDER, whole.settlement, "claim", *claims[0])
    network.act(OUTSIDER, whole.settlement, "claimMany", claims[1:])
    network.act(BUILDER, whole.settlement, "withdrawEarned")
    network.act(OUTSIDER, whole.settlement, "demand", whole.open[0], whole.open[1], ROOTS, game.PAYOUT_LEAF, 0,
                value=body[13])  # fmt: skip
    network.act(ANN, whole.support, "claim", MODEL)
    network.act(BEN, whole.support, "withdraw", MODEL)
    network.act(PAYER, whole.settlement, "requestRefund", OPEN)
    network.act(ANN, whole.gopen, "delegate", BEN.address)
    network.act(ANN, whole.wopen, "withdraw", OPEN)
    for who, contract, function, values in (
        (OUTSIDER, whole.settlement, "claim", claims[0]),
        (CREATOR, whole.params, "setWindow", (60,)),
        (OUTSIDER, whole.support, "withdraw", (MODEL,)),
    ):
        network.refused(who, contract, function, *values)
    assert root
    yield network
    network.close()


@pytest.fixture(scope="module")
def anvil(played: Network) -> Iterator[Anvil]:
    found = Anvil(played.chain_id)
    for name in PEOPLE:
        found.call("anvil_setBalance", person(name).address, hex(1_000 * OPEN))
    yield found
    found.close()


def replay(network: Network, anvil: Anvil, number: int) -> dict[str, Any]:
    """The block as that node makes it of the same transactions, at the same time and base fee."""
    block = network.rpc("eth_getBlockByNumber", hex(number), False)
    anvil.call("evm_setAutomine", False)
    anvil.call("evm_setNextBlockTimestamp", int(block["timestamp"], 16))
    anvil.call("anvil_setNextBlockBaseFeePerGas", block["baseFeePerGas"])
    for name in block["transactions"]:
        stored = network.ledger.store.transaction(bytes.fromhex(name[2:]))
        assert stored is not None
        anvil.call("eth_sendRawTransaction", "0x" + stored.raw.hex())
    anvil.call("evm_mine")
    return dict(anvil.call("eth_getBlockByNumber", hex(number), False))


BLOCK = ("number", "timestamp", "gasUsed", "gasLimit", "baseFeePerGas", "transactionsRoot", "receiptsRoot", "logsBloom",
         "transactions")  # fmt: skip
RECEIPT = ("status", "gasUsed", "cumulativeGasUsed", "effectiveGasPrice", "contractAddress", "logsBloom", "type")
LOG = ("address", "topics", "data", "logIndex")


def test_an_independent_node_comes_to_the_same_receipts_and_gas(played: Network, anvil: Anvil) -> None:
    last = played.ledger.head.number
    assert last >= 40
    statuses = set()
    for number in range(1, last + 1):
        ours = played.rpc("eth_getBlockByNumber", hex(number), False)
        theirs = replay(played, anvil, number)
        assert {key: theirs[key] for key in BLOCK} == {key: ours[key] for key in BLOCK}, number
        for name in ours["transactions"]:
            mine, other = (ask("eth_getTransactionReceipt", name) for ask in (played.rpc, anvil.call))
            assert {key: other[key] for key in RECEIPT} == {key: mine[key] for key in RECEIPT}, number
            logs = [[{key: log[key] for key in LOG} for log in one["logs"]] for one in (mine, other)]
            assert logs[0] == logs[1], number
            statuses.add(mine["status"])
    assert statuses == {"0x0", "0x1"}


def test_everybody_has_the_same_balance_there(played: Network, anvil: Anvil) -> None:
    if int(anvil.call("eth_blockNumber"), 16) < played.ledger.head.number:
        for number in range(1, played.ledger.head.number + 1):
            replay(played, anvil, number)
    for name in PEOPLE:
        at = person(name).address
        assert anvil.call("eth_getBalance", at, "latest") == played.rpc("eth_getBalance", at, "latest")


def test_the_lock_pins_it_by_hash() -> None:
    import json

    lock = json.loads((fetch.HERE / "package-lock.json").read_text("utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert all("resolved" not in entry for entry in packages.values())
