"""A release from a file is taken in whole, when every record of it leads to what the ledger says, or not at all."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.datanets.contribution import ContributeCall
from core.datanets.datanet import Datanet
from core.datanets.drafts import Terms
from core.datanets.release import Release
from core.datanets.seen import Seen, Verdict
from core.datanets.shared import OnLedger, read_head, read_release, write_release
from core.errors import BadFile, BadInput, DatanetError
from core.jobs import Progress, silent
from core.storage import Database
from core.vault.migrations import MIGRATIONS
from tests.core.datanets.desk import CURATOR, DATA_KEY, GIVER, PLACE, ROWS, RULES, Desk, StillClock, tx

USES = frozenset({"train", "evaluate", "share"})


class Sides:
    """A curator's vault with a release, and a reader's that knows the contribution from the ledger only."""

    def __init__(self, desk: Desk, datanet: Datanet, folder: Path) -> None:
        self.maker = desk
        draft = desk.drafts.create(datanet.id, GIVER)
        desk.drafts.add_rows(draft.id, ROWS, Terms("CC-BY-4.0", USES, language="en"))
        frozen = desk.contributions.freeze(draft.id, DATA_KEY, Progress())
        desk.contributions.signed(frozen.id, tx(101))
        self.given = desk.contributions.committed(frozen.id, 1, tx(101), 11)
        first = desk.ids(self.given)[0]
        desk.reviews.decide([first], "relabel", CURATOR, label="plant")
        desk.accept(self.given)
        self.made = desk.release(datanet)
        self.file = folder / "release.jsonl"
        self.reader = Desk(Database(folder / "reader.db", bytes(32), MIGRATIONS), StillClock())
        self.datanet = self.reader.datanets.join(RULES.meta, PLACE, RULES.meta_hash, CURATOR)

    def know(self) -> None:
        call = ContributeCall(PLACE.number, self.given.root, self.given.count, self.given.consent_hash)
        self.reader.contributions.seen(self.datanet.id, 1, GIVER, call, tx(101), 11)

    @property
    def ledger(self) -> OnLedger:
        return OnLedger(self.made.version, self.made.records_root, self.made.manifest_hash, self.made.count, 90)

    def write(self) -> int:
        return write_release(self.maker.db, self.made.id, self.file, silent())

    def read(self, ledger: OnLedger | None = None) -> Release:
        return read_release(self.reader.db, self.datanet.id, self.file, ledger or self.ledger, silent(), StillClock())

    def lines(self) -> list[str]:
        return self.file.read_text().splitlines()


@pytest.fixture
def sides(desk: Desk, datanet: Datanet, tmp_path: Path) -> Iterator[Sides]:
    found = Sides(desk, datanet, tmp_path)
    yield found
    found.reader.db.close()


def test_what_was_released_can_be_read_and_proven_there(sides: Sides) -> None:
    assert sides.write() == len(ROWS)
    assert stat.S_IMODE(sides.file.stat().st_mode) == 0o600
    head = read_head(sides.file)
    assert (head.place, head.version, head.rules) == (PLACE, 1, RULES)
    sides.know()
    taken = sides.read()
    assert (taken.state, taken.records_root, taken.block) == ("committed", sides.made.records_root, 90)
    records = sides.reader.releases.records(taken.id)
    assert [record.text for record in records] == [text for text, _ in ROWS]
    assert [RULES.labels[record.label] for record in records] == ["plant", "food", "plant", "animal"]
    assert all(sides.reader.releases.proof(taken.id, at).holds for at in range(len(ROWS)))
    assert sides.read() == taken  # twice is harmless


def test_a_release_with_a_record_that_was_not_given_for_sharing_stays_here(
    desk: Desk, datanet: Datanet, tmp_path: Path
) -> None:
    given = desk.contribute(datanet)
    desk.accept(given)
    made = desk.release(datanet)
    with pytest.raises(DatanetError) as refused:
        write_release(desk.db, made.id, tmp_path / "release.jsonl", silent())
    assert (refused.value.reason, refused.value.records) == ("not to be shared", len(ROWS))
    assert not (tmp_path / "release.jsonl").exists()


def test_a_record_that_was_taken_back_leaves_no_more(sides: Sides) -> None:
    sides.maker.withdraw(sides.given, (1,))
    with pytest.raises(DatanetError) as refused:
        sides.write()
    assert refused.value.records == 1


def changed_record(lines: list[str]) -> list[str]:
    return [lines[0], lines[1].replace("small bird", "large bird"), *lines[2:]]


def changed_head(lines: list[str], **change: object) -> list[str]:
    head = json.loads(lines[0]) | change
    return [json.dumps(head, sort_keys=True, separators=(",", ":"), ensure_ascii=False), *lines[1:]]


@pytest.mark.parametrize(
    "change",
    [
        changed_record,
        lambda lines: lines[:-1],
        lambda lines: [*lines, lines[-1]],
        lambda lines: [lines[0], lines[2], lines[1], *lines[3:]],
        lambda lines: [lines[0], "{}", *lines[2:]],
        lambda lines: [lines[0], "nothing", *lines[2:]],
        lambda lines: [lines[0], lines[1].replace('"salt":"', '"salt":"00'), *lines[2:]],
        lambda lines: lines[1:],
        lambda _lines: [],
        lambda lines: changed_head(lines, kind="openledger/contribution"),
        lambda lines: changed_head(lines, version="1"),
        lambda lines: changed_head(lines, count=3),
        lambda lines: changed_head(lines, manifest="{}"),
        lambda lines: changed_head(lines, more=1),
        lambda lines: ["{" + lines[0][1:].replace('"meta":"', '"meta":"\\ud800'), *lines[1:]],
    ],
)
def test_a_file_that_was_changed_anywhere_leaves_nothing_behind(
    sides: Sides, change: Callable[[list[str]], list[str]]
) -> None:
    sides.know()
    sides.write()
    sides.file.write_text("\n".join(change(sides.lines())))
    with pytest.raises(BadInput):
        sides.read()
    assert sides.reader.releases.of(sides.datanet.id) == []
    assert sides.reader.db.one("SELECT count(*) FROM records")[0] == 0


def test_the_ledger_has_the_last_word(sides: Sides) -> None:
    sides.write()
    with pytest.raises(DatanetError) as refused:
        sides.read()
    assert refused.value.reason == "unknown contribution"
    sides.know()
    for other in (
        replace(sides.ledger, records_root=bytes(32)),
        replace(sides.ledger, manifest_hash=bytes(32)),
        replace(sides.ledger, count=3),
    ):
        with pytest.raises(BadInput):
            sides.read(other)
    with pytest.raises(DatanetError):
        sides.read(replace(sides.ledger, version=2))
    assert sides.reader.releases.of(sides.datanet.id) == []


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(BadFile):
        read_head(tmp_path / "nothing")


def test_a_review_of_somebody_else_is_noted_once(sides: Sides) -> None:
    verdict = Verdict(CURATOR, bytes(32), 3, bytes(32), tx(201), 50)
    seen = Seen(sides.reader.db, StillClock())
    assert seen.reviewed(sides.datanet.id, 1, verdict) is None
    sides.know()
    for _ in range(2):
        found = seen.reviewed(sides.datanet.id, 1, verdict)
        assert found is not None
        assert (found.state, found.accepted) == ("reviewed", 3)
    assert sides.reader.db.one("SELECT count(*) FROM reviews")[0] == 1
