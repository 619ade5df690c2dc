"""The whole job, once through, on the bundled sample: every check of the story holds, and so does what comes after.

One profile is filled once (about a minute); the tests below look at it in order and leave it as they found it, except
where they say so.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.client import Client, weight_checks
from core.client.story import BUILDER, CALLS, PAYER, Story
from core.datanets import sample
from core.economy import weights_file
from core.errors import (
    BadInput,
    DatabaseCorrupt,
    DatanetError,
    EconomyError,
    InsufficientFunds,
    Locked,
    ModelError,
    RpcError,
    WrongPassword,
)
from core.jobs import silent
from core.paths import ProfilePaths
from core.units import Amount
from resources import ROOT
from tests.audit.scripts import script
from tests.doubles.cheap import BOUNDS, COST

PASSWORD = "correct horse battery staple"
PHRASE = "legal winner thank year wave sausage worth useful legal winner thank yellow"
SAMPLE = ROOT / "samples" / "wordnet_topics"

pytestmark = [pytest.mark.journey, pytest.mark.timeout(900)]


@dataclass
class Told:
    client: Client
    story: Story
    folder: Path


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    folder = tmp_path_factory.mktemp("story")
    client = Client(ProfilePaths(folder / "profile"), cost=COST, bounds=BOUNDS)
    story = Story(client, sample.load(SAMPLE))
    try:
        story.tell(PHRASE, PASSWORD, folder)
        yield Told(client, story, folder)
    finally:
        client.close()


def again(folder: Path) -> Client:
    return Client(ProfilePaths(folder), cost=COST, bounds=BOUNDS)


def test_every_check_of_the_story_holds(told: Told) -> None:
    assert [check for check in told.story.checks if not check.holds] == []
    assert len(told.story.checks) >= 30


def test_the_phrase_gives_the_known_account(told: Told) -> None:
    # m/44'/60'/0'/0/0 of the second BIP-39 test phrase, as other wallets derive it
    assert str(told.client.wallet.address(0)) == "0x58A57ed9d8d624cBD12e2C467D34787555bB1b25"


def test_the_figures_name_what_a_reader_looks_for(told: Told) -> None:
    figures = told.story.figures
    wanted = {
        "chain_id",
        "contracts",
        "records",
        "contributors",
        "accuracy",
        "onnx_max_abs_diff",
        "calls",
        "settlement",
        "claims",
        "pay_per_record_relative",
        "withdrawal",
        "audit",
        "trust_states",
        "seconds",
    }
    assert wanted <= set(figures)
    assert figures["records"] == 3600
    assert figures["contributors"] == 10
    assert figures["calls"] == CALLS
    assert set(figures["accuracy"]) >= {"ours", "majority", "tfidf"}
    assert figures["onnx_max_abs_diff"] == 0


def test_each_balance_changed_by_exactly_the_claim_less_gas(told: Told) -> None:
    claims = told.story.figures["claims"]
    assert len(claims) >= 3
    for claim in claims:
        assert int(claim["balance_delta_wei"]) == int(claim["amount_wei"]) - int(claim["gas_wei"])


def test_a_payment_opens_down_to_its_records(told: Told) -> None:
    client = told.client
    payout = next(p for p in client.earnings.overview().payouts if p.state == "claimed")
    detail = client.earnings.detail(payout.settlement, payout.account)
    assert detail.proof_holds
    assert sum(record.positive for record in detail.records) == detail.contributor_positive
    share = detail.settlement.pool.wei * detail.contributor_positive / detail.all_positive
    assert abs(share - payout.amount.wei) < 2
    assert all(record.text for record in detail.records)
    assert detail.settlement.trust.state == "proven"


def test_a_record_is_followed_from_an_answer_to_its_pay(told: Told) -> None:
    client = told.client
    answer = client.models.explain(client.models.history(client.models.all()[0].id, limit=1)[0].call)
    carrier = answer.supporting[0]
    assert carrier.row is not None
    trace = client.explaining.record(carrier.row)
    (model,) = trace.models
    assert (trace.text, trace.contributor, model.label) == (carrier.text, carrier.contributor, carrier.label)
    here = next((one for one in model.supported if one.call == answer.call), None)
    if here is not None:  # among its five strongest: the very integer that the answer shows
        assert (here.influence, here.share) == (carrier.influence, carrier.share)
    assert 0 < model.calls < model.calls_all == CALLS
    assert model.weight.weight > 0
    assert model.weight.novelty_reason == "new"
    paid = trace.pay[0]
    detail = client.earnings.detail(paid.settlement, paid.account)
    record = next(one for one in detail.records if one.row == carrier.row)
    assert (paid.total, paid.positive, paid.all_positive) == (record.total, record.positive, detail.all_positive)
    assert paid.about.wei == detail.settlement.pool.wei * record.positive // detail.all_positive
    assert 0 < trace.worse < trace.settled_with


def test_a_model_made_again_without_a_record_leaves_everything_else_as_it_was(told: Told) -> None:
    client = told.client
    model = client.models.all()[0]
    found = client.explaining.without(model.id, 500)
    assert found.package == model.package_hash
    assert found.right_before == round(model.accuracy.ours * model.accuracy.held_out)
    assert abs(found.right_after - found.right_before) <= found.changed <= found.held_out
    assert client.models.get(model.id).package_hash == model.package_hash


def test_a_contributor_shows_what_weighs_what_carries_and_what_was_paid(told: Told) -> None:
    client = told.client
    good, copier = (client.explaining.person(client.wallet.address(index)) for index in (1, 10))
    assert (sum(one.records for one in good.given), sum(one.accepted for one in good.given)) == (360, 360)
    (model,) = good.models
    assert model.supports + model.opposes == model.calls
    strongest = model.supported[0]
    shares = {one.contributor: one.share for one in client.models.explain(strongest.call).contributors}
    assert shares[good.account] == pytest.approx(strongest.share)
    assert sum(one.amount.wei for one in good.payouts) == good.total.wei > 0
    (copied,) = copier.models
    assert (copied.admission.weight, copied.admission.copies, copied.supports) == (0, 360, 0)
    assert [one.reason for one in copier.payouts] == ["only copies"]


def test_another_label_of_the_same_answer_is_explained_and_changes_nothing(told: Told) -> None:
    client = told.client
    answer = client.models.explain(client.models.history(client.models.all()[0].id, limit=1)[0].call)
    other = next(name for name, _score in answer.scores if name != answer.label)
    turned = client.models.explain(answer.call, other)
    assert (turned.label, turned.corrected) == (answer.label, answer.corrected)
    assert turned.contributors != answer.contributors
    assert client.models.explain(answer.call) == answer
    with pytest.raises(BadInput):
        client.models.explain(answer.call, "no label of it")


def test_a_settled_call_says_so_and_a_card_counts_what_the_package_says(told: Told) -> None:
    client = told.client
    model = client.models.all()[0]
    call = client.models.history(model.id, limit=1)[0]
    settlement = client.earnings.settlements()[0]
    assert client.explaining.pay_of(call.call).settlement == settlement.settlement
    card = client.explaining.card(model.id)
    assert card.right / card.held_out == model.accuracy.ours
    assert sum(one.right for one in card.labels) == card.right
    assert sum(one.records for one in card.labels) == sum(records for _weight, records in card.weights) == model.records
    assert card.interval is not None
    assert card.interval[0] < model.accuracy.ours < card.interval[1]
    assert card.hardest
    assert all(one.doubt > 0 and one.row is not None and one.text for one in card.hardest)
    assert card.withdrawn == 12
    assert [name for name, _ in card.silent] == [client.wallet.name_of(client.wallet.address(9))]  # labels at random


def test_weights_follow_from_the_texts_after_records_were_taken_back(told: Told) -> None:
    client, weights = told.client, script("weights")
    model = client.session.catalogue.get(client.models.all()[0].id)
    data = weights_file.made(weight_checks.contents(client, model, silent()))
    results = weights.Weights(*weights.read(data)).results
    assert [one for one in results if not one["ok"]] == []
    gone = told.story.figures["withdrawal"]["records"]
    assert f"{gone} taken back" in {one["detail"] for one in results}
    with pytest.raises(DatanetError, match="not to be shared"):
        client.models.export_weights(model.id, told.folder / "no.zip", disclose=True)


def test_zeros_have_reasons(told: Told) -> None:
    client = told.client
    settlement = client.earnings.settlements()[0].settlement
    reasons = {p.account_name: p.reason for p in client.earnings.payouts(settlement) if not p.amount}
    assert reasons == {"Contributor 09": "no weight", "Contributor 10": "only copies"}


def test_what_was_claimed_cannot_be_claimed_again(told: Told) -> None:
    claimed = next(p for p in told.client.earnings.overview().payouts if p.state == "claimed")
    account = told.client.wallet.index_of(claimed.account)
    with pytest.raises(EconomyError):
        told.client.earnings.prepare_claim(account)


def test_an_account_without_open_for_the_fee_is_claimed_for(told: Told) -> None:
    client = told.client
    waiting = next(p for p in client.earnings.overview().payouts if p.state == "claimable")
    account = client.wallet.index_of(waiting.account)
    emptied = client.wallet.largest(account, client.wallet.address(0))
    client.sign(client.wallet.prepare_send(account, client.wallet.address(0), emptied))
    left = client.wallet.balance(waiting.account).value
    if left:  # what the fee did not use cannot pay for another transaction
        assert left < Amount.parse("0.01")
    signed = client.sign(client.earnings.prepare_claim(account))
    after = client.wallet.balance(waiting.account).value
    assert after.wei in {left.wei + waiting.amount.wei, left.wei + waiting.amount.wei - signed.fee.wei}


def test_money_that_came_between_asking_and_signing_is_no_fault_of_the_claim(told: Told) -> None:
    client = told.client
    waiting = next(p for p in client.earnings.overview().payouts if p.state == "claimable")
    account = client.wallet.index_of(waiting.account)
    asked = client.earnings.prepare_claim(account)
    client.sign(client.wallet.prepare_send(0, waiting.account, Amount.parse("0.5")))  # while the person reads
    signed = client.sign(asked)
    opened = client.earnings.detail(waiting.settlement, waiting.account)
    assert (opened.payout.state, opened.claim_tx) == ("claimed", signed.tx_hash)
    assert (opened.balance_before, opened.balance_after) == (
        None,
        None,
    )  # other money moved it: nothing is claimed of it
    assert next(row for row in client.wallet.activity() if row.tx_hash == signed.tx_hash).state == "confirmed"


def test_a_call_that_the_deposit_cannot_bear_is_refused_before_it_is_made(told: Told) -> None:
    model = told.client.models.all()[0]
    before = told.client.models.get(model.id).calls
    with pytest.raises(InsufficientFunds):
        told.client.models.run(model.id, "a small bird that sings", 3)
    assert told.client.models.get(model.id).calls == before


def test_a_killed_node_comes_back_with_everything(told: Told) -> None:
    client = told.client
    height = client.network.view().height
    pid = client.session.node.pid
    assert pid is not None
    os.kill(pid, 9)
    view = client.network.view()
    assert (view.height, view.trust.state) == (height, "proven")
    assert client.session.node.pid != pid


def test_a_killed_model_worker_is_started_again(told: Told) -> None:
    client = told.client
    model = client.models.all()[0]
    client.sign(client.earnings.prepare_deposit(PAYER, Amount.parse("0.02"), from_account=0))
    first = client.models.run(model.id, "a small bird that sings", PAYER)
    client.session.runtime._child.kill()
    second = client.models.run(model.id, "a small bird that sings", PAYER)
    assert first.scores == second.scores


def test_a_correction_counts_until_it_is_settled(told: Told) -> None:
    client = told.client
    model = client.models.all()[0]
    call = client.models.history(model.id, limit=1)[0]
    other = next(label for label in model.labels if label != call.label)
    assert client.models.correct(call.call, other).corrected == other
    assert client.models.correct(call.call, call.label).corrected is None


def test_without_the_password_nothing_opens(told: Told) -> None:
    client = told.client
    prepared = client.wallet.prepare_send(0, client.wallet.address(1), Amount.parse("1"))
    tables = weakref.ref(client.models.building.tables)
    client.profile.lock()
    gc.collect()
    assert tables() is None  # what was learned from lies no more in memory
    with pytest.raises(Locked):
        client.wallet.accounts()
    with pytest.raises(WrongPassword):
        client.profile.unlock("wrong")
    assert client.profile.state() == "locked"
    client.profile.unlock(PASSWORD)
    assert len(client.wallet.accounts()) == 13
    with pytest.raises(BadInput):  # it was prepared for a session that is over
        client.sign(prepared)


def test_a_damaged_file_hides_no_model(told: Told) -> None:
    client = told.client
    model = client.session.catalogue.get(client.models.all()[0].id)
    assert client.datanets.withdrawn_ids(model.datanet)
    file = client.session.artefacts.path(model.newest.training)
    whole = file.read_bytes()
    client.models.let_go()  # as after a restart
    try:
        file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        assert model.id in {one.id for one in client.models.all()}
        with pytest.raises(DatabaseCorrupt):
            client.session.catalogue.training(model.newest)
    finally:
        file.write_bytes(whole)


def test_what_is_on_disk_says_nothing(told: Told) -> None:
    texts = [b"saleable though not material", b"Contributor 01", PHRASE.encode()[:30], b"WordNet topics"]
    for path in (told.folder / "profile").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not [text for text in texts if text in content], path.name


def test_a_backup_restores_the_same_profile_elsewhere(told: Told, tmp_path: Path) -> None:
    backup = tmp_path / "profile.backup"
    told.client.profile.backup(backup)
    copy = again(tmp_path / "elsewhere")
    try:
        with pytest.raises(WrongPassword):
            copy.profile.restore_backup(backup, "wrong")
        assert copy.profile.state() == "empty"
        copy.profile.restore_backup(backup, PASSWORD)
        copy.profile.unlock(PASSWORD)
        assert copy.earnings.overview().total == told.client.earnings.overview().total
        assert copy.network.view().height == told.client.network.view().height
        call = copy.models.history(copy.models.all()[0].id, limit=1)[0]
        assert copy.models.verify_answer(call.call).ok
    finally:
        copy.close()


def test_a_truncated_database_is_said_and_nothing_is_overwritten(told: Told, tmp_path: Path) -> None:
    backup = tmp_path / "profile.backup"
    told.client.profile.backup(backup)
    copy = again(tmp_path / "broken")
    copy.profile.restore_backup(backup, PASSWORD)
    vault = copy.paths.vault
    content = vault.read_bytes()
    vault.write_bytes(content[: len(content) // 2])
    with pytest.raises(DatabaseCorrupt):
        copy.profile.unlock(PASSWORD)
    assert vault.stat().st_size == len(content) // 2
    copy.close()


def test_a_truncated_ledger_is_said(told: Told, tmp_path: Path) -> None:
    backup = tmp_path / "profile.backup"
    told.client.profile.backup(backup)
    copy = again(tmp_path / "broken")
    copy.profile.restore_backup(backup, PASSWORD)
    ledger = copy.paths.ledger
    content = ledger.read_bytes()
    ledger.write_bytes(content[: len(content) // 3])
    with pytest.raises(DatabaseCorrupt):
        copy.profile.unlock(PASSWORD)
    assert copy.profile.state() == "locked"
    copy.close()


def test_the_contract_refuses_an_outsider_as_poster(told: Told) -> None:
    client = told.client
    contract = client.session.contract("Models")
    from core.client.actions import Plan
    from core.errors import Reverted

    number = client.models.all()[0].number
    with pytest.raises((Reverted, RpcError)):
        client.actions.prepare(Plan("retire", PAYER, contract.address, data=contract.call("retire", number)))


def test_nothing_can_be_sent_that_is_not_there(told: Told) -> None:
    with pytest.raises(InsufficientFunds):
        told.client.wallet.prepare_send(BUILDER, told.client.wallet.address(0), Amount.parse("1000"))
    with pytest.raises(BadInput):
        told.client.wallet.prepare_send(0, told.client.wallet.address(1), Amount(0))


def test_the_same_phrase_finds_its_account_again(told: Told, tmp_path: Path) -> None:
    other = again(tmp_path / "restored")
    try:
        other.profile.restore(PHRASE, "another password")
        assert other.wallet.address(0) == told.client.wallet.address(0)
        assert other.session.data_key == told.client.session.data_key
        assert other.network.view().chain_id != told.client.network.view().chain_id
    finally:
        other.close()
        shutil.rmtree(tmp_path / "restored", ignore_errors=True)


def test_a_model_that_finds_passages_answers_and_every_part_of_it_is_checked(told: Told) -> None:
    client = told.client
    net = client.datanets.all()[0]
    made = client.searching.build(net.id, name="Find a definition", k=3)
    assert made.documents + made.copies + made.excluded <= made_of(client, net.id)
    assert made.quality is not None
    assert made.quality.ours > made.quality.tfidf > made.quality.majority
    answer = client.searching.ask(made.id, "a large island in the Pacific ocean")
    assert len(answer.hits) == 3
    assert answer.score - sum(hit.credit for hit in answer.hits) == 3 * answer.next_score
    assert sum(one.influence for one in answer.contributors) >= sum(hit.credit for hit in answer.hits)
    assert all("island" in hit.text.casefold() for hit in answer.hits)
    assert client.searching.verify(answer.search).ok
    assert client.searching.answer(answer.search) == answer
    assert [one.query for one in client.searching.history(made.id)] == [answer.query]


def made_of(client: Client, datanet: int) -> int:
    return sum(not record.withdrawn for record in client.datanets.training_release(datanet).records)


def test_an_answer_that_was_changed_afterwards_does_not_pass(told: Told) -> None:
    client = told.client
    made = client.searching.all()[0]
    answer = client.searching.ask(made.id, "somebody who bakes bread")
    found = client.session.db.one("SELECT found FROM searches WHERE id = ?", answer.search)["found"]
    lie = json.loads(found)
    lie["contributors"][0][1] += 1
    lie["documents"][1][2] += 1
    client.session.db.run("UPDATE searches SET found = ? WHERE id = ?", json.dumps(lie), answer.search)
    failed = {key for key, holds, _ in client.searching.verify(answer.search).checks if not holds}
    assert failed == {"documents left out", "contributors left out"}


def test_a_text_shows_what_stood_in_records_and_who_registered_it_first(told: Told) -> None:
    client = told.client
    net = client.datanets.all()[0]
    records = [one for one in client.datanets.training_release(net.id).records if not one.withdrawn]
    first = next(one for one in records if len(one.text) > 60)
    report = client.memorising.check(net.id, f"They write: {first.text.upper()} And nothing else.")
    assert report.sources[0].text == first.text
    assert report.people[0].contributor.raw == first.account
    assert max(report.parts, key=lambda part: len(part[0]))[1] == 0
    assert client.memorising.check(net.id, "Words that nobody has put together in this way before.").covered == 0


def test_a_record_taken_back_is_gone_from_the_passages_with_the_next_question(told: Told) -> None:
    """Stands last: it takes a record back for good."""
    client = told.client
    made = client.searching.all()[0]
    before = client.searching.ask(made.id, "a large island in the Pacific ocean")
    text = before.hits[0].text
    ours = {one.id: one for one in client.datanets.contributions(made.datanet)}
    row = client.session.db.one(
        "SELECT contribution_id, idx FROM records WHERE datanet_id = ? AND text = ?", made.datanet, text
    )
    assert row["contribution_id"] in ours
    client.sign(client.datanets.prepare_withdraw(row["contribution_id"], [row["idx"]]))
    assert client.searching.get(made.id).state == "outdated"
    after = client.searching.ask(made.id, "a large island in the Pacific ocean")
    assert text not in [hit.text for hit in after.hits]
    assert [hit.text for hit in after.hits[:2]] == [hit.text for hit in before.hits[1:]]
    found = client.searching.get(made.id)
    assert (found.state, found.version, found.withdrawn, found.documents) == ("ready", 2, 1, made.documents - 1)
    assert client.searching.verify(after.search).ok
    with pytest.raises(ModelError):
        client.searching.answer(before.search)  # it went with the index it was asked of
