"""A proof file holds parts that belong together, and only those."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.economy import proof_file
from core.errors import Cancelled, EconomyError, ProofMismatch
from core.jobs import Progress
from core.keccak import keccak256
from core.storage import Database
from tests.core.economy import small_case


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Database]:
    found = small_case.database(tmp_path)
    yield found
    found.close()


def test_a_proof_file_needs_parts_that_belong_together(kept: Database) -> None:
    whole = small_case.contents(kept, small_case.model(n=30), 5)
    proof_file.export(whole)
    other = keccak256(b"other")
    for change in (
        {"chain": dataclasses.replace(whole.chain, payout_root=other)},
        {"chain": dataclasses.replace(whole.chain, body=dataclasses.replace(whole.chain.body, scores_root=other))},
        {"chain": dataclasses.replace(whole.chain, package=other)},
        {"manifest": whole.manifest + b" "},
        {"release_leaves": whole.release_leaves[1:]},
        {"statements": whole.statements[1:]},
    ):
        with pytest.raises(ProofMismatch):
            proof_file.export(dataclasses.replace(whole, **change))
    for change in ({"answer": 6}, {"claimant": small_case.address("stranger")}):
        with pytest.raises(EconomyError):
            proof_file.export(dataclasses.replace(whole, **change))
    closed = [dataclasses.replace(one, x=None, salt=None) for one in whole.statements]
    with pytest.raises(EconomyError):
        proof_file.export(dataclasses.replace(whole, statements=closed))


def test_the_file_is_canonical_and_every_section_has_its_digest(kept: Database) -> None:
    raw = proof_file.export(small_case.contents(kept, small_case.model(n=30), 5))
    document = json.loads(raw)
    assert raw == proof_file.canonical(document) + b"\n"
    assert set(document["digests"]) == set(document["sections"])
    for name, section in document["sections"].items():
        assert document["digests"][name] == keccak256(proof_file.canonical(section)).hex()


def test_equal_contents_give_equal_bytes(kept: Database) -> None:
    whole = small_case.contents(kept, small_case.model(n=30), 5)
    assert proof_file.export(whole) == proof_file.export(whole)


def test_an_array_is_its_little_endian_bytes() -> None:
    assert proof_file.array(np.array([[1, -2]]), "<i2") == {"dtype": "<i2", "shape": [1, 2], "data": "AQD+/w=="}


def test_no_text_and_no_key_is_in_it(kept: Database) -> None:
    whole = small_case.contents(kept, small_case.model(n=30), 5)
    raw = proof_file.export(whole)
    assert small_case.PAYER_KEY.hex().encode() not in raw


def test_writing_it_can_be_stopped(kept: Database) -> None:
    stopped = Progress()
    stopped.cancel()
    with pytest.raises(Cancelled):
        proof_file.export(small_case.contents(kept, small_case.model(n=30), 5), stopped)
