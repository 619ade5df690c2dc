"""The rules of a Datanet are one public document with one hash, and bad ones are refused by name."""

from __future__ import annotations

import pytest

from core.datanets import canonical
from core.datanets.commitment import Place
from core.datanets.datanet import Rules
from core.errors import BadInput, DatanetError
from core.keccak import keccak256
from core.units import Address
from tests.core.datanets.desk import CURATOR, PLACE, RULES, Desk, person, tx

FULL = Rules(
    "Fragen & Antworten",
    ("ja", "nein"),
    "CC-BY-4.0",
    topic="customer questions",
    description="Two lines\nof words.",
    languages=("de", "pt-BR"),
    access="invited",
    review="flagged records",
)


def test_the_meta_document_reads_back_and_hashes_the_same() -> None:
    assert Rules.parse(FULL.meta) == FULL
    assert FULL.meta_hash == keccak256(FULL.meta)
    assert b'"review":"flagged records"' in FULL.meta


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "ü" * 51}, "name"),  # the contract counts bytes
        ({"name": "a\nb"}, "name"),
        ({"labels": ("one",)}, "labels"),
        ({"labels": tuple(map(str, range(65)))}, "labels"),
        ({"labels": ("Yes", "yes")}, "labels"),
        ({"labels": ("a", "")}, "labels"),
        ({"labels": ("a", "b\u202e")}, "labels"),
        ({"licence": ""}, "licence"),
        ({"languages": ("klingon!",)}, "language"),
        ({"description": "x" * 5_001}, "description"),
        ({"access": "nobody"}, "access"),
        ({"review": "never"}, "review"),
    ],
)
def test_bad_rules_are_refused_by_field(change: dict[str, object], field: str) -> None:
    values = {"name": "Topics", "labels": ("a", "b"), "licence": "CC0-1.0", **change}
    with pytest.raises(BadInput) as refused:
        Rules(**values)  # type: ignore[arg-type]
    assert refused.value.field == field


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"schema": {"task": "images", "labels": ["a", "b"], "languages": []}},
        {"schema": {"task": "text classification", "labels": ["a", 2], "languages": []}},
        {"schema": None},
        {"name": 7},
        {"extra": ""},
    ],
)
def test_a_foreign_document_of_another_shape_is_refused(change: dict[str, object]) -> None:
    plain = canonical.decode(RULES.meta, field="meta", limit=10_000)
    with pytest.raises(BadInput):
        Rules.parse(canonical.encode({**plain, **change}))


def test_a_draft_can_change_until_the_ledger_has_it(desk: Desk) -> None:
    made = desk.datanets.create(RULES, CURATOR)
    assert made.place is None
    assert desk.datanets.change(made.id, FULL).rules == FULL
    call = desk.datanets.call(made.id)
    assert (call.name, call.meta_hash, call.curators) == (FULL.name, FULL.meta_hash, ())
    placed = desk.datanets.committed(made.id, PLACE, tx(1), 5)
    assert (placed.place, placed.block) == (PLACE, 5)
    assert desk.datanets.committed(made.id, PLACE, tx(1), 5) == placed
    assert desk.datanets.at(PLACE) == placed
    for refused in (
        lambda: desk.datanets.change(made.id, RULES),
        lambda: desk.datanets.discard(made.id),
        lambda: desk.datanets.committed(made.id, Place(1, PLACE.contract, 9), tx(2), 6),
    ):
        with pytest.raises(DatanetError):
            refused()


def test_a_discarded_draft_is_gone(desk: Desk) -> None:
    made = desk.datanets.create(RULES, CURATOR)
    desk.drafts.create(made.id, CURATOR)
    desk.datanets.discard(made.id)
    assert desk.datanets.all() == []
    with pytest.raises(DatanetError):
        desk.datanets.get(made.id)


def test_further_curators_stand_in_the_call(desk: Desk) -> None:
    made = desk.datanets.create(RULES, CURATOR)
    desk.people.set(made.id, person(3), curator=True)
    desk.people.set(made.id, person(4), invited=True)
    assert desk.datanets.call(made.id).curators == (person(3),)


def test_joining_needs_the_document_that_the_ledger_names(desk: Desk) -> None:
    owner = Address(bytes([9]) * 20)
    with pytest.raises(BadInput):
        desk.datanets.join(RULES.meta, PLACE, bytes(32), owner)
    joined = desk.datanets.join(RULES.meta, PLACE, RULES.meta_hash, owner)
    assert desk.datanets.join(RULES.meta, PLACE, RULES.meta_hash, owner) == joined
    assert joined.creator == owner
    assert desk.people.get(joined.id, owner).curator


def test_people_keep_their_roles_and_unknown_ones_have_none(desk: Desk) -> None:
    closed = desk.datanet(FULL)
    assert not desk.people.may_contribute(closed.id, person(5))
    desk.people.set(closed.id, person(5), name="Ada\u202e", invited=True)
    assert desk.people.may_contribute(closed.id, person(5))
    desk.people.set(closed.id, person(5), trusted=True)
    known = desk.people.get(closed.id, person(5))
    assert (known.name, known.invited, known.trusted, known.curator) == ("Ada", True, True, False)
    assert desk.people.trusted(closed.id) == {person(5)}
    assert desk.people.may_contribute(closed.id, CURATOR)
    with pytest.raises(DatanetError):
        desk.people.require_curator(closed.id, person(5))
    assert not desk.people.get(closed.id, person(6)).invited
