"""On a network to be shared: a settlement is checked, asked about, objected to, and settled again after it fell."""

from __future__ import annotations

import csv
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.terminal.output import Output
from app.terminal.parser import parse
from core.client import SPLIT, Client
from core.client.actions import Plan
from core.client.objecting import FEW, FEW_SCORES, opens
from core.client.recovery import Recovery
from core.client.session import setting
from core.client.settling import FEW_POSTED
from core.economy import voucher
from core.economy.channel import Channel
from core.economy.evidence import Ask
from core.economy.split import Split, divide
from core.economy.voucher import Voucher
from core.errors import (
    BadFile,
    BadInput,
    EconomyError,
    InsufficientFunds,
    ModelError,
    NodeUnreachable,
    ProofMismatch,
    Reverted,
)
from core.paths import ProfilePaths
from core.units import Amount
from tests.doubles import cheap

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]

FEE = Amount.parse("0.01")
CALLS = 6
WORDS = {"bird": ("feathered", "singing", "flying"), "tool": ("iron", "wooden", "sharp")}
TEXTS = [(f"{word} {label} number {n}", label) for label, words in WORDS.items() for word in words for n in range(20)]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("objections")
    made = Client(ProfilePaths(folder / "profile"), cost=cheap.COST, bounds=cheap.BOUNDS)
    try:
        made.profile.create(made.profile.new_phrase(), cheap.PASSWORD, shared=True)
        second = made.wallet.add_account("Second")
        made.sign(made.wallet.prepare_send(0, second.address, Amount.parse("5")))
        created = made.sign(made.datanets.prepare_create(0, "Birds and tools", "", ("bird", "tool"), "CC-BY-4.0"))
        datanet = int(str(created.result))
        for account in (0, 1):
            file = folder / f"rows{account}.csv"
            with file.open("w", newline="", encoding="utf-8") as out:
                csv.writer(out).writerows([("text", "label"), *TEXTS[account::2]])
            made.sign(made.datanets.prepare_contribute(made.datanets.import_file(datanet, file, account)))
        for given in made.datanets.contributions(datanet):
            made.datanets.decide_all(given.id, approve=True)
            made.datanets.trust_contributor(given.id)
            made.sign(made.datanets.prepare_review(given.id, 0))
        made.sign(made.datanets.prepare_release(datanet, 0))
        model = made.models.train(datanet, name="Birds or tools").id
        made.sign(made.models.prepare_publish(model, 0, FEE, SPLIT))
        made.sign(made.earnings.prepare_deposit(0, Amount(FEE.wei * CALLS)))
        for text, _ in TEXTS[::10][:CALLS]:
            made.models.run(model, text, 0, explain=False)
        yield made
    finally:
        made.close()


def post(client: Client, poster: int, monkeypatch: pytest.MonkeyPatch | None = None, **lies: Any) -> str:
    """A settlement; with lies in what is posted, past the poster's own look at it."""
    settling = client.earnings.settling
    if monkeypatch is not None:
        make = settling._make

        def lie(*arguments: Any) -> Any:
            bill, made = make(*arguments)
            values = {name: getattr(made.roots, name) + by for name, by in lies.items()}
            return bill, dataclasses.replace(made, roots=dataclasses.replace(made.roots, **values))

        monkeypatch.setattr(settling, "_make", lie)
    signed = client.sign(client.earnings.prepare_settle(1, 0, poster))
    if monkeypatch is not None:
        monkeypatch.undo()
    return str(signed.result)


def refuse(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A settlement with a wrong bond, sent past the look ahead, so that the ledger refuses it in a block."""
    prepared = client.earnings.prepare_settle(1, 0, 0)
    plan, shown = client.actions._plans[prepared.id]
    client.actions._plans[prepared.id] = (dataclasses.replace(plan, value=Amount(1)), shown)
    ask = client.session.sender.prepare
    with monkeypatch.context() as patch:
        patch.setattr(client.session.sender, "prepare", lambda *a, **named: ask(*a, **{**named, "gas": 400_000}))
        with pytest.raises(Reverted):
            client.sign(prepared)


def test_a_settlement_that_the_ledger_refused_is_settled_again(
    client: Client, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    waiting = client.earnings.waiting(1)
    deposit = client.earnings.deposit_of(client.wallet.address(0)).value
    refuse(client, monkeypatch)
    (one,) = client.earnings.tries(1)
    assert (one.refused, one.calls, one.payer) == ("WrongValue", CALLS, client.wallet.address(0))
    assert {(part.state, part.reason) for part in client.earnings.overview().payouts} == {("refused", "WrongValue")}
    assert client.earnings.waiting(1) == waiting
    options = parse(["settlements"])
    options.run(client, options, Output(as_json=False))
    assert "the bond changed in between. Nothing was paid; settle them again." in capsys.readouterr().out

    # in no block yet, and another transaction of the account takes its number
    with monkeypatch.context() as patch:
        lost = NodeUnreachable(endpoint="node", reason="cut")
        patch.setattr(client.session.sender, "broadcast", lambda _signed: (_ for _ in ()).throw(lost))
        with pytest.raises(NodeUnreachable):
            client.sign(client.earnings.prepare_settle(1, 0, 0))
        (one,) = client.earnings.tries(1)
        assert one.refused == ""
        assert {part.state for part in client.earnings.overview().payouts} == {"computed"}
        with pytest.raises(EconomyError) as caught:
            client.earnings.prepare_settle(1, 0, 0)
        assert caught.value.values["reason"] == "under way"
    client.session.sender.forget(bytes.fromhex(one.tx_hash[2:]))
    client.sign(client.wallet.prepare_send(0, client.wallet.address(1), Amount.parse("0.001")))
    (one,) = client.earnings.tries(1)
    assert one.refused == "Replaced"
    assert [row.state for row in client.wallet.activity() if row.what == "settle"] == ["replaced", "failed"]

    # neither lost nor paid: the same calls, once, by the tests below
    assert client.earnings.waiting(1) == waiting
    assert client.earnings.deposit_of(client.wallet.address(0)).value == deposit
    client.actions.forget(client.earnings.prepare_settle(1, 0, 0))


def test_a_false_settlement_falls_and_its_calls_are_settled_again(
    client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    deposit = client.earnings.deposit_of(client.wallet.address(0)).value
    false = post(client, 0, monkeypatch, v=1)
    assert client.earnings.settlement(false).state == "open"
    with pytest.raises(EconomyError) as caught:
        client.earnings.prepare_claim(0)
    assert caught.value.values["reason"] == "not final yet"
    with pytest.raises(EconomyError):
        client.earnings.prepare_finish(false, 0)
    assert client.earnings.check(false).verdict == "false"
    with pytest.raises(EconomyError):
        client.earnings.prepare_challenge(false, 0)  # not announced
    client.sign(client.earnings.prepare_announce(false, 0))
    client.sign(client.earnings.prepare_challenge(false, 0))
    fell = client.earnings.settlement(false)
    assert (fell.state, fell.void_kind) == ("void", 3)
    assert client.earnings.deposit_of(client.wallet.address(0)).value == deposit
    assert client.earnings.earned(0) == Amount(fell.bond.wei)  # both halves: the treasury is this account too
    assert {one.state for one in client.earnings.payouts(false)} == {"void"}
    assert client.earnings.waiting(1) == ((0, CALLS, Amount(FEE.wei * CALLS)),)
    assert client.earnings.tries() == ()

    # the same voucher again, by another poster: the first is barred for a while
    with pytest.raises(EconomyError) as caught:
        client.earnings.prepare_settle(1, 0, 0)
    assert caught.value.values["reason"] == "barred"
    assert FEW_POSTED in client.earnings.prepare_settle(1, 0, 1).risks  # said while waiting still helps
    name = post(client, 1)
    assert name != false
    view = client.earnings.check(name)
    assert (view.state, view.verdict, view.claimable_at - view.time) == ("open", "fine", 86_400)
    with pytest.raises(EconomyError) as caught:
        client.earnings.prepare_announce(name, 0)
    assert caught.value.values["reason"] == "nothing false found"
    assert client.earnings.overview().waiting == view.pool
    with pytest.raises(EconomyError):  # one settlement of a channel at a time
        client.earnings.prepare_settle(1, 0, 1)

    # the file for contributors, and what is no such file
    path = tmp_path / "one.settlement.json"
    few = client.earnings.few_calls(name)
    assert sum(calls for _, calls in few) == CALLS  # all of them are fewer than 64: the sums say much of each
    with pytest.raises(EconomyError) as caught:
        client.earnings.export_settlement(name, path)  # nobody agreed
    assert caught.value.values["reason"] == "few calls"
    assert not path.exists()
    client.earnings.export_settlement(name, path, disclose=True)
    assert client.earnings.import_settlement(path).verdict == "fine"
    raw = path.read_bytes()
    path.write_bytes(raw.replace(b'"version":1', b'"version":7'))
    for hostile in (path, tmp_path):  # a folder is no file
        with pytest.raises(BadFile) as bad:
            client.earnings.import_settlement(hostile)
        assert bad.value.path == str(hostile)
    at = raw.index(b'"payout_root":"') + 16
    path.write_bytes(raw[:at] + (b"0" if raw[at : at + 1] != b"0" else b"1") + raw[at + 1 :])
    with pytest.raises((EconomyError, ProofMismatch)):
        client.earnings.import_settlement(path)

    # a leaf is demanded, and answered with the data that is here
    demand = client.earnings.prepare_demand(name, 0, int(Ask.SCORE), 3)
    assert demand.risks == (FEW_SCORES,)  # who asks makes it public, not only who answers
    assert client.earnings.prepare_demand(name, 0, int(Ask.PAYOUT), 0).risks == ()
    client.sign(demand)
    (demand,) = client.earnings.demands()
    assert (demand.settlement, demand.kind, demand.index) == (name, 3, 3)
    assert client.earnings.settlement(name).claimable_at == view.time + 2 * 86_400
    answer = client.earnings.prepare_answer(demand, 1)
    assert answer.risks == (FEW_SCORES,)  # a record's score says no label's sum, and lets a guess be checked
    client.sign(answer)
    assert client.earnings.demands() == ()
    for kind in (Ask.SUMS, Ask.U):  # the sum itself, and its image, go on the ledger
        client.sign(client.earnings.prepare_demand(name, 0, int(kind), 0))
        (demand,) = client.earnings.demands()
        answer = client.earnings.prepare_answer(demand, 1)
        assert FEW in answer.risks
        client.sign(answer)


def test_an_answer_says_what_it_tells_of_few_calls() -> None:
    """Of a ridge model a leaf is of one label; of a softmax model every one is of all labels."""
    asked = [(kind, index) for kind in (Ask.SUMS, Ask.U, Ask.SCORE) for index in (0, 1)]
    assert [opens(*one, 1, {1: 5}) for one in asked] == [False, True, False, True, False, False]
    assert [opens(*one, 3, {1: 5}) for one in asked] == [True, True, True, True, False, False]
    assert not any(opens(*one, blocks, {}) for one in asked for blocks in (1, 3))


def test_a_proof_file_needs_a_yes_a_call_of_its_own_and_somebody_who_is_paid(client: Client, tmp_path: Path) -> None:
    name, path = next(one.settlement for one in client.earnings.settlements() if one.state == "open"), tmp_path / "p"
    third = client.wallet.add_account("Third").address
    for reason, wanted in (
        ("every call", {}),
        ("unknown call", {"disclose": True, "call": 9_999}),  # not a proof of some other answer instead
        ("nothing to claim", {"disclose": True, "account": third}),
    ):
        with pytest.raises(EconomyError) as caught:
            client.earnings.export_proof(name, path, **wanted)
        assert caught.value.values["reason"] == reason
        assert not path.exists()


def test_one_payment_is_opened_at_the_terminal(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    name = next(one.settlement for one in client.earnings.settlements() if one.state == "open")
    paid = next(one for one in client.earnings.payouts(name) if one.amount)
    for account in (str(paid.account), client.wallet.name_of(paid.account)):
        options = parse(["payment", name, "--account", account, "--json"])
        options.run(client, options, Output(as_json=True))
        shown = json.loads(capsys.readouterr().out)
        assert shown["payout"]["amount"] == str(paid.amount.wei)
        assert shown["proof_holds"]


def test_calls_that_are_elsewhere_count_as_few(client: Client) -> None:
    """As with somebody who holds the poster's file: he cannot say that they are enough."""
    name = next(one.settlement for one in client.earnings.settlements() if one.state == "open")
    db = client.session.db
    with db.transaction():
        db.run("UPDATE statements SET model = model + 1000")
    assert {calls for _, calls in client.earnings.few_calls(name)} == {None}
    with db.transaction():
        db.run("UPDATE statements SET model = model - 1000")
    assert {calls for _, calls in client.earnings.few_calls(name)} <= set(range(1, 64))


def test_calls_at_the_same_moment_cannot_pass_what_the_deposit_bears(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.sign(client.earnings.prepare_deposit(0, FEE))
    client.models.run(1, TEXTS[0][0], 0, explain=False)  # bears one call, and one was made
    owed, asked = client.earnings.owed, []

    def before_the_other(payer: Any) -> Amount:
        asked.append(payer)
        return Amount(0) if len(asked) == 1 else owed(payer)

    monkeypatch.setattr(client.earnings, "owed", before_the_other)
    calls = client.models.get(1).calls
    with pytest.raises(InsufficientFunds):
        client.models.run(1, TEXTS[1][0], 0, explain=False)
    assert (client.models.get(1).calls, owed(client.wallet.address(0))) == (calls, FEE)


def test_everything_is_read_from_the_ledger_again(client: Client) -> None:
    """As after a kill, or in a profile that was restored: what the ledger says is followed from the first block."""
    before = client.earnings.settlements()
    session = client.session
    session.db.run("DELETE FROM settings WHERE name = 'settlements.seen'")
    session.db.run("DELETE FROM demands")
    session.db.run("UPDATE postings SET claimable = settled WHERE state = 'open'")
    session.db.run("UPDATE postings SET state = 'open', ended_tx = NULL, void_kind = NULL")
    assert client.earnings.settlements() == before
    assert client.earnings.demands() == ()


def test_one_events_fault_does_not_stop_the_following(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    """Calls numbered past what the tables hold, really posted; and an event too long to be read beside a good one."""
    session, name = client.session, client.earnings.settlements()[0].settlement
    contract, seen = session.contract("Settlement"), setting(session.db, "settlements.seen")
    client.sign(client.earnings.prepare_deposit(1, FEE))
    model = session.catalogue.all()[0]
    where = Channel(session.network.chain_id, contract.address, client.wallet.address(1), model.chain_model)
    wanted = Voucher(where, model.newest.package_hash, 1, 1, FEE, b"\1" * 32, b"\2" * 32)
    object.__setattr__(wanted, "nonce", 1 << 63)
    signature = session.signer.sign_typed_data(1, voucher.typed_data(wanted), session.network.chain_id)
    pool = divide(FEE, Split(*SPLIT), staked=False).pool.wei
    posting = (b"\3" * 32, b"\4" * 32, b"\5" * 32, 0, 0, 0, 0, 0, 0, pool)
    data = contract.call("settle", wanted.contract_argument, signature, posting, FEE.wei)
    _, bond = client.earnings.settling._terms(FEE)
    sent = client.sign(
        client.actions.prepare(Plan("settle", 1, contract.address, value=bond, data=data, details=(), raw={}))
    )
    client.earnings.watching.follow()
    assert len(client.earnings.settlements()) == 2
    assert int(setting(session.db, "settlements.seen")) > int(seen)
    assert "passed over" in caplog.text

    posting = client.earnings._posting(name)
    of_another = dataclasses.replace(posting, body=dataclasses.replace(posting.body, model_roots=b"\6" * 32))
    assert client.earnings.watching.check(of_another).state == "missing"  # nothing here can be held against it

    deep = dataclasses.replace(posting, body=dataclasses.replace(posting.body, nonce=99, payout_depth=32))
    assert client.earnings.watching.check(deep).state == "false"  # said without the sums, which are not here

    mined = session.light.receipt(bytes.fromhex(sent.tx_hash.removeprefix("0x"))).value
    settlement_id = bytes.fromhex(name.removeprefix("0x"))
    topics = {entry["name"]: topic for topic, entry in contract.contract._events.items()}
    long = dataclasses.replace(mined.logs[0], address=contract.address, topics=(topics["Answered"], settlement_id))
    long = dataclasses.replace(long, data=bytes(1 << 20) + bytes(32))
    good = dataclasses.replace(long, topics=(topics["Finished"], settlement_id), data=b"")
    before = client.earnings.settlement(name).state
    Recovery(client).apply(dataclasses.replace(mined, logs=(long, good)))
    assert (before, client.earnings.settlement(name).state) == ("open", "finished")
    assert len(caplog.records) == 2
    caplog.clear()
    session.db.run("UPDATE postings SET state = 'open', ended_tx = NULL WHERE state = 'finished'")


def test_a_builder_changes_the_fee_and_ends_the_model(client: Client) -> None:
    """The ledger says so as well, and after a kill what it says is put down here."""
    client.sign(client.earnings.prepare_deposit(0, Amount(10 * FEE.wei)))
    before, dearer = client.earnings.owed(client.wallet.address(0)), Amount(2 * FEE.wei)
    with pytest.raises(BadInput):
        client.models.prepare_fee(1, FEE)
    changed = client.sign(client.models.prepare_fee(1, dearer))
    session = client.session
    assert client.models.get(1).fee == dearer
    assert session.contract("Models").state.read("models", 1, "fee").value == dearer.wei
    client.models.run(1, TEXTS[2][0], 0, explain=False)
    assert client.earnings.owed(client.wallet.address(0)) == before + dearer  # earlier calls keep their fee
    who, model = client.wallet.address(0), session.catalogue.get(1)
    assert client.earnings.settled_nonce(model, who) == max(
        (0, *(view.calls for view in client.earnings.settlements() if view.state != "void"))
    )
    ended = client.sign(client.models.prepare_retire(1))
    assert client.models.get(1).state == "retired"
    assert session.contract("Models").state.read("models", 1, "retired").value
    for refused in (
        lambda: client.models.run(1, TEXTS[3][0], 0, explain=False),
        lambda: client.models.prepare_fee(1, FEE),
        lambda: client.models.prepare_retire(1),
    ):
        with pytest.raises(ModelError, match="retired"):
            refused()
    session.db.run("UPDATE models SET fee = '1', state = 'published'")
    for signed in (changed, ended):
        Recovery(client).apply(session.light.receipt(bytes.fromhex(signed.tx_hash[2:])).value)
    assert (client.models.get(1).fee, client.models.get(1).state) == (dearer, "retired")
    assert client.earnings.waiting(1)[0][2] == before + dearer  # and they are settled as before
