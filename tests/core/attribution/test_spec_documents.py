"""The vector of documents and spans in the specification holds for the program and for the second implementation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.attribution import documents, verbatim
from core.jobs import silent
from core.models.retrieval.index import Index, ranking
from tests.doubles import poa

SPEC = Path(__file__).resolve().parents[3] / "core/attribution/SPEC.md"


@pytest.fixture(scope="module")
def vector() -> dict[str, Any]:
    part = SPEC.read_text(encoding="utf-8").split("Test vector of documents and spans")[1]
    return json.loads(part.split("```json")[1].split("```")[0])


def test_the_program_reproduces_every_integer(vector) -> None:
    Y, owner, x = (np.array(vector[name]) for name in ("Y", "owner", "x"))
    ids = tuple(bytes([place]) * 32 for place in range(len(Y)))
    index = Index("static-256", ("a",), Y.astype(np.int16), np.zeros(len(Y), np.int64), ids, ids, 0, 0)
    scores = index.scores(x.astype(np.int16))
    found = documents.carried(scores, owner, vector["k"])
    text = verbatim.folded(vector["text"]).text
    spans = verbatim.find(vector["records"], text, silent(), least=vector["L"])
    assert {
        "s": scores.tolist(),
        "ranking": list(ranking(scores, 8)),
        "score": found.score,
        "credits": [[place, credit] for place, _, credit in found.documents],
        "people": [list(one) for one in found.contributors],
        "folded": text,
        "spans": [[one.start, one.end, one.record, one.times] for one in spans],
        "credited": verbatim.credited(spans, len(text)).tolist(),
    } == {name: vector[name] for name in ("s", "ranking", "score", "credits", "people", "folded", "spans", "credited")}


def test_the_second_implementation_reproduces_it(vector) -> None:
    scores = [poa.document_score(vector["x"], y) for y in vector["Y"]]
    credits_, people = poa.carried(scores, vector["owner"], vector["k"])
    records = [verbatim.fold(record) for record in vector["records"]]
    spans = poa.verbatim(records, vector["folded"], vector["L"])
    assert scores == vector["s"]
    assert [list(one) for one in credits_] == vector["credits"]
    assert [list(one) for one in people] == vector["people"]
    assert [list(one) for one in spans] == vector["spans"]
    assert poa.credited_to(spans, len(vector["folded"])) == vector["credited"]
