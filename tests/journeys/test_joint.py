"""Two profiles in two folders and processes, on one ledger: one has the node, the other joins by an invite, receives a
release, contributes, is reviewed and earns. By commands alone, each in a run of its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.doubles.ports import free_port
from tests.journeys.test_terminal import ROOT, Terminal, rows

pytestmark = [pytest.mark.journey, pytest.mark.timeout(1800)]


@contextlib.contextmanager
def serving(terminal: Terminal, *options: str) -> Iterator[dict[str, Any]]:
    """`openledger node serve` of a profile while the block runs; it must leave by itself when it is asked to."""
    words = ["node", "serve", *options, "--json", *terminal.common]
    served = subprocess.Popen(
        [sys.executable, "-m", "app", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    try:
        assert served.stdout is not None
        lines = ""
        while not lines.rstrip().endswith("}"):
            line = served.stdout.readline()
            assert line, served.stderr.read() if served.stderr else ""
            lines += line
        yield json.loads(lines)
    finally:
        served.send_signal(signal.SIGTERM)
        _, words_of_it = served.communicate(timeout=60)
    assert served.returncode == 0, words_of_it


def holdings(terminal: Terminal, name: str) -> int:
    account = next(one for one in terminal.run("wallet", "accounts") if one["name"] == name)
    assert account["balance"]["trust"]["state"] == "proven"
    return int(account["balance"]["value"])


def settle_and_verify(ann: Terminal, ben: Terminal, model: int, account: str, folder: Path) -> tuple[str, int]:
    """Ann settles the calls and hands Ben the proof file and the weights; he recomputes all of both with scripts that
    share no code with the program. The settlement, and what his account has earned, in wei.
    """
    settlement = ann.run("settle", model)["result"]
    proof = folder / "settlement.proof.json"
    ann.run("export-proof", settlement, proof, "--disclose")
    ann.run("settlement-export", settlement, folder / "settlement.json", "--disclose")
    assert ben.run("audit", proof)["ok"]
    assert ann.run("model", "check-weights", model)["ok"]
    ann.run("model", "export-weights", model, folder / "model.weights.zip", "--disclose")
    assert ben.run("audit", folder / "model.weights.zip")["ok"]
    payouts = json.loads(proof.read_text())["sections"]["settlement"]["payout"]
    return settlement, int(next(part["amount"] for part in payouts if part["account"] == account.lower()))


def checked_and_claimed(ben: Terminal, earned: int, file: Path) -> None:
    """Ben, without a node of his own, checks the settlement by its poster's file and is paid to the wei."""
    before = holdings(ben, "Account 1")
    assert ben.run("settlement-check", file)["verdict"] == "fine"
    whole = file.read_text()
    (file.parent / "cut.json").write_text(whole[: len(whole) // 2])
    assert ben.run("settlement-check", file.parent / "cut.json", code=1)["error"] == "BadFile"
    deadline = time.monotonic() + 120
    while (claim := ben.run("claim", code=None)).get("error") == "EconomyError":  # not final yet
        assert time.monotonic() < deadline, claim
        time.sleep(2)
    gained = holdings(ben, "Account 1") - before
    assert earned - 10**15 < gained < earned  # less the claim's gas


def csv(path: Path, pairs: list[tuple[str, str]]) -> Path:
    path.write_text("text,label\n" + "\n".join(f"{text},{label}" for text, label in pairs) + "\n")
    return path


@pytest.fixture
def ann(tmp_path: Path) -> Terminal:
    (tmp_path / "ann").mkdir()
    return Terminal(tmp_path / "ann")


@pytest.fixture
def ben(tmp_path: Path) -> Terminal:
    (tmp_path / "ben").mkdir()
    return Terminal(tmp_path / "ben")


def test_two_profiles_share_a_ledger_from_the_invite_to_the_earnings(
    ann: Terminal, ben: Terminal, tmp_path: Path
) -> None:
    pairs = rows()
    ann.run("profile", "create")
    datanet = ann.run("datanet", "create", "Birds and tools", "--labels", "bird,tool", "--licence", "CC0-1.0")["result"]
    found = ann.run("datanet", "import", datanet, csv(tmp_path / "first.csv", pairs[:80]), "--share")
    ann.run("datanet", "review", ann.run("contribute", found["draft"])["result"], "--trust")
    assert ann.run("release", datanet)["result"] == 1
    ann.run("datanet", "export-release", datanet, tmp_path / "version 1.jsonl", "--disclose")

    port = str(free_port())  # taken and let go of all the way: not one that the system gives to others meanwhile
    with serving(ann, "--port", port) as served:
        assert served["url"].endswith(f":{port}")
    ann.run("node", "invite", tmp_path / "invite", "--name", "Ann's ledger")

    # Nobody joins a node that does not answer, and a changed invite is refused before anything is made.
    assert ben.run("join", tmp_path / "invite", code=1)["error"] == "NodeUnreachable"
    with serving(ann, "--port", port):
        for change in (("genesisHash", "0x" + "11" * 32), ("token", "b" * 43), ("chainId", 77)):
            changed = json.loads((tmp_path / "invite").read_text()) | dict([change])
            path = tmp_path / "changed"
            path.write_text(json.dumps(changed, sort_keys=True, separators=(",", ":"), ensure_ascii=False))
            assert ben.run("join", path, code=1)["error"] in {"WrongChain", "NodeUnreachable"}
        assert ben.run("profile", "status")["state"] == "empty"
        joined = ben.run("join", tmp_path / "invite")
        account = joined["account"]["address"]
        assert (joined["network"], joined["account"]["balance"]["value"]) == ("Ann's ledger", "0")
        assert not (ben.folder / "profile" / "ledger.db").exists()  # no node of his own
        assert [one["name"] for one in ben.run("datanet", "list")] == ["Birds and tools"]

    # Ben receives OPEN and the release, proves what he got, and contributes.
    ann.run("wallet", "send", account, "2")
    with serving(ann, "--port", port):
        assert holdings(ben, "Account 1") == 2 * 10**18
        got = ben.run("datanet", "import-release", tmp_path / "version 1.jsonl")
        assert (got["version"], got["records"]) == (1, 80)
        assert ben.run("datanet", "prove", got["datanet"], 7)["ok"]
        lines = (tmp_path / "version 1.jsonl").read_text().splitlines()
        (tmp_path / "forged.jsonl").write_text("\n".join([lines[0], lines[1].replace("bird", "nerd"), *lines[2:]]))
        assert ben.run("datanet", "import-release", tmp_path / "forged.jsonl", code=1)["error"] == "BadFile"
        found = ben.run("datanet", "import", got["datanet"], csv(tmp_path / "second.csv", pairs[80:200]), "--share")
        given = ben.run("contribute", found["draft"])["result"]
        ben.run("datanet", "hand-over", given, tmp_path / "contribution.jsonl", "--disclose")
        before = holdings(ben, "Account 1")

    # Ann takes the records in, because they are those under the root that Ben signed; reviews; releases; builds.
    taken = ann.run("datanet", "take", datanet, tmp_path / "contribution.jsonl")["contribution"]
    assert ann.run("datanet", "take", datanet, tmp_path / "contribution.jsonl", code=1)["error"] == "DatanetError"
    ann.run("datanet", "review", taken)
    assert ann.run("release", datanet)["result"] == 2
    ann.run("datanet", "export-release", datanet, tmp_path / "version 2.jsonl", "--disclose")
    held_out = tmp_path / "held out.jsonl"
    held_out.write_text("\n".join(json.dumps({"text": text, "label": label}) for text, label in pairs[200:]))
    model = ann.run("model", "train", datanet, "--held-out", held_out)["id"]
    ann.run("model", "publish", model, "--fee", "0.05")
    ann.run("deposit", "1")
    assert [ann.run("model", "run", model, text)["label"] for text, _ in pairs[200:202]] == [
        label for _, label in pairs[200:202]
    ]

    # Ben sees the review and the release by proof, with his own records in it.
    with serving(ann, "--port", port):
        assert ben.run("datanet", "follow")["reviews"] >= 2
        (mine,) = [one for one in ben.run("datanet", "contributions", got["datanet"]) if one["mine"]]
        assert (mine["state"], mine["accepted"]) == ("reviewed", 120)
        second = ben.run("datanet", "import-release", tmp_path / "version 2.jsonl")
        assert (second["version"], second["records"]) == (2, 200)
        assert ben.run("datanet", "prove", got["datanet"], 150)["ok"]
        assert holdings(ben, "Account 1") == before

    settlement, earned = settle_and_verify(ann, ben, model, account, tmp_path)
    assert earned > 0
    with serving(ann, "--port", port):
        checked_and_claimed(ben, earned, tmp_path / "settlement.json")
    ann.run("finish", settlement)


def test_a_new_token_ends_the_invites(ann: Terminal) -> None:
    ann.run("profile", "create")
    port = str(free_port())
    with serving(ann, "--port", port) as first:
        ask = {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}
        assert httpx.post(first["address"], json=ask).status_code == 200
    with serving(ann, "--port", port) as again:
        assert again["token"] == first["token"]
    with serving(ann, "--port", port, "--new-token", "--read-only") as later:
        assert httpx.post(first["address"], json=ask).status_code == 401
        assert httpx.post(later["address"], json=ask).status_code == 200
        send = {**ask, "method": "eth_sendRawTransaction", "params": ["0x00"]}
        assert "read-only" in httpx.post(later["address"], json=send).json()["error"]["message"]
        taken = ann.run("wallet", "accounts", code=1)
        assert taken["error"] == "ProfileInUse"
