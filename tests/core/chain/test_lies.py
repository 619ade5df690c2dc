"""No lie is believed: each is refused, marked, outvoted or has no effect, and the table in the docs says so."""

from __future__ import annotations

import pytest

from core.worker.child import Child
from tests.core.chain.lies_table import TABLE, drip_outcome, form_outcome, outcome, table
from tests.doubles.lies import CASES, Case
from tests.doubles.odd_answers import FORMS, FormCase

SAFE = {"refused", "marked", "worked out", "outvoted"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.group}: {case.name}")
def test_a_lie_is_not_believed_and_what_became_of_it_has_words(case: Case) -> None:
    found = outcome(case)
    assert found.kind in SAFE, found.detail
    assert found.words
    assert "Reason:" not in found.words, "every reason is worded"


@pytest.mark.parametrize("case", FORMS, ids=lambda case: case.name)
def test_an_answer_of_another_form_is_refused(case: FormCase) -> None:
    found = form_outcome(case)
    assert found.kind in SAFE, found.detail
    assert found.words


def test_an_answer_that_drips_is_not_waited_for() -> None:
    assert drip_outcome().kind == "refused"


def test_the_table_in_the_docs_is_what_happened() -> None:
    simulator = Child("simulator")
    try:
        written, rows = table(simulator)
    finally:
        simulator.stop()
    assert {found.kind for _, _, found in rows} == SAFE
    assert len(rows) >= 150
    assert len({(group, name) for group, name, _ in rows}) == len(rows), "each lie once"
    assert written == TABLE.read_text("utf-8"), "python -m tests.core.chain.lies_table"
