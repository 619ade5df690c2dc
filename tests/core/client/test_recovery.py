"""A kill between the ledger's word and ours loses nothing: the next unlock puts down what the ledger says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from core.chain.sender import Sender
from core.client import SPLIT, Client
from core.errors import DiskFull, ProofMismatch, WrongPassword
from core.paths import ProfilePaths
from core.units import Amount
from tests.doubles.cheap import BOUNDS, COST, PASSWORD

ROOT = Path(__file__).resolve().parents[3]
PHRASE = "legal winner thank year wave sausage worth useful legal winner thank yellow"
ROWS = [
    (f"{word} thing number {n} of the {label} kind", label)
    for label in "ab"
    for word in ("good", "old")
    for n in range(20)
]

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]

# Runs in a process of its own and dies in the middle of the action that `die(prepared)` signs.
SCRIPT = """
import dataclasses, os, sys
from pathlib import Path
from core.client import Client
from core.paths import ProfilePaths
from tests.doubles.cheap import BOUNDS, COST, PASSWORD
client = Client(ProfilePaths(Path(sys.argv[1])), cost=COST, bounds=BOUNDS)
client.profile.unlock(PASSWORD)
def die(prepared):
    plan, shown = client.actions._plans[prepared.id]
    deaths = {moment: lambda *_: os._exit(9)}
    client.actions._plans[prepared.id] = (dataclasses.replace(plan, **deaths), shown)
    client.sign(prepared)
moment = sys.argv[2]
"""


def killed_while(folder: Path, moment: str, code: str) -> None:
    """`moment`: "after" the ledger has it, before we put it down."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT + code, str(folder), moment], cwd=ROOT, check=False, capture_output=True
    )
    assert done.returncode == 9, done.stderr.decode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    client = Client(ProfilePaths(tmp_path / "profile"), cost=COST, bounds=BOUNDS)
    try:
        client.profile.create(PHRASE, PASSWORD)
    finally:
        client.close()
    return tmp_path / "profile"


def opened(folder: Path) -> Client:
    client = Client(ProfilePaths(folder), cost=COST, bounds=BOUNDS)
    client.profile.unlock(PASSWORD)
    return client


def test_every_step_of_a_datanet_survives_a_kill_after_the_ledger_has_it(folder: Path, tmp_path: Path) -> None:
    records = tmp_path / "records.csv"
    records.write_text("text,label\n" + "\n".join(f"{text},{label}" for text, label in ROWS))
    killed_while(folder, "after", "die(client.datanets.prepare_create(0, 'Two kinds', '', ('a', 'b'), 'CC0-1.0'))")
    killed_while(
        folder,
        "after",
        f"draft = client.datanets.import_file(1, Path({str(records)!r}), 0)\n"
        "die(client.datanets.prepare_contribute(draft))",
    )
    killed_while(
        folder, "after", "client.datanets.decide_all(1, approve=True)\ndie(client.datanets.prepare_review(1, 0))"
    )
    killed_while(folder, "after", "die(client.datanets.prepare_release(1, 0))")
    killed_while(folder, "after", "die(client.datanets.prepare_withdraw(1, (0, 1)))")
    client = opened(folder)
    try:
        view = client.datanets.get(1)
        assert (view.number, view.trust.state) == (1, "proven")
        assert [(one.version, one.records, one.trust.state) for one in view.releases] == [(1, len(ROWS), "proven")]
        assert [one.state for one in client.datanets.contributions(1)] == ["released"]
        assert len(client.datanets.withdrawn_ids(1)) == 2
        assert {row.state for row in client.wallet.activity()} == {"confirmed"}
    finally:
        client.close()


def test_a_payment_killed_before_it_left_is_sent_once(folder: Path) -> None:
    killed_while(
        folder,
        "before",
        "account = client.wallet.add_account('Other')\n"
        "from core.units import Amount\n"
        "die(client.wallet.prepare_send(0, account.address, Amount.parse('2')))",
    )
    client = opened(folder)
    try:
        other = client.wallet.accounts()[1]
        assert other.balance.value in {Amount(0), Amount.parse("2")}
        sent = [row for row in client.wallet.activity() if row.what == "send"]
        assert len(sent) == (1 if other.balance.value else 0)
    finally:
        client.close()
    again = opened(folder)
    try:
        assert again.wallet.accounts()[1].balance.value == other.balance.value
    finally:
        again.close()


def test_what_a_node_cannot_prove_ends_no_payment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed_while(
        folder,
        "after",
        "account = client.wallet.add_account('Other')\n"
        "from core.units import Amount\n"
        "die(client.wallet.prepare_send(0, account.address, Amount.parse('2')))",
    )
    with monkeypatch.context() as patch:
        lie = ProofMismatch(what="receipts root", expected=b"\1", found=b"\2")
        patch.setattr(Sender, "wait", lambda *_, **__: (_ for _ in ()).throw(lie))
        client = opened(folder)
        try:
            assert [row.state for row in client.wallet.activity() if row.what == "send"] == ["pending"]
        finally:
            client.close()
    client = opened(folder)
    try:
        assert [row.state for row in client.wallet.activity() if row.what == "send"] == ["confirmed"]
        assert client.wallet.accounts()[1].balance.value == Amount.parse("2")
    finally:
        client.close()


def test_a_settlement_and_its_end_are_neither_lost_nor_doubled_by_kills(folder: Path, tmp_path: Path) -> None:
    records, fee, calls = tmp_path / "records.csv", Amount.parse("0.01"), 3
    records.write_text("text,label\n" + "\n".join(f"{text},{label}" for text, label in ROWS))
    client = opened(folder)
    try:
        client.sign(client.datanets.prepare_create(0, "Two kinds", "", ("a", "b"), "CC0-1.0"))
        client.sign(client.datanets.prepare_contribute(client.datanets.import_file(1, records, 0)))
        client.datanets.decide_all(1, approve=True)
        client.sign(client.datanets.prepare_review(1, 0))
        client.sign(client.datanets.prepare_release(1, 0))
        model = client.models.train(1, name="Which kind").id
        client.sign(client.models.prepare_publish(model, 0, fee, SPLIT))
        client.sign(client.earnings.prepare_deposit(0, Amount(fee.wei * calls)))
        for text, _ in ROWS[:calls]:
            client.models.run(model, text, 0, explain=False)
    finally:
        client.close()
    killed_while(folder, "after", f"die(client.earnings.prepare_settle({model}, 0, 0))")
    killed_while(
        folder,
        "before",
        "import time\n"
        "(one,) = client.earnings.settlements()\n"
        "while client.clock.now() < one.claimable_at: time.sleep(0.1)\n"
        "die(client.earnings.prepare_finish(one.settlement, 0))",
    )
    client = opened(folder)
    try:
        (one,) = client.earnings.settlements()
        if one.state != "finished":  # it did not leave before the kill, nor by itself since
            client.sign(client.earnings.prepare_finish(one.settlement, 0))
            (one,) = client.earnings.settlements()
        assert (one.state, one.calls, one.total) == ("finished", calls, Amount(fee.wei * calls))
        assert client.earnings.earned(0) == Amount(one.bond.wei + one.builder.wei + one.treasury.wei)
        assert client.earnings.deposit_of(client.wallet.address(0)).value == Amount(0)
        assert client.earnings.waiting(model) == ()
        assert {row.state for row in client.wallet.activity()} == {"confirmed"}
    finally:
        client.close()


def test_an_unlocking_that_failed_leaves_nothing_open(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(ProfilePaths(folder), cost=COST, bounds=BOUNDS)
    try:
        with monkeypatch.context() as patch:
            patch.setattr(client.wallet, "resume", lambda: (_ for _ in ()).throw(DiskFull(path="vault.db")))
            with pytest.raises(DiskFull):
                client.profile.unlock(PASSWORD)
        assert client.profile.state() == "locked"
        with pytest.raises(WrongPassword):  # what was right once opens nothing for somebody else
            client.profile.unlock("wrong")
        client.profile.unlock(PASSWORD)
        assert client.wallet.accounts()
    finally:
        client.close()
