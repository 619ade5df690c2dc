"""Records are found by words, label, person and state; what a person types is never an instruction to the search."""

from __future__ import annotations

import pytest

from core.datanets.datanet import Datanet
from core.datanets.records import Filter
from tests.core.datanets.desk import CURATOR, GIVER, Desk, person

ROWS = (
    ("A river flows through the old town", "plant"),
    ("The café by the river serves cake", "food"),
    ('Quoting "AND" or NEAR(this) is harmless', "animal"),
    ("Rivers of the north", "plant"),
)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("river", [0, 1, 3]),  # the last word may be unfinished
        ("river town", [0]),
        ("RIVER the", [0, 1]),
        ("cafe", [1]),
        ("and", [2]),
        ("NEAR(this", [2]),
        ('"', []),
        ("* OR -", [2]),
        ("text:river", []),
        ("river*", [0, 1, 3]),
        ("   ", [0, 1, 2, 3]),
        ("nowhere", []),
        ("riv\x00er", [0, 1, 3]),
        ("river \ud800", [0, 1, 3]),
        ('"river', [0, 1, 3]),
        ("river " * 20_000, [0, 1]),
    ],
)
def test_words_are_looked_for_and_not_obeyed(desk: Desk, datanet: Datanet, words: str, found: list[int]) -> None:
    desk.contribute(datanet, ROWS)
    wanted = Filter(datanet.id, search=words)
    assert [row.index for row in desk.records.page(wanted)] == found
    assert desk.records.count(wanted) == len(found)


def test_filters_narrow_and_pages_follow_the_order_of_arrival(desk: Desk, datanet: Datanet) -> None:
    first = desk.contribute(datanet, ROWS)
    second = desk.contribute(datanet, ROWS, person(11))
    desk.reviews.decide(desk.ids(first)[:1], "relabel", CURATOR, label="food", reason="about cake")
    desk.withdraw(second, (0,))
    assert desk.records.count(Filter(datanet.id)) == 8
    assert desk.records.count(Filter(datanet.id, account=GIVER.raw)) == 4
    assert desk.records.count(Filter(datanet.id, contribution=second.id)) == 4
    assert desk.records.count(Filter(datanet.id, label="food")) == 3
    assert desk.records.count(Filter(datanet.id, label="plant")) == 3
    assert desk.records.count(Filter(datanet.id, decision="relabel")) == 1
    assert desk.records.count(Filter(datanet.id, withdrawn=True)) == 1
    assert desk.records.count(Filter(datanet.id, withdrawn=False, search="river", label="food")) == 3
    whole = desk.records.page(Filter(datanet.id))
    assert [(row.contribution, row.index) for row in whole] == [
        (each.id, n) for each in (first, second) for n in range(4)
    ]
    assert desk.records.page(Filter(datanet.id), offset=3, limit=2) == whole[3:5]
    assert desk.records.after(Filter(datanet.id), whole[2].id, limit=3) == whole[3:6]
    row = desk.records.get(whole[0].id)
    assert (row.label, row.given_label, row.reason, row.number, row.account) == (
        "food",
        "plant",
        "about cake",
        1,
        GIVER,
    )


def test_the_overview_counts_what_the_ledger_knows(desk: Desk, datanet: Datanet) -> None:
    first = desk.contribute(datanet, ROWS)
    second = desk.contribute(datanet, ROWS, person(11))
    desk.contribute(datanet, ROWS, person(12))
    desk.draft(datanet)
    desk.reviews.decide(desk.ids(first)[2:3], "reject", CURATOR)
    desk.accept(first)
    desk.accept(second)
    desk.withdraw(second, (3,))
    seen = desk.datanets.overview(datanet.id, mine=[GIVER])
    assert (seen.records, seen.waiting, seen.accepted, seen.rejected, seen.withdrawn) == (12, 4, 6, 1, 1)
    assert (seen.contributors, seen.mine) == (3, 4)
    assert seen.labels == (("animal", 1), ("food", 2), ("plant", 3))
    people = {each.address: (each.contributions, each.records, each.accepted) for each in desk.people.all(datanet.id)}
    assert people == {CURATOR: (0, 0, 0), GIVER: (1, 4, 3), person(11): (1, 4, 4), person(12): (1, 4, 0)}
