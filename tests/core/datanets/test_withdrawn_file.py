"""Which records somebody took back reaches those who hold them by a file, and only as the ledger bears it out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.client.curating import Curating
from core.datanets.commitment import Place
from core.datanets.contribution import ContributeCall, Contribution
from core.datanets.datanet import Datanet
from core.datanets.exchange import kind_of, read_contribution, write_contribution
from core.datanets.seen import Seen, TakenBack
from core.datanets.store import withdrawn
from core.datanets.withdrawn_file import KIND, Named, read_withdrawal, write_withdrawal
from core.errors import BadFile, DatanetError
from core.jobs import silent
from core.storage import Database
from core.vault.migrations import MIGRATIONS
from tests.core.datanets.desk import CURATOR, GIVER, PLACE, ROWS, RULES, Desk, StillClock, person, tx


class Sides:
    """A contributor's vault, and a curator's that learns of contribution and withdrawals from the ledger only."""

    def __init__(self, desk: Desk, datanet: Datanet, folder: Path) -> None:
        self.giver, self.given = desk, desk.contribute(datanet)
        self.records, self.file = folder / "records.olgiven", folder / "withdrawn.olgiven"
        write_contribution(desk.db, self.given.id, self.records, silent())
        self.taker = Desk(Database(folder / "curator.db", bytes(32), MIGRATIONS), StillClock())
        self.datanet = self.taker.datanets.join(RULES.meta, PLACE, RULES.meta_hash, CURATOR)
        call = ContributeCall(PLACE.number, self.given.root, self.given.count, self.given.consent_hash)
        self.known = self.taker.contributions.seen(self.datanet.id, 1, GIVER, call, tx(101), 11)

    def take_records(self) -> Contribution:
        read_contribution(self.taker.db, self.datanet.id, self.records, silent())
        self.taker.accept(self.known)
        self.taker.release(self.datanet)
        return self.known

    def withdraw(self, *indices: int, tell: bool = True) -> None:
        made = self.giver.withdraw(self.given, indices)
        if tell:
            assert self.tell(TakenBack(GIVER, made.root, made.count, made.tx_hash or b"", made.block or 0))

    def tell(self, event: TakenBack) -> bool:
        return Seen(self.taker.db, self.taker.clock).withdrawn(self.datanet.id, 1, event)

    def write(self) -> int:
        return write_withdrawal(self.giver.db, self.given.id, self.file, silent())

    def take(self) -> Named:
        return read_withdrawal(self.taker.db, self.datanet.id, self.file, silent())

    def unnamed(self) -> list[tuple[int, bool]]:
        found = withdrawn.unnamed(self.taker.db, self.datanet.id)
        return [(row["records"], bool(row["held"])) for row in found]

    def out(self) -> list[int]:
        """Places of the records that are out at the curator's."""
        sql = "SELECT idx FROM records WHERE withdrawal_id IS NOT NULL ORDER BY idx"
        return [row[0] for row in self.taker.db.all(sql)]


@pytest.fixture
def sides(desk: Desk, datanet: Datanet, tmp_path: Path) -> Iterator[Sides]:
    found = Sides(desk, datanet, tmp_path)
    yield found
    found.taker.db.close()


def test_a_withdrawal_is_known_before_its_records_are_and_then_takes_them_out(sides: Sides) -> None:
    sides.take_records()
    assert sides.unnamed() == []
    sides.withdraw(0, 2)
    assert (sides.unnamed(), sides.out()) == ([(2, True)], [])
    assert (sides.write(), kind_of(sides.file), kind_of(sides.records)) == (2, KIND, "openledger/contribution")
    assert sides.take() == Named(sides.known.id, 2, 2, 2)
    assert (sides.unnamed(), sides.out()) == ([], [0, 2])
    session = SimpleNamespace(db=sides.taker.db, clock=sides.taker.clock)
    gone = Curating(SimpleNamespace(session=session)).withdrawn_ids(sides.datanet.id)  # type: ignore[arg-type]
    assert len(gone) == 2  # what makes models and indexes outdated
    assert sides.taker.releases.prepare(sides.datanet.id, CURATOR, silent()).count == 2


def test_taking_it_in_again_changes_nothing(sides: Sides) -> None:
    sides.take_records()
    sides.withdraw(1)
    sides.write()
    assert sides.take().new == 1
    assert sides.take() == Named(sides.known.id, 1, 1, 0)
    event = sides.giver.withdrawals.of(sides.given.id)[0]
    assert not sides.tell(TakenBack(GIVER, event.root, event.count, tx(9), 9))
    assert (sides.unnamed(), sides.out()) == ([], [1])


def test_a_later_withdrawal_names_all_and_an_earlier_file_names_its_own(sides: Sides) -> None:
    sides.take_records()
    sides.withdraw(3)
    sides.write()
    sides.withdraw(0)
    assert sides.unnamed() == [(2, True)]
    assert sides.take().new == 1
    assert (sides.unnamed(), sides.out()) == ([(1, True)], [3])
    assert sides.write() == 2
    assert sides.take() == Named(sides.known.id, 2, 2, 1)
    assert (sides.unnamed(), sides.out()) == ([], [0, 3])


def test_records_that_come_after_their_withdrawal_are_out_at_once(sides: Sides) -> None:
    sides.withdraw(0, 1)
    sides.write()
    assert sides.take() == Named(sides.known.id, 2, 0, 0)
    sides.take_records()
    assert sides.out() == [0, 1]


def test_who_takes_back_everything_has_to_name_nothing(sides: Sides) -> None:
    sides.take_records()
    sides.withdraw(0, 1, 2, 3)
    assert (sides.unnamed(), sides.out()) == ([], [0, 1, 2, 3])
    assert sides.taker.contributions.get(sides.known.id).state == "withdrawn"


def test_records_of_a_contribution_that_was_taken_back_whole_stay_out(sides: Sides) -> None:
    sides.withdraw(0, 1, 2, 3)
    read_contribution(sides.taker.db, sides.datanet.id, sides.records, silent())
    assert (sides.unnamed(), sides.out()) == ([], [0, 1, 2, 3])


def test_whoever_took_it_in_can_hand_it_on(sides: Sides) -> None:
    sides.take_records()
    sides.withdraw(0, 2)
    sides.write()
    sides.take()
    first = sides.file.read_bytes()
    assert write_withdrawal(sides.taker.db, sides.known.id, sides.file, silent()) == 2
    assert sides.file.read_bytes() == first
    assert not any(text.encode() in first for text, _ in ROWS)


def line(number: int, **change: object) -> Callable[[list[str]], list[str]]:
    def apply(lines: list[str]) -> list[str]:
        return [*lines[:number], json.dumps(json.loads(lines[number]) | change), *lines[number + 1 :]]

    return apply


@pytest.mark.parametrize(
    ("lie", "reason"),
    [
        (line(0, kind="other"), "not a withdrawal"),
        (line(0, more=1), "not a withdrawal"),
        (line(0, count=3), "not a withdrawal"),
        (line(0, count=0), "not a withdrawal"),
        (line(1, leaf="00"), "not a withdrawal"),
        (line(1, leaf="zz" * 32), "not a withdrawal"),
        (line(1, leaf=7), "not a withdrawal"),
        (line(1, leaf="11 " * 21 + "1"), "not a withdrawal"),
        (line(1, leaf="11" * 31 + "  "), "not a withdrawal"),
        (lambda lines: lines[:-1], "not a withdrawal"),
        (lambda lines: [*lines, lines[-1]], "not a withdrawal"),
        (lambda lines: [lines[0], lines[1], lines[1]], "not a withdrawal"),
        (line(1, leaf="11" * 32), "other withdrawal"),
        (line(0, account=str(person(11))), "other contributor"),
        (line(0, contribution=2), "unknown contribution"),
        (line(0, contribution="1"), "unknown contribution"),
        (line(0, datanet={"chain": 9, "contract": str(PLACE.contract), "number": 1}), "other datanet"),
    ],
)
def test_a_file_that_the_ledger_does_not_bear_out_is_refused(
    sides: Sides, lie: Callable[[list[str]], list[str]], reason: str
) -> None:
    sides.take_records()
    sides.withdraw(0, 2)
    sides.write()
    sides.file.write_text("\n".join(lie(sides.file.read_text().splitlines())))
    with pytest.raises((BadFile, DatanetError)) as refused:
        sides.take()
    assert refused.value.reason == reason
    assert (sides.unnamed(), sides.out()) == ([(2, True)], [])


def test_a_withdrawal_that_the_ledger_does_not_have_takes_nothing_out(sides: Sides) -> None:
    sides.take_records()
    sides.withdraw(0, tell=False)
    sides.write()
    with pytest.raises(DatanetError) as refused:
        sides.take()
    assert (refused.value.reason, sides.out()) == ("other withdrawal", [])
    event = sides.giver.withdrawals.of(sides.given.id)[0]
    assert not sides.tell(TakenBack(person(11), event.root, event.count, tx(9), 9))  # somebody else's word
    assert sides.unnamed() == []


def test_nothing_is_written_where_nothing_is_withdrawn(sides: Sides) -> None:
    with pytest.raises(DatanetError) as refused:
        sides.write()
    assert refused.value.reason == "not withdrawn"
    sides.withdraw(1)
    with pytest.raises(DatanetError) as refused:  # known, and not named
        write_withdrawal(sides.taker.db, sides.known.id, sides.file, silent())
    assert refused.value.reason == "not withdrawn"


def test_a_device_that_missed_a_withdrawal_of_its_own_makes_none_that_says_less(sides: Sides) -> None:
    sides.take_records()  # the same person's second device
    sides.withdraw(0, 2)
    with pytest.raises(DatanetError) as refused:
        sides.taker.withdrawals.prepare(sides.known.id, [1])
    assert refused.value.reason == "withdrawn elsewhere"
    sides.write()
    sides.take()
    assert sides.taker.withdrawals.prepare(sides.known.id, [1]).count == 3


def test_a_device_that_missed_one_can_still_take_back_everything(sides: Sides) -> None:
    sides.take_records()
    sides.withdraw(0, 2)
    made = sides.taker.withdraw(sides.known, (0, 1, 2, 3))  # whatever went before is among these
    assert made.count == 4
    assert sides.unnamed() == []


def test_a_record_named_while_it_was_asked_stays_out_when_the_answer_is_no(sides: Sides) -> None:
    sides.take_records()
    asked = sides.taker.withdrawals.prepare(sides.known.id, [0, 1])
    sides.withdraw(0)  # on the same person's other device
    sides.write()
    sides.take()
    sides.taker.withdrawals.discard(asked.id)
    assert (sides.unnamed(), sides.out()) == ([], [0])


def test_a_release_prepared_before_somebody_took_back_is_not_signed(sides: Sides) -> None:
    read_contribution(sides.taker.db, sides.datanet.id, sides.records, silent())
    sides.taker.accept(sides.known)
    made = sides.taker.releases.prepare(sides.datanet.id, CURATOR, silent())
    sides.withdraw(2)
    sides.write()
    sides.take()
    with pytest.raises(DatanetError) as refused:
        sides.taker.releases.signed(made.id, tx(1), made.records_root)
    assert refused.value.reason == "changed"
    assert sides.taker.release(sides.datanet).count == 3


def test_a_withdrawal_of_another_datanet_is_refused(sides: Sides) -> None:
    sides.withdraw(0)
    sides.write()
    other = sides.taker.datanets.join(RULES.meta, Place(9, PLACE.contract, 1), RULES.meta_hash, CURATOR)
    with pytest.raises(DatanetError) as refused:
        read_withdrawal(sides.taker.db, other.id, sides.file, silent())
    assert refused.value.reason == "other datanet"
