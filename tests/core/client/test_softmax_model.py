"""A model with a softmax head is built, explained, checked and forgotten like any other, and earns like any.

And one of a release too large for memory: the very package of one that is not; what is stopped halfway leaves nothing.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.client import SPLIT, Client
from core.client.actions import Plan
from core.datanets.drafts import Terms
from core.errors import AttributionError, Cancelled, EconomyError, ModelError, OtherContract, RpcError
from core.jobs import Progress
from core.models import rows as row_files
from core.models.rows import FileRows
from core.paths import ProfilePaths
from core.units import Amount
from core.values import CallPay, HeadChoice, ModelView
from tests.doubles import cheap
from ui.text import explain

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]

WORDS = {"bird": ("feathered", "singing", "flying"), "tool": ("iron", "wooden", "sharp")}
TEXTS = [(f"{word} {label} number {n}", label) for label, words in WORDS.items() for word in words for n in range(8)]
SHARED = Terms("CC-BY-4.0", frozenset({"train", "evaluate", "share"}))
FEE = Amount.parse("0.01")
ASKED = ("an iron tool", "a singing bird", "a wooden tool", "a flying bird")
STEPS = ("encode", "novelty", "baselines", "statistics", "lambda", "solve", "credit", "roots", "package", "keep")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("softmax")
    made = Client(ProfilePaths(folder / "profile"), cost=cheap.COST, bounds=cheap.BOUNDS)
    try:
        made.profile.create(made.profile.new_phrase(), cheap.PASSWORD)
        made.wallet.add_account("Second")
        made.sign(made.wallet.prepare_send(0, made.wallet.address(1), Amount.parse("5")))
        created = made.sign(made.datanets.prepare_create(0, "Birds and tools", "", ("bird", "tool"), "CC-BY-4.0"))
        datanet = int(str(created.result))
        for account in (0, 1):
            file = folder / f"rows{account}.csv"
            with file.open("w", newline="", encoding="utf-8") as out:
                csv.writer(out).writerows([("text", "label"), *TEXTS[account::2]])
            draft = made.datanets.import_file(datanet, file, account, terms=SHARED)
            made.sign(made.datanets.prepare_contribute(draft))
        for given in made.datanets.contributions(datanet):
            made.datanets.decide_all(given.id, approve=True)
            made.sign(made.datanets.prepare_review(given.id, 0))
        made.sign(made.datanets.prepare_release(datanet, 0))
        made.models.train(datanet, name="Softly", family="softmax")
        yield made
    finally:
        made.close()


def test_an_answer_is_carried_by_people_and_records_and_verifies(client: Client) -> None:
    (model,) = client.models.all()
    assert model.head == HeadChoice("softmax")
    answer = client.models.run(model.id, "a singing bird", 0)
    assert answer.label == "bird"
    assert len(answer.contributors) == 2
    assert answer.supporting
    assert answer.supporting[0].label == "bird"
    assert answer.opposing[0].influence < 0 < answer.supporting[0].influence
    verified = client.models.verify_answer(answer.call)
    assert verified.ok
    assert {name: detail for name, _, detail in verified.checks}["contributors"] == "2 models retrained"
    assert client.models.difference_from_reference(answer.call) == 0
    card = client.explaining.card(model.id)
    assert card.view.head.family == "softmax"


def test_its_weights_are_worked_out_again_here_and_from_a_file(client: Client, tmp_path: Path) -> None:
    (model,) = client.models.all()
    here = client.models.verify_weights(model.id)
    assert here.ok, [one for one in here.checks if not one[1]]
    said = {what: detail for what, _, detail in here.checks}
    assert len(said) == len(here.checks)
    assert f"{model.records} records made again" in said["each record's features are those of its text or row"]
    path = tmp_path / "one.weights.zip"
    with pytest.raises(EconomyError):
        client.models.export_weights(model.id, path)
    assert not path.exists()
    client.models.export_weights(model.id, path, disclose=True)
    assert client.earnings.run_audit(path) == here
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 1
    path.write_bytes(whole)
    assert not client.earnings.run_audit(path).ok


def test_it_asks_a_fee_is_settled_and_pays_to_the_wei(client: Client, tmp_path: Path) -> None:
    """Published with a fee, called, settled, checked, claimed, audited by the script that shares no code with it."""
    (model,) = client.models.all()
    client.sign(client.models.prepare_publish(model.id, 0, FEE, SPLIT))
    client.sign(client.earnings.prepare_deposit(1, Amount(FEE.wei * len(ASKED))))
    for text in ASKED:
        answer = client.models.run(model.id, text, 1, explain=False)
        assert answer.fee == FEE
    verified = client.models.verify_answer(answer.call)
    assert verified.ok
    assert "package on the ledger" in {name for name, _, _ in verified.checks}

    name = str(client.sign(client.earnings.prepare_settle(model.id, 1, 0)).result)
    settled, payouts = client.earnings.check(name), client.earnings.payouts(name)
    whole = FEE.wei * len(ASKED)
    pool = whole - sum(whole * part // 10_000 for part in (SPLIT[1], SPLIT[3]))  # nobody stakes behind it
    assert (settled.verdict, settled.pool.wei, sum(one.amount.wei for one in payouts)) == ("fine", pool, pool)
    file = tmp_path / "one.settlement.json"
    client.earnings.export_settlement(name, file, disclose=True)
    assert client.earnings.import_settlement(file).verdict == "fine"

    paid = [one for one in payouts if one.amount]
    assert paid
    time.sleep(max(0.0, paid[0].until - time.time() + 1))  # a window of ten seconds, of a network of one profile
    for one in paid:
        before = client.wallet.balance(one.account).value
        signed = client.sign(client.earnings.prepare_claim(client.wallet.index_of(one.account)))
        assert client.wallet.balance(one.account).value == before + one.amount - signed.fee
    client.sign(client.earnings.prepare_finish(name, 0))
    proof = tmp_path / "one.proof.json"
    client.earnings.export_proof(name, proof, disclose=True)
    audited = client.earnings.run_audit(proof)
    assert audited.ok, audited.checks


def test_contracts_of_another_version_are_told_in_words(client: Client) -> None:
    """A model's roots were eight words before softmax models asked fees: contracts made then know no call with nine."""
    session = client.session
    kept = session.contract("Models")
    unknown = Plan("model.publish", 0, kept.address, data=b"none")
    with pytest.raises(RpcError):
        client.actions.prepare(unknown)
    other = replace(kept.contract, deployed=kept.contract.deployed[:-1])
    session._contracts["Models"] = replace(kept, contract=other)
    try:
        with pytest.raises(OtherContract) as caught:
            client.actions.prepare(unknown)
        assert "Models" in explain(caught.value).what_to_do
    finally:
        session._contracts["Models"] = kept


def free_calls(client: Client, model: ModelView) -> None:
    """For a while it asks nothing: nothing is metered, so nothing waits to be settled and nobody is asked to."""
    client.sign(client.models.prepare_fee(model.id, Amount(0)))
    answer = client.models.run(model.id, "a sharp tool", 0, explain=False)
    assert client.explaining.pay_of(answer.call) == CallPay("free", Amount(0))
    assert client.earnings.waiting(model.id) == ()
    assert "settle" not in {need.what for need in client.home().needs}
    client.sign(client.models.prepare_fee(model.id, FEE))


def withdraw(client: Client, model: ModelView, count: int) -> None:
    """Records of the first contribution that the model was trained on, for some of any are held out by their ids."""
    catalogue = client.session.catalogue
    ids = catalogue.record_ids(catalogue.get(model.id).newest)
    trained = set(client.datanets.texts_of(model.datanet, ids).values())
    given = client.datanets.contributions(model.datanet)[0].id
    rows = client.datanets.records.page(client.datanets.wanted(model.datanet))
    places = [row.index for row in rows if row.contribution == given and row.text in trained]
    client.sign(client.datanets.prepare_withdraw(given, places[:count]))


def test_withdrawn_records_leave_by_training_again(client: Client) -> None:
    (model,) = client.models.all()
    free_calls(client, model)
    withdraw(client, model, 2)
    assert client.models.get(model.id).state == "outdated"
    withdrawal, prepared = client.models.prepare_retrain(model.id, 0)
    assert prepared.risks == ("few records leave",)
    assert withdrawal.new_hash == withdrawal.scratch_hash != withdrawal.old_hash
    client.sign(prepared)
    again = client.models.get(model.id)
    assert (again.state, again.head.family) == ("published", "softmax")
    client.sign(client.earnings.prepare_deposit(0, FEE))
    assert client.models.verify_answer(client.models.run(model.id, "a sharp tool", 0).call).ok
    assert client.earnings.waiting(model.id) == ((0, 1, FEE),)
    details = dict(client.earnings.prepare_settle(model.id, 0, 0).details)
    assert (details["calls"], details["amount"]) == ("1", str(FEE))  # no free call of the package before is in its way


def test_what_is_too_wide_for_softmax_is_said_in_words(client: Client) -> None:
    (model,) = client.models.all()
    with pytest.raises(AttributionError) as caught:
        client.models.train(model.datanet, encoder="words-1024", family="softmax")
    assert "Choose ridge" in explain(caught.value).what_to_do


# A release too large for memory


@pytest.fixture
def large(client: Client, monkeypatch: pytest.MonkeyPatch) -> ModelView:
    """A model of the same release, made in memory; from here on no set of features fits there."""
    found = [model for model in client.models.all() if model.name == "Plainly"]
    made = found[0] if found else client.models.train(client.models.all()[0].datanet, name="Plainly", family="ridge")
    monkeypatch.setattr(row_files, "RESIDENT", 0)
    return made


def files(client: Client) -> set[Path]:
    return {path for path in client.paths.files.rglob("*") if path.is_file()}


def test_through_files_the_package_is_the_same_byte_for_byte(client: Client, large: ModelView) -> None:
    model = large
    before = files(client)
    with pytest.raises(ModelError) as caught:
        client.models.train(model.datanet, name="Plainly", family="ridge")
    assert caught.value.values["reason"] == "already in the catalogue"
    assert files(client) == before


def test_a_stop_at_any_step_leaves_no_model_and_no_file(client: Client, large: ModelView, tmp_path: Path) -> None:
    model, models = large, client.models.all()
    before = files(client)
    apart = tmp_path / "apart.csv"  # one record in ten by their ids may be none of so few
    apart.write_text("text,label\nsinging,bird\niron,tool\n", encoding="utf-8")
    for last in STEPS:
        progress = Progress()
        seen: list[str] = []

        def stop(_done: float | None, words: str, last: str = last, progress: Progress = progress) -> None:
            seen.append(words)  # noqa: B023 - of this round
            if words == last:
                progress.cancel()

        progress.report = stop
        with pytest.raises(Cancelled):
            client.models.train(model.datanet, name="Another", held_out=apart, family="ridge", progress=progress)
        assert seen[-1] == last
        assert files(client) == before
        assert client.models.all() == models


def test_answers_and_withdrawals_read_the_file(client: Client, large: ModelView) -> None:
    model = large
    catalogue = client.session.catalogue
    trained = catalogue.training(catalogue.get(model.id).newest)
    assert isinstance(trained.data.x, FileRows)
    assert trained.statistics is not None
    answer = client.models.run(model.id, "a singing bird", 0)
    assert answer.label == "bird"
    assert answer.supporting[0].label == "bird"
    assert client.models.verify_answer(answer.call).ok
    assert client.explaining.card(model.id).view.id == model.id
    client.sign(client.models.prepare_publish(model.id, 0, Amount(0), SPLIT))
    withdraw(client, model, 1)
    withdrawal, _ = client.models.prepare_retrain(model.id, 0)
    assert withdrawal.new_hash == withdrawal.scratch_hash != withdrawal.old_hash


def test_what_a_kill_left_is_gone_after_the_next_unlock(client: Client, large: ModelView) -> None:
    whole = files(client)
    left, small = client.session.artefacts.put_long(bytes(3 << 20)), client.session.artefacts.put(b"of no row")
    (client.paths.files / "0011223344556677.part").write_bytes(bytes(9))
    client.profile.lock()
    client.profile.unlock(cheap.PASSWORD)
    assert not client.session.artefacts.has(left)
    assert not client.session.artefacts.has(small)
    assert files(client) == whole
    assert client.models.run(large.id, "an iron tool", 0).label == "tool"
