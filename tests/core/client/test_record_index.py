"""Record ids lead to rows whatever order contributions and records come in; what a reader holds never changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.client.curating import Curating
from core.client.datanets import Datanets
from core.client.record_index import RecordIndex
from core.errors import DatanetError, InsufficientFunds
from core.jobs import silent
from core.storage import Database
from core.vault.migrations import MIGRATIONS
from tests.core.datanets.desk import DATA_KEY, GIVER, ROWS, Desk, StillClock, person, tx


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    db = Database(tmp_path / "vault.db", bytes(32), MIGRATIONS)
    yield Desk(db, StillClock())
    db.close()


def index_of(desk: Desk) -> RecordIndex:
    return RecordIndex(SimpleNamespace(session=SimpleNamespace(db=desk.db)))  # type: ignore[arg-type]


def test_a_contribution_that_came_to_the_ledger_after_a_later_one_is_found(desk: Desk) -> None:
    datanet = desk.datanet()
    early = desk.contributions.freeze(desk.draft(datanet), DATA_KEY, silent())  # written first, in a block last
    index = index_of(desk)
    late = desk.contribute(datanet, account=person(11))
    assert set(index.of(datanet.id).values()) == set(desk.ids(late))
    desk.contributions.signed(early.id, tx(500))
    desk.contributions.committed(early.id, 7, tx(500), 70)
    assert set(index.of(datanet.id).values()) == {*desk.ids(late), *desk.ids(early)}


def test_a_reader_keeps_what_it_was_given(desk: Desk) -> None:
    datanet = desk.datanet()
    desk.contribute(datanet)
    index = index_of(desk)
    found = index.of(datanet.id)
    for _ in found:  # nobody else's look changes it while it is read
        desk.contribute(datanet, account=person(20 + len(index.of(datanet.id))))
        assert len(index.of(datanet.id)) > len(found)
        break
    assert len(found) == len(ROWS)
    assert index.of(datanet.id) is index.of(datanet.id)


class Refusing:
    """`plan` is the last that was asked for; refused while `refuses`."""

    def __init__(self) -> None:
        self.refuses = True
        self.plan: Any = None

    def prepare(self, plan: Any) -> None:
        self.plan = plan
        if self.refuses:
            raise InsufficientFunds(needed=1, available=0, what="fee")


def client_of(desk: Desk) -> SimpleNamespace:
    contract = SimpleNamespace(address=person(7), call=lambda *_: b"")
    session = SimpleNamespace(db=desk.db, clock=desk.clock, contract=lambda _name: contract)
    wallet = SimpleNamespace(index_of=lambda _account: 0, address=lambda _index: GIVER)
    return SimpleNamespace(session=session, wallet=wallet, actions=Refusing(), clock=desk.clock)


def test_only_a_signed_withdrawal_takes_records_out_of_models(desk: Desk) -> None:
    datanet = desk.datanet()
    made = desk.contribute(datanet)
    datanets = Curating(client_of(desk))  # type: ignore[arg-type]
    asked = desk.withdrawals.prepare(made.id, [1])
    assert datanets.withdrawn_ids(datanet.id) == frozenset()  # the person may still say no
    desk.withdrawals.signed(asked.id, tx(5))
    assert len(datanets.withdrawn_ids(datanet.id)) == 1


def test_a_withdrawal_that_could_not_be_prepared_does_not_block_the_next(desk: Desk) -> None:
    made = desk.contribute(desk.datanet(), account=GIVER)
    datanets = Curating(client_of(desk))  # type: ignore[arg-type]
    for _ in range(2):  # without money for the fee, as often as one likes
        with pytest.raises(InsufficientFunds):
            datanets.prepare_withdraw(made.id, [1])
    desk.withdrawals.prepare(made.id, [2])  # of a process that was killed before anybody was asked
    with pytest.raises(InsufficientFunds):
        datanets.prepare_withdraw(made.id, [1])
    assert desk.withdrawals.of(made.id) == []
    desk.withdrawals.signed(desk.withdrawals.prepare(made.id, [2]).id, tx(6))
    with pytest.raises(DatanetError) as refused:  # one that may be on its way stays
        datanets.prepare_withdraw(made.id, [1])
    assert refused.value.reason == "withdrawal pending"


def test_a_datanet_that_nobody_signed_is_not_in_the_list(desk: Desk) -> None:
    client = client_of(desk)
    datanets = Datanets(client)  # type: ignore[arg-type]
    with pytest.raises(InsufficientFunds):
        datanets.prepare_create(0, "Birds", "", ("bird", "tool"), "CC0-1.0")
    assert datanets.catalogue.all() == []
    client.actions.refuses = False
    datanets.prepare_create(0, "Birds", "", ("bird", "tool"), "CC0-1.0")
    client.actions.plan.forgotten()  # the person said no
    assert datanets.catalogue.all() == []
