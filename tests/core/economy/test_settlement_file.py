"""A contributor gets what he needs to check a settlement, and nothing in the file is believed."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.economy import challenge, proof_file, settlement_file
from core.economy.settlement import Settlement
from core.errors import BadFile, ProofMismatch
from core.storage import Database
from tests.core.economy import small_case


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Database]:
    found = small_case.database(tmp_path)
    yield found
    found.close()


@pytest.fixture
def settled(kept: Database) -> tuple[small_case.Model, Settlement]:
    made = small_case.model(n=30)
    small_case.call(kept, made, 9)
    return made, small_case.settle(kept, made)[1]


@pytest.fixture
def raw(settled: tuple[small_case.Model, Settlement]) -> bytes:
    made, done = settled
    body = small_case.body_of(done, made)
    return settlement_file.export(done, body, done.payout_root, made.manifest, small_case.FEATURES_SECRET)


def test_who_gets_it_can_check_the_settlement_from_it_alone(
    raw: bytes, settled: tuple[small_case.Model, Settlement]
) -> None:
    made, done = settled
    found = settlement_file.read(raw)
    assert found.id == small_case.body_of(done, made).id(done.payout_root)
    verdict = challenge.check(
        found.body, found.payout_root, found.tables, found.trees, found.signed, challenge.shown(done)
    )
    assert verdict.state == challenge.FINE
    assert found.tables.accounts == made.tables.accounts
    assert found.signed.sums.tolist() == done.sums.tolist()


def test_a_liars_trees_travel_with_it(raw: bytes, settled: tuple[small_case.Model, Settlement]) -> None:
    made, done = settled
    given = challenge.shown(done)
    body = small_case.body_of(done, made)
    longer = settlement_file.export(done, body, done.payout_root, made.manifest, small_case.FEATURES_SECRET, given)
    found = settlement_file.read(longer)
    assert found.shown.u is not None
    assert found.shown.scores is not None
    assert found.shown.payouts is not None
    assert (found.shown.u.tree.root, found.shown.scores.tree.root, found.shown.payouts.tree.root) == (
        body.u_root,
        body.scores_root,
        done.payout_root,
    )


def test_no_call_is_in_it(raw: bytes, kept: Database) -> None:
    document = json.loads(raw)
    assert "calls" not in document
    assert b"salts" not in raw


def forged(raw: bytes, change: Any) -> bytes:
    document = json.loads(raw)
    change(document)
    return proof_file.canonical(document) + b"\n"


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(version=2),
        lambda d: d.update(more=1),
        lambda d: d.pop("sums"),
        lambda d: d.update(body=d["body"][:-2]),
        lambda d: d.update(payout_root="00"),
        lambda d: d["records"]["X"].update(shape=[30]),
        lambda d: d["records"]["X"].update(dtype="<i4"),
        lambda d: d["records"]["labels"].update(data="!"),
        lambda d: d["head"].pop("V"),
        lambda d: d["sums"].update(secret="zz"),
        lambda d: d.update(shown={"u": 1}),
        lambda d: d.update(shown={"u": None, "scores": [["", "-1"]], "payouts": None}),
    ],
)
def test_another_form_is_refused(raw: bytes, change: Any) -> None:
    with pytest.raises(BadFile):
        settlement_file.read(forged(raw, change))


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"{}", b"\xff", b"[" * 100_000])
def test_what_is_no_settlement_file_is_said(content: bytes) -> None:
    with pytest.raises(BadFile):
        settlement_file.read(content)


@pytest.mark.parametrize("name", ["manifest", "sums", "weights", "account"])
def test_parts_of_another_settlement_are_seen(raw: bytes, name: str) -> None:
    def change(document: dict[str, Any]) -> None:
        if name == "manifest":
            document["manifest"] += " "
        elif name == "sums":
            document["sums"]["secret"] = "11" * 32
        elif name == "weights":
            document["records"]["secret"] = "11" * 32
        else:
            rows = document["records"]["accounts"]
            rows["data"] = rows["data"][4:] + rows["data"][:4]

    with pytest.raises((ProofMismatch, BadFile)):
        settlement_file.read(forged(raw, change))


def test_a_file_is_one_line_in_one_form(raw: bytes) -> None:
    with pytest.raises(BadFile):
        settlement_file.read(raw.replace(b'{"body"', b'{ "body"'))
    assert dataclasses.is_dataclass(settlement_file.read(raw))
