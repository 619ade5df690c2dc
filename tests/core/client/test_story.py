"""The whole job, once through, on the bundled sample: every check of the story holds, and so does what comes after.

One profile is filled once (about a minute); the tests below look at it in order and leave it as they found it, except
where they say so.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.client import Client
from core.client.story import BUILDER, CALLS, PAYER, Story
from core.datanets import sample
from core.errors import BadInput, DatabaseCorrupt, EconomyError, InsufficientFunds, Locked, RpcError, WrongPassword
from core.paths import ProfilePaths
from core.units import Amount
from resources import ROOT
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
    client.profile.lock()
    with pytest.raises(Locked):
        client.wallet.accounts()
    with pytest.raises(WrongPassword):
        client.profile.unlock("wrong")
    assert client.profile.state() == "locked"
    client.profile.unlock(PASSWORD)
    assert len(client.wallet.accounts()) == 13


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
