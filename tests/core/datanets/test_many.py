"""A step over many records is done whole or not at all, and the vault is free while a release is hashed."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from core.datanets.datanet import Datanet
from core.datanets.manifest import Entry
from core.datanets.store import reviews
from core.errors import Cancelled
from core.jobs import Progress, silent
from core.storage import Database
from core.vault.migrations import MIGRATIONS
from tests.core.datanets.desk import CURATOR, ROWS, Desk, StillClock, person

MANY = [(f"a text about the subject number {n}", ("animal", "food", "plant")[n % 3]) for n in range(40)]


@pytest.fixture(autouse=True)
def small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.datanets.store.reviews._PORTION", 8)


def watched(at: str, then: Callable[[], None]) -> Progress:
    """Does something as soon as there is news of a step that is under way."""

    def report(fraction: float | None, words: str) -> None:
        if words == at and fraction != 0:
            then()

    return Progress(report=report)


def test_deciding_on_all_says_how_far_it_is_and_is_one_step_to_undo(desk: Desk, datanet: Datanet) -> None:
    made, seen = desk.contribute(datanet, MANY), []
    progress = Progress(report=lambda fraction, words: seen.append((words, fraction)))
    assert desk.reviews.decide_rest(made.id, "approve", CURATOR, progress=progress) == 40
    assert seen[0] == ("deciding", 0.0)
    assert desk.reviews.counts(made.id) == {"approve": 40}
    undone = desk.reviews.undo(datanet.id, CURATOR)
    assert undone is not None
    assert list(undone.records) == desk.ids(made)
    assert desk.reviews.counts(made.id) == {"": 40}


def test_stopping_in_the_middle_decides_on_nothing(
    desk: Desk, datanet: Datanet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.jobs._INTERVAL", 0.0)
    made = desk.contribute(datanet, MANY)
    progress = Progress(report=lambda fraction, _words: progress.cancel() if fraction else None)
    with pytest.raises(Cancelled):
        desk.reviews.decide_rest(made.id, "reject", CURATOR, progress=progress)
    assert desk.reviews.counts(made.id) == {"": 40}
    assert desk.reviews.undo(datanet.id, CURATOR) is None


def test_a_program_killed_in_the_middle_has_decided_on_nothing(
    desk: Desk, datanet: Datanet, vault: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.jobs._INTERVAL", 0.0)
    made, left = desk.contribute(datanet, MANY), tmp_path / "left"

    def as_it_stands() -> None:
        left.mkdir(exist_ok=True)
        for file in vault.parent.glob("vault.db*"):
            if not file.name.endswith("-shm"):
                shutil.copy(file, left / file.name)

    desk.reviews.decide_rest(made.id, "approve", CURATOR, progress=watched("deciding", as_it_stands))
    found = Desk(Database(left / "vault.db", bytes(32), MIGRATIONS), StillClock())
    assert found.reviews.counts(made.id) == {"": 40}
    assert found.reviews.undo(datanet.id, CURATOR) is None
    found.db.close()


def test_only_what_is_undecided_clean_and_in_the_schema_is_approved_together(desk: Desk, datanet: Datanet) -> None:
    made = desk.contribute(datanet, [*ROWS, ("call me on +49 30 1234567 about the birds", "animal"), ("a rock", "")])
    desk.preflights.run_contribution(made.id, silent())
    ids = desk.ids(made)
    desk.reviews.decide(ids[:1], "reject", CURATOR)
    assert reviews.clean(desk.db, made.id, datanet.rules.labels) == ids[1:4]
    assert reviews.undecided(desk.db, made.id) == ids[1:]
    assert reviews.outside(desk.db, datanet.id, datanet.rules.labels) == {ids[5]}


def test_the_vault_is_free_while_a_release_is_hashed(
    desk: Desk, datanet: Datanet, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.accept(desk.contribute(datanet))
    found = []
    plain = Entry.payload.fget
    assert plain is not None

    def payload(self: Entry) -> bytes:
        """Another thread, as a screen would, asks and writes in the middle of it."""
        if not found:
            asked = threading.Thread(
                target=lambda: (desk.people.set(datanet.id, person(77), name="New"), found.append(desk.db.changes))
            )
            asked.start()
            asked.join(20)
            assert found
        return plain(self)

    monkeypatch.setattr(Entry, "payload", property(payload))
    made = desk.releases.prepare(datanet.id, CURATOR, silent())
    assert made.count == 4
    assert found


def test_a_release_is_of_what_stands_in_the_vault_when_it_is_kept(desk: Desk, datanet: Datanet) -> None:
    first, second = desk.contribute(datanet), desk.contribute(datanet, MANY, person(11))
    desk.accept(first)
    steps = []

    def another_contribution() -> None:
        steps.append("hashing")
        if len(steps) == 1:
            desk.accept(second)

    made = desk.releases.prepare(datanet.id, CURATOR, watched("hashing", another_contribution))
    assert made.count == 44
    assert steps == ["hashing", "hashing"]
    assert [each.id for each in desk.releases.of(datanet.id)] == [made.id]


def test_what_does_not_touch_a_release_does_not_start_it_again(desk: Desk, datanet: Datanet) -> None:
    desk.accept(desk.contribute(datanet))
    steps = []

    def something_else() -> None:
        steps.append("hashing")
        desk.people.set(datanet.id, person(77), name=f"Somebody {len(steps)}")

    assert desk.releases.prepare(datanet.id, CURATOR, watched("hashing", something_else)).count == 4
    assert steps == ["hashing"]


def test_a_release_is_made_even_where_something_of_it_changes_every_time(desk: Desk, datanet: Datanet) -> None:
    made, steps = desk.contribute(datanet), []
    desk.accept(made)

    def trusted_or_not() -> None:
        steps.append("hashing")
        if len(steps) < 4:  # then it is hashed with the vault held, where another thread would have to wait
            desk.people.set(datanet.id, made.account, trusted=len(steps) % 2 == 1)

    release = desk.releases.prepare(datanet.id, CURATOR, watched("hashing", trusted_or_not))
    assert len(steps) == 4
    assert [entry.trusted for entry in desk.releases.manifest(release.id).entries] == [True] * 4
