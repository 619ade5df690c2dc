"""The whole job by commands alone, each in a run of its own, as a person without a screen would do it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "correct horse battery staple"
BIRDS = [
    "a small bird that {} in the {}",
    "feathered animal which {} near the {}",
    "a flying creature that {} by the {}",
]
TOOLS = ["a tool used to {} the {}", "an instrument made to {} a {}", "a device that can {} some {}"]
BIRD_WORDS = ["sings", "nests", "dives", "wades", "migrates", "hunts", "feeds", "sleeps"]
TOOL_WORDS = ["cut", "measure", "lift", "polish", "drill", "hammer", "saw", "weld"]
PLACES = ["forest", "river", "field", "shore", "garden"]

pytestmark = [pytest.mark.journey, pytest.mark.timeout(900)]


class Terminal:
    """Runs `openledger` as a process of its own on one profile."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "password").write_text(PASSWORD + "\n")
        self.common = ["--profile", str(folder / "profile"), "--password-file", str(folder / "password"), "--yes"]

    def run(self, *words: object, code: int | None = 0) -> Any:
        done = subprocess.run(
            [sys.executable, "-m", "app", *map(str, words), "--json", *self.common],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
        )
        assert code is None or done.returncode == code, f"{words}: {done.stdout}\n{done.stderr}"
        return json.loads(done.stdout)


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


def rows() -> list[tuple[str, str]]:
    birds = [(text.format(word, place), "bird") for text in BIRDS for word in BIRD_WORDS for place in PLACES]
    tools = [(text.format(word, place), "tool") for text in TOOLS for word in TOOL_WORDS for place in PLACES]
    return [pair for both in zip(birds, tools, strict=True) for pair in both]


def test_from_a_phrase_to_a_paid_contributor_and_an_audit(terminal: Terminal, tmp_path: Path) -> None:
    records = tmp_path / "records.csv"
    records.write_text("text,label\n" + "\n".join(f"{text},{label}" for text, label in rows()[:200]))
    held_out = tmp_path / "held out.jsonl"
    held_out.write_text("\n".join(json.dumps({"text": text, "label": label}) for text, label in rows()[200:]))

    first = terminal.run("profile", "create")
    assert 0 < 10**24 - int(first["balance"]["value"]) < 10**18  # a million, less what the contracts cost
    giver = terminal.run("wallet", "add", "Giver")
    terminal.run("wallet", "send", "Giver", "2")

    datanet = terminal.run("datanet", "create", "Birds and tools", "--labels", "bird,tool", "--licence", "CC0-1.0")
    found = terminal.run("datanet", "import", datanet["result"], records, "--account", "Giver")
    assert found["rows"] == 200
    given = terminal.run("contribute", found["draft"])
    terminal.run("datanet", "review", given["result"])
    assert terminal.run("release", datanet["result"])["result"] == 1

    model = terminal.run("model", "train", datanet["result"], "--held-out", held_out, "--encoder", "static-256")
    assert model["accuracy"]["ours"] > 0.9
    terminal.run("model", "publish", model["id"], "--fee", "0.05")
    terminal.run("deposit", "1")
    answers = [terminal.run("model", "run", model["id"], text) for text, _ in rows()[200:202]]
    assert [answer["label"] for answer in answers] == [label for _, label in rows()[200:202]]
    assert terminal.run("model", "verify", answers[0]["call"])["ok"]

    settled = terminal.run("settle", model["id"])
    payouts = terminal.run("earnings")["payouts"]
    assert [p["account"] for p in payouts] == [giver["address"]]
    assert payouts[0]["state"] in {"waiting", "claimable"}  # the window may have passed before we looked
    time.sleep(max(0.0, payouts[0]["until"] - time.time() + 1))
    before = int(next(a for a in terminal.run("wallet", "accounts") if a["name"] == "Giver")["balance"]["value"])
    claimed = terminal.run("claim", "--account", "Giver")
    after = int(next(a for a in terminal.run("wallet", "accounts") if a["name"] == "Giver")["balance"]["value"])
    assert after - before == int(payouts[0]["amount"]) - int(claimed["fee"])

    assert terminal.run("finish", settled["result"])["result"] == settled["result"]
    assert terminal.run("settlements")[0]["state"] == "finished"
    terminal.run("take")
    handed = tmp_path / "one.settlement.json"
    terminal.run("settlement-export", settled["result"], handed, "--disclose")
    assert terminal.run("settlement-check", handed)["verdict"] == "fine"

    terminal.run("datanet", "withdraw", given["result"], 0, 3)
    again = terminal.run("model", "retrain", model["id"])
    assert again["withdrawal"]["new_hash"] == again["withdrawal"]["scratch_hash"] != again["withdrawal"]["old_hash"]

    proof = tmp_path / "settlement.proof.json"
    terminal.run("export-proof", settled["result"], proof, "--disclose")
    audit = subprocess.run(
        [sys.executable, str(ROOT / "resources" / "audit" / "audit.py"), str(proof)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert audit.returncode == 0, audit.stdout


def test_mistakes_are_worded_and_change_nothing(terminal: Terminal, tmp_path: Path) -> None:
    assert terminal.run("datanet", "list", code=1)["title"]  # there is no profile yet
    terminal.run("profile", "create")
    (tmp_path / "password").write_text("wrong\n")
    assert terminal.run("wallet", "accounts", code=1)["error"] == "WrongPassword"
    (tmp_path / "password").write_text(PASSWORD)
    datanet = terminal.run("datanet", "create", "Two", "--labels", "a,b", "--licence", "CC0-1.0")["result"]
    broken = tmp_path / "broken.csv"
    broken.write_text('text,label\nfirst,a\n"open quote,b\n')
    error = terminal.run("datanet", "import", datanet, broken, code=1)
    assert error["error"] == "BadFile"
    assert error["title"]
    assert error["what_to_do"]
    assert terminal.run("wallet", "send", "0x" + "1" * 40, "1e9", code=1)["error"] == "BadAmount"
    assert len(terminal.run("datanet", "list")) == 1
