"""A contribution handed over on a file is taken in whole, when the ledger bears it out, or not at all."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from core.datanets.commitment import Place
from core.datanets.contribution import ContributeCall, Contribution
from core.datanets.datanet import Datanet
from core.datanets.exchange import read_contribution, write_contribution
from core.errors import BadFile, BadInput, DatanetError
from core.jobs import silent
from core.storage import Database
from core.vault.migrations import MIGRATIONS
from tests.core.datanets.desk import CURATOR, PLACE, ROWS, RULES, Desk, StillClock


class Sides:
    """A contributor's vault and a curator's, which knows the contribution from the ledger only."""

    def __init__(self, desk: Desk, datanet: Datanet, folder: Path) -> None:
        self.giver = desk
        self.made = desk.contribute(datanet)
        self.file = folder / "records.jsonl"
        write_contribution(desk.db, self.made.id, self.file, silent())
        self.taker = Desk(Database(folder / "curator.db", bytes(32), MIGRATIONS), StillClock())
        self.datanet = self.taker.datanets.join(RULES.meta, PLACE, RULES.meta_hash, CURATOR)

    def know(self) -> Contribution:
        call = ContributeCall(PLACE.number, self.made.root, self.made.count, self.made.consent_hash)
        assert self.made.number is not None
        return self.taker.contributions.seen(self.datanet.id, self.made.number, self.made.account, call, bytes(32), 9)

    def take(self) -> int:
        return read_contribution(self.taker.db, self.datanet.id, self.file, silent())


@pytest.fixture
def sides(desk: Desk, datanet: Datanet, tmp_path: Path) -> Sides:
    return Sides(desk, datanet, tmp_path)


@pytest.fixture(autouse=True)
def closed(sides: Sides) -> object:
    yield None
    sides.taker.db.close()


def test_what_is_handed_over_can_be_reviewed_and_released_there(sides: Sides) -> None:
    known = sides.know()
    assert not known.held
    taken = sides.taker.contributions.get(sides.take())
    assert (taken.id, taken.held, taken.root) == (known.id, True, sides.made.root)
    assert all(sides.taker.contributions.proof(taken.id, index).holds for index in range(4))
    assert sides.taker.contributions.consent(taken.id).hash == sides.made.consent_hash
    sides.taker.accept(taken)
    assert [each.text for each in sides.taker.releases.records(sides.taker.release(sides.datanet).id)] == [
        text for text, _ in ROWS
    ]
    with pytest.raises(DatanetError) as refused:
        sides.take()
    assert refused.value.reason == "already held"


def test_only_its_owner_may_read_the_file(sides: Sides) -> None:
    assert stat.S_IMODE(sides.file.stat().st_mode) == 0o600


def test_a_contribution_that_the_ledger_does_not_know_is_refused(sides: Sides) -> None:
    with pytest.raises(DatanetError) as refused:
        sides.take()
    assert refused.value.reason == "unknown contribution"


def test_records_of_another_datanet_are_refused(sides: Sides) -> None:
    other = sides.taker.datanets.join(RULES.meta, Place(9, PLACE.contract, 1), RULES.meta_hash, CURATOR)
    with pytest.raises(DatanetError) as refused:
        read_contribution(sides.taker.db, other.id, sides.file, silent())
    assert refused.value.reason == "other datanet"


def line(number: int, change: Callable[[dict[str, object]], None]) -> Callable[[list[str]], list[str]]:
    def apply(lines: list[str]) -> list[str]:
        plain = json.loads(lines[number])
        change(plain)
        return [*lines[:number], json.dumps(plain), *lines[number + 1 :]]

    return apply


def swap(name: str, before: str, after: str) -> Callable[[dict[str, object]], None]:
    return lambda plain: plain.update({name: str(plain[name]).replace(before, after)})


@pytest.mark.parametrize(
    "lie",
    [
        line(1, swap("record", "small bird", "large bird")),
        line(1, swap("record", "animal", "plant")),
        line(1, swap("record", "CC-BY-4.0", "CC0-1.0")),
        line(1, swap("record", '"v":1', '"v": 1')),
        line(1, lambda plain: plain.update(salt="00" * 32)),
        line(1, lambda plain: plain.update(salt="00")),
        line(1, lambda plain: plain.update(salt=7)),
        line(1, lambda plain: plain.pop("record")),
        line(0, swap("consent", "evaluate", "share")),
        line(0, lambda plain: plain.update(contribution=2**70)),
        line(0, lambda plain: plain.update(contribution="1")),
        line(0, lambda plain: plain.update(kind="other")),
        line(0, lambda plain: plain.pop("consent")),
        line(0, lambda plain: plain.update(consent="\ud800")),
        lambda lines: lines[:-1],
        lambda lines: [*lines, lines[-1]],
        lambda lines: [lines[0], lines[2], lines[1], *lines[3:]],
        lambda lines: [*lines[:2], "{", *lines[3:]],
        lambda lines: [*lines[:2], "[" * 50_000, *lines[3:]],
        lambda lines: lines[1:],
        lambda lines: [],
    ],
)
def test_a_file_that_lies_brings_nothing(sides: Sides, lie: Callable[[list[str]], list[str]]) -> None:
    known = sides.know()
    sides.file.write_text("\n".join(lie(sides.file.read_text().splitlines())))
    with pytest.raises((BadFile, BadInput, DatanetError)):
        sides.take()
    assert not sides.taker.contributions.get(known.id).held


def test_files_that_are_not_there_say_so(sides: Sides, tmp_path: Path) -> None:
    sides.know()
    for path, reason in ((tmp_path / "none", "missing"), (tmp_path, "not a file")):
        with pytest.raises(BadFile) as refused:
            read_contribution(sides.taker.db, sides.datanet.id, path, silent())
        assert refused.value.reason == reason
