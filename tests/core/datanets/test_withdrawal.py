"""Records taken back leave the next release; the ledger is told one root over all taken back so far."""

from __future__ import annotations

import pytest

from core.datanets.datanet import Datanet
from core.errors import DatanetError
from core.jobs import silent
from core.merkle import MerkleTree
from tests.core.datanets.desk import CURATOR, DATA_KEY, Desk, tx


def leaves(desk: Desk, contribution: int) -> list[bytes]:
    return [
        row[0] for row in desk.db.all("SELECT leaf FROM records WHERE contribution_id = ? ORDER BY idx", contribution)
    ]


def test_each_root_covers_all_that_was_taken_back_so_far(desk: Desk, datanet: Datanet) -> None:
    made = desk.contribute(datanet)
    own = leaves(desk, made.id)
    first = desk.withdraw(made, (2,))
    assert (first.indices, first.count, first.root) == ((2,), 1, MerkleTree([own[2]]).root)
    second = desk.withdraw(made, (0, 3))
    assert (second.indices, second.count) == ((0, 3), 3)
    assert second.root == MerkleTree([own[0], own[2], own[3]]).root
    call = desk.withdrawals.call(second.id)
    assert (call.contribution, call.root, call.count) == (made.number, second.root, 3)
    assert desk.contributions.get(made.id).withdrawn == 3
    assert [each.id for each in desk.withdrawals.of(made.id)] == [first.id, second.id]


def test_a_contribution_of_which_nothing_is_left_is_withdrawn(desk: Desk, datanet: Datanet) -> None:
    made = desk.contribute(datanet)
    desk.accept(made)
    desk.withdraw(made, (0, 1, 2, 3))
    assert desk.contributions.get(made.id).state == "withdrawn"
    with pytest.raises(DatanetError) as refused:
        desk.releases.prepare(datanet.id, CURATOR, silent())
    assert refused.value.reason == "nothing accepted"


def test_from_the_signature_on_no_release_takes_the_records_in(desk: Desk, datanet: Datanet) -> None:
    made = desk.contribute(datanet)
    desk.accept(made)
    pending = desk.withdrawals.prepare(made.id, [1])
    assert desk.releases.prepare(datanet.id, CURATOR, silent()).count == 4
    desk.withdrawals.signed(pending.id, tx(5))
    assert desk.releases.prepare(datanet.id, CURATOR, silent()).count == 3


def test_a_withdrawal_that_was_not_sent_or_failed_changes_nothing(desk: Desk, datanet: Datanet) -> None:
    made = desk.contribute(datanet)
    pending = desk.withdrawals.prepare(made.id, [1, 2])
    with pytest.raises(DatanetError) as refused:
        desk.withdrawals.prepare(made.id, [3])
    assert refused.value.reason == "withdrawal pending"
    desk.withdrawals.discard(pending.id)
    again = desk.withdrawals.prepare(made.id, [1])
    desk.withdrawals.signed(again.id, tx(6))
    with pytest.raises(DatanetError):
        desk.withdrawals.discard(again.id)
    desk.withdrawals.failed(again.id)
    assert desk.withdrawals.of(made.id) == []
    assert desk.contributions.get(made.id).withdrawn == 0
    assert desk.withdraw(made, (1,)).count == 1


def test_only_what_is_there_can_be_taken_back(desk: Desk, datanet: Datanet) -> None:
    made = desk.contribute(datanet)
    desk.withdraw(made, (1,))
    for indices, reason in (((1,), "not there to withdraw"), ((4,), "not there to withdraw"), ((), "empty")):
        with pytest.raises(DatanetError) as refused:
            desk.withdrawals.prepare(made.id, indices)
        assert refused.value.reason == reason
    assert len(desk.withdrawals.of(made.id)) == 1
    unsent = desk.contributions.freeze(desk.draft(datanet), DATA_KEY, silent())
    with pytest.raises(DatanetError) as refused:
        desk.withdrawals.prepare(unsent.id, [0])
    assert refused.value.reason == "not on the ledger"


def test_what_was_taken_back_is_no_duplicate_of_anything(desk: Desk, datanet: Datanet) -> None:
    made = desk.contribute(datanet)
    draft = desk.draft(datanet)
    assert desk.preflights.run_draft(draft, silent()).flagged == 4
    desk.withdraw(made, (0, 1, 2, 3))
    assert desk.preflights.run_draft(draft, silent()).flagged == 0
