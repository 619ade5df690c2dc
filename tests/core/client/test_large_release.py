"""A release too large for memory makes the very package of one that is not; what is stopped halfway leaves nothing."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.client import SPLIT, Client
from core.errors import Cancelled, ModelError
from core.jobs import Progress
from core.models import rows as row_files
from core.models.rows import FileRows
from core.paths import ProfilePaths
from core.units import Amount
from tests.doubles import cheap

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]

WORDS = {"bird": ("feathered", "singing", "flying"), "tool": ("iron", "wooden", "sharp")}
TEXTS = [(f"{word} {label} number {n}", label) for label, words in WORDS.items() for word in words for n in range(8)]
STEPS = ("encode", "novelty", "baselines", "statistics", "lambda", "solve", "credit", "roots", "package", "keep")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("large")
    made = Client(ProfilePaths(folder / "profile"), cost=cheap.COST, bounds=cheap.BOUNDS)
    try:
        made.profile.create(made.profile.new_phrase(), cheap.PASSWORD)
        created = made.sign(made.datanets.prepare_create(0, "Birds and tools", "", ("bird", "tool"), "CC-BY-4.0"))
        datanet = int(str(created.result))
        file = folder / "rows.csv"
        with file.open("w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows([("text", "label"), *TEXTS])
        made.sign(made.datanets.prepare_contribute(made.datanets.import_file(datanet, file, 0)))
        (given,) = made.datanets.contributions(datanet)
        made.datanets.decide_all(given.id, approve=True)
        made.sign(made.datanets.prepare_review(given.id, 0))
        made.sign(made.datanets.prepare_release(datanet, 0))
        made.models.train(datanet, name="Named once")
        yield made
    finally:
        made.close()


@pytest.fixture(autouse=True)
def nothing_fits_in_memory(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_files, "RESIDENT", 0)


def files(client: Client) -> set[Path]:
    return {path for path in client.paths.files.rglob("*") if path.is_file()}


def test_through_files_the_package_is_the_same_byte_for_byte(client: Client) -> None:
    (model,) = client.models.all()
    before = files(client)
    with pytest.raises(ModelError) as caught:
        client.models.train(model.datanet, name="Named once")
    assert caught.value.values["reason"] == "already in the catalogue"
    assert files(client) == before


def test_a_stop_at_any_step_leaves_no_model_and_no_file(client: Client) -> None:
    (model,) = client.models.all()
    before = files(client)
    for last in STEPS:
        progress = Progress()
        seen: list[str] = []

        def stop(_done: float | None, words: str, last: str = last, progress: Progress = progress) -> None:
            seen.append(words)  # noqa: B023 - of this round
            if words == last:
                progress.cancel()

        progress.report = stop
        with pytest.raises(Cancelled):
            client.models.train(model.datanet, name="Another", progress=progress)
        assert seen[-1] == last
        assert files(client) == before
        assert client.models.all() == (model,)


def test_answers_and_withdrawals_read_the_file(client: Client) -> None:
    (model,) = client.models.all()
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
    (given,) = client.datanets.contributions(model.datanet)
    client.sign(client.datanets.prepare_withdraw(given.id, [0, 3]))
    withdrawal, _ = client.models.prepare_retrain(model.id, 0)
    assert withdrawal.new_hash == withdrawal.scratch_hash != withdrawal.old_hash


def test_what_a_kill_left_is_gone_after_the_next_unlock(client: Client) -> None:
    whole = files(client)
    left = client.session.artefacts.put_long(bytes(3 << 20))
    (client.paths.files / "0011223344556677.part").write_bytes(bytes(9))
    client.profile.lock()
    client.profile.unlock(cheap.PASSWORD)
    assert not client.session.artefacts.has(left)
    assert files(client) == whole
    (model,) = client.models.all()
    assert client.models.run(model.id, "an iron tool", 0).label == "tool"
