"""A model with a softmax head is built, explained, checked and forgotten like any other, and asks no fee."""

from __future__ import annotations

import csv
from collections.abc import Iterator

import pytest

from core.client import SPLIT, Client
from core.errors import AttributionError, ModelError
from core.paths import ProfilePaths
from core.units import Amount
from core.values import HeadChoice
from tests.doubles import cheap
from ui.text import explain

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]

WORDS = {"bird": ("feathered", "singing", "flying"), "tool": ("iron", "wooden", "sharp")}
TEXTS = [(f"{word} {label} number {n}", label) for label, words in WORDS.items() for word in words for n in range(8)]


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
            made.sign(made.datanets.prepare_contribute(made.datanets.import_file(datanet, file, account)))
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


def test_it_is_published_for_free_or_not_at_all(client: Client) -> None:
    (model,) = client.models.all()
    with pytest.raises(ModelError) as caught:
        client.models.prepare_publish(model.id, 0, Amount.parse("0.01"), SPLIT)
    assert caught.value.values["reason"] == "softmax asks no fee"
    assert "choose ridge" in explain(caught.value).what_to_do
    client.sign(client.models.prepare_publish(model.id, 0, Amount(0), SPLIT))
    answer = client.models.run(model.id, "an iron tool", 1)
    assert (answer.label, answer.fee) == ("tool", Amount(0))
    verified = client.models.verify_answer(answer.call)
    assert verified.ok
    assert "package on the ledger" in {name for name, _, _ in verified.checks}


def test_withdrawn_records_leave_by_training_again(client: Client) -> None:
    (model,) = client.models.all()
    given = client.datanets.contributions(model.datanet)[0]
    client.sign(client.datanets.prepare_withdraw(given.id, [0, 3]))
    assert client.models.get(model.id).state == "outdated"
    withdrawal, prepared = client.models.prepare_retrain(model.id, 0)
    assert withdrawal.new_hash == withdrawal.scratch_hash != withdrawal.old_hash
    client.sign(prepared)
    again = client.models.get(model.id)
    assert (again.state, again.head.family) == ("published", "softmax")
    assert client.models.verify_answer(client.models.run(model.id, "a sharp tool", 0).call).ok


def test_what_is_too_wide_for_softmax_is_said_in_words(client: Client) -> None:
    (model,) = client.models.all()
    with pytest.raises(AttributionError) as caught:
        client.models.train(model.datanet, encoder="words-1024", family="softmax")
    assert "Choose ridge" in explain(caught.value).what_to_do
