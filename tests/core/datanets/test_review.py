"""A curator's decisions can be undone until they are signed, and the ledger is told a root over what was accepted."""

from __future__ import annotations

import threading

import pytest

from core.datanets import canonical
from core.datanets.contribution import ContributeCall, Contribution
from core.datanets.datanet import Datanet, Rules
from core.datanets.records import Filter
from core.errors import BadInput, DatanetError
from core.jobs import silent
from core.keccak import keccak256
from core.merkle import EMPTY_ROOT
from tests.core.datanets.desk import CURATOR, GIVER, ROWS, Desk, person, tx


def decisions(desk: Desk, contribution: Contribution) -> list[tuple[str, str, str]]:
    rows = desk.records.page(Filter(contribution.datanet_id, contribution=contribution.id))
    return [(row.decision, row.label, row.reason) for row in rows]


def test_the_queue_shows_what_waits_in_the_order_it_came(desk: Desk, datanet: Datanet) -> None:
    first, second = desk.contribute(datanet), desk.contribute(datanet, account=person(11))
    waiting = Filter(datanet.id, decision="", open_only=True)
    assert desk.records.count(waiting) == 8
    seen = []
    at = 0
    while rows := desk.records.after(waiting, at):
        at = rows[0].id
        seen.append((rows[0].contribution, rows[0].index))
    assert seen == [(each.id, index) for each in (first, second) for index in range(4)]
    desk.reviews.decide(desk.ids(first)[:2], "approve", CURATOR)
    assert desk.records.after(waiting, 0)[0].index == 2
    desk.accept(first)
    assert desk.records.count(waiting) == 4


def test_decisions_of_every_kind_are_kept_and_undone_step_by_step(desk: Desk, datanet: Datanet) -> None:
    made = desk.contribute(datanet)
    ids = desk.ids(made)
    start = decisions(desk, made)
    assert desk.reviews.decide(ids, "approve", CURATOR) == 4
    assert desk.reviews.decide(ids[:1], "reject", CURATOR, reason=" not a\nbird ") == 1
    assert desk.reviews.decide(ids[1:3], "relabel", CURATOR, label="plant") == 2
    assert desk.reviews.decide(ids[3:], "approve", CURATOR) == 0
    assert decisions(desk, made) == [
        ("reject", "animal", "not a bird"),
        ("relabel", "plant", ""),
        ("relabel", "plant", ""),
        ("approve", "animal", ""),
    ]
    assert desk.reviews.counts(made.id) == {"approve": 1, "reject": 1, "relabel": 2}
    undone = desk.reviews.undo(datanet.id, CURATOR)
    assert undone is not None
    assert (undone.kind, undone.records) == ("relabel", tuple(ids[1:3]))
    desk.reviews.undo(datanet.id, CURATOR)
    desk.reviews.undo(datanet.id, CURATOR)
    assert decisions(desk, made) == start
    assert desk.reviews.undo(datanet.id, CURATOR) is None


def test_undo_takes_back_ones_own_steps_only(desk: Desk, datanet: Datanet) -> None:
    desk.people.set(datanet.id, person(2), curator=True)
    ids = desk.ids(desk.contribute(datanet))
    desk.reviews.decide(ids[:1], "approve", CURATOR)
    desk.reviews.decide(ids[1:2], "reject", person(2))
    undone = desk.reviews.undo(datanet.id, CURATOR)
    assert undone is not None
    assert undone.records == tuple(ids[:1])


def test_the_ledger_is_told_a_root_over_what_was_accepted(desk: Desk, datanet: Datanet) -> None:
    made = desk.contribute(datanet)
    ids = desk.ids(made)
    desk.reviews.decide(ids, "approve", CURATOR)
    desk.reviews.decide(ids[1:2], "reject", CURATOR, reason="not food")
    desk.reviews.decide(ids[2:3], "relabel", CURATOR, label="food")
    review = desk.reviews.prepare(made.id, CURATOR)
    assert review.accepted_count == 3
    call = desk.reviews.call(review.id)
    assert (call.contribution, call.accepted_root, call.accepted_count) == (made.number, review.accepted_root, 3)
    assert call.decisions_hash == keccak256(review.decisions)
    document = canonical.decode(review.decisions, field="decisions", limit=100_000)
    assert document["root"] == made.root.hex()
    assert [{**each, "leaf": ""} for each in document["decisions"]] == [
        {"index": 0, "leaf": "", "decision": "approve"},
        {"index": 1, "leaf": "", "decision": "reject", "reason": "not food"},
        {"index": 2, "leaf": "", "decision": "relabel", "label": "food"},
        {"index": 3, "leaf": "", "decision": "approve"},
    ]
    for index in (0, 2, 3):
        proof = desk.reviews.proof(review.id, index)
        assert proof.holds
        assert proof.payload == desk.contributions.proof(made.id, index).payload  # one payload, both roots
    with pytest.raises(DatanetError):
        desk.reviews.proof(review.id, 1)


def test_nothing_accepted_is_a_root_of_zeros(desk: Desk, datanet: Datanet) -> None:
    made = desk.contribute(datanet)
    desk.reviews.decide_rest(made.id, "reject", CURATOR, reason="copied")
    review = desk.reviews.prepare(made.id, CURATOR)
    assert (review.accepted_root, review.accepted_count) == (EMPTY_ROOT, 0)


def test_a_signature_closes_the_decisions(desk: Desk, datanet: Datanet) -> None:
    made = desk.contribute(datanet)
    ids = desk.ids(made)
    desk.reviews.decide_rest(made.id, "approve", CURATOR)
    review = desk.reviews.prepare(made.id, CURATOR)
    desk.reviews.signed(review.id, tx(7))
    for refused in (
        lambda: desk.reviews.decide(ids[:1], "reject", CURATOR),
        lambda: desk.reviews.undo(datanet.id, CURATOR),
    ):
        with pytest.raises(DatanetError) as error:
            refused()
        assert error.value.reason == "signed"
    desk.reviews.failed(review.id)
    assert desk.reviews.decide(ids[:1], "reject", CURATOR) == 1
    with pytest.raises(DatanetError):
        desk.reviews.get(review.id)  # put together over other decisions: it must be made again
    review = desk.reviews.prepare(made.id, CURATOR)
    desk.reviews.signed(review.id, tx(8))
    done = desk.reviews.committed(review.id, tx(8), 44)
    assert (done.state, done.block, desk.contributions.get(made.id).state) == ("committed", 44, "reviewed")
    assert desk.contributions.get(made.id).accepted == 3


def test_a_review_may_be_given_again_until_a_release_took_it_up(desk: Desk, datanet: Datanet) -> None:
    made = desk.contribute(datanet)
    desk.accept(made)
    desk.reviews.reopen(made.id)
    desk.reviews.decide(desk.ids(made)[:1], "reject", CURATOR)
    review = desk.reviews.prepare(made.id, CURATOR)
    desk.reviews.signed(review.id, tx(9))
    desk.reviews.committed(review.id, tx(9), 60)
    assert [each.accepted_count for each in desk.reviews.of(made.id)] == [4, 3]
    desk.release(datanet)
    with pytest.raises(DatanetError):
        desk.reviews.reopen(made.id)


def test_rules_of_reviewing_are_kept(desk: Desk, datanet: Datanet) -> None:
    made = desk.contribute(datanet, [*ROWS, ("nobody labelled this one", "")])
    ids = desk.ids(made)
    refusals = {
        "not a curator": lambda: desk.reviews.decide(ids, "approve", GIVER),
        "label": lambda: desk.reviews.decide(ids, "approve", CURATOR),
        "undecided": lambda: desk.reviews.prepare(made.id, CURATOR),
    }
    for reason, refused in refusals.items():
        with pytest.raises(DatanetError) as error:
            refused()
        assert error.value.reason == reason
    with pytest.raises(DatanetError):
        desk.reviews.decide(ids, "relabel", CURATOR, label="vehicle")
    with pytest.raises(BadInput):
        desk.reviews.decide(ids, "reject", CURATOR, reason="x" * 501)
    assert desk.reviews.counts(made.id) == {"": 5}
    desk.reviews.decide(ids[4:], "relabel", CURATOR, label="food")
    desk.reviews.decide_rest(made.id, "approve", CURATOR)
    assert desk.reviews.prepare(made.id, CURATOR).accepted_count == 5


def test_what_is_not_on_this_device_cannot_be_reviewed(desk: Desk, datanet: Datanet) -> None:
    noted = desk.contributions.seen(datanet.id, 50, person(12), ContributeCall(1, tx(3), 4, tx(4)), tx(5), 70)
    with pytest.raises(DatanetError) as refused:
        desk.reviews.prepare(noted.id, CURATOR)
    assert refused.value.reason == "not held"


def test_only_flagged_records_wait_where_the_rules_say_so(desk: Desk) -> None:
    rules = Rules("Flagged", ("animal", "food", "plant"), "CC-BY-4.0", review="flagged records")
    net = desk.datanet(rules)
    rows = [*ROWS, ("write to ada@example.org about the bird", "animal"), ("what is this", "")]
    made = desk.contribute(net, rows)
    with pytest.raises(DatanetError) as refused:
        desk.reviews.prepare(made.id, CURATOR)
    assert refused.value.reason == "not checked"
    desk.preflights.run_contribution(made.id, silent())
    flagged = desk.records.page(Filter(net.id, flagged=True))
    assert [row.index for row in flagged] == [4, 5]
    assert desk.records.count(Filter(net.id, flagged=False)) == 4
    with pytest.raises(DatanetError) as refused:
        desk.reviews.prepare(made.id, CURATOR)
    assert (refused.value.reason, refused.value.records) == ("undecided", 2)
    desk.reviews.decide([row.id for row in flagged], "reject", CURATOR)
    assert desk.reviews.prepare(made.id, CURATOR).accepted_count == 4


def test_a_copy_of_an_earlier_contribution_is_flagged_and_the_original_is_not(desk: Desk, datanet: Datanet) -> None:
    original, copy = desk.contribute(datanet), desk.contribute(datanet, account=person(11))
    for each in (original, copy):
        desk.preflights.run_contribution(each.id, silent())
    kept = [desk.preflights.contribution(each.id) for each in (original, copy)]
    assert [report.report.flagged for report in kept if report is not None] == [0, 4]
    found = desk.preflights.findings(contribution=copy.id, check="duplicate")
    assert [dict(each.detail) for each in found] == [{"contribution": original.id, "index": n} for n in range(4)]


def test_two_threads_deciding_at_once_lose_nothing(desk: Desk, datanet: Datanet) -> None:
    made = desk.contribute(datanet, [(f"a text about the subject number {n}", "food") for n in range(40)])
    ids = desk.ids(made)
    work = [ids[:20], ids[20:]]
    threads = [
        threading.Thread(target=lambda part=part: [desk.reviews.decide([each], "approve", CURATOR) for each in part])
        for part in work
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert desk.reviews.counts(made.id) == {"approve": 40}
    for _ in range(40):
        assert desk.reviews.undo(datanet.id, CURATOR) is not None
    assert desk.reviews.counts(made.id) == {"": 40}
