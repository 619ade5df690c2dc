"""What is exported for a spreadsheet can never run there."""

from __future__ import annotations

import csv
import io

import pytest

from core.datanets.export import safe_cell, write_csv


@pytest.mark.parametrize("text", ["=1+1", "+49 30", "-2", "@SUM(A1)", "\tx", "\rx"])
def test_cells_that_a_spreadsheet_would_run_get_an_apostrophe(text: str) -> None:
    assert safe_cell(text) == "'" + text


def test_other_cells_and_quoting_stay_as_they_are() -> None:
    file = io.StringIO(newline="")
    assert write_csv(file, ["text", "=label"], [("one, two\nthree", 7), ('say "x"', None)]) == 2
    rows = list(csv.reader(io.StringIO(file.getvalue(), newline="")))
    assert rows == [["text", "'=label"], ["one, two\nthree", "7"], ['say "x"', "None"]]
