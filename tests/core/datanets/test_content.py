"""What a record holds: a text hashes as it always did, a row is one canonical text, a picture names its file."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.datanets import importers
from core.datanets.content import KINDS, Column, Picture, cells_of, guess_columns, number, row_of
from core.datanets.datanet import Datanet, Rules
from core.datanets.drafts import Terms
from core.datanets.importers import Options
from core.datanets.record import Record
from core.datanets.schema import schema_of
from core.errors import BadFile, BadInput, DatanetError
from core.jobs import silent
from tests.core.datanets.desk import DATA_KEY, GIVER, Desk

COLUMNS = (Column("width"), Column("height"), Column("colour", "category"))
TABLE = Rules("Flowers", ("iris", "rose"), "CC0-1.0", kind="table", columns=COLUMNS)
CSV = "width,height,colour,kind\n5.10,1e1,red,iris\n,12,blue,rose\n4,x,red,iris\n"


def test_rules_of_texts_are_the_bytes_they_always_were() -> None:
    rules = Rules("Topics", ("animal", "food"), "CC0-1.0")
    assert rules.meta == (
        b'{"access":"anyone","description":"","licence":"CC0-1.0","name":"Topics","review":"every record",'
        b'"schema":{"labels":["animal","food"],"languages":[],"task":"text classification"},"topic":"","v":1}'
    )
    record = Record.make("a small bird", "animal", "CC0-1.0", {"train"})
    assert record.canonical == (
        b'{"label":"animal","language":"","licence":"CC0-1.0","source":"","text":"a small bird","uses":["train"],"v":1}'
    )


@pytest.mark.parametrize("rules", [TABLE, Rules("Shapes", ("a", "b"), "CC0-1.0", kind="image")])
def test_rules_of_every_kind_are_read_back_from_their_bytes(rules: Rules) -> None:
    assert Rules.parse(rules.meta) == rules


@pytest.mark.parametrize(
    ("kind", "columns"),
    [("table", ()), ("text", COLUMNS), ("image", COLUMNS), ("sound", ()), ("table", (Column("a"), Column("A")))],
)
def test_columns_belong_to_tables_and_have_names_of_their_own(kind: str, columns: tuple[Column, ...]) -> None:
    with pytest.raises(BadInput):
        Rules("Name", ("a", "b"), "CC0-1.0", kind=kind, columns=columns)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("raw", "kept"),
    [("5.10", "5.1"), ("1e3", "1000"), ("-0", "0"), (".5", "0.5"), ("0.12345678949", "0.123456789"), ("1E-12", "0")],
)
def test_a_number_has_one_form(raw: str, kept: str) -> None:
    assert number(raw) == kept


@pytest.mark.parametrize("raw", ["x", "NaN", "inf", "1234567890123456", "1e99999999", "1,5", "0x10"])
def test_what_is_no_number_is_refused(raw: str) -> None:
    with pytest.raises(BadInput):
        number(raw)


def test_a_row_is_canonical_and_leaves_out_what_is_missing() -> None:
    text = row_of({"width": " 5.10 ", "height": "?", "colour": "dark  red"}, COLUMNS)
    assert text == '{"colour":"dark red","width":"5.1"}'
    assert cells_of(text) == {"colour": "dark red", "width": "5.1"}
    assert KINDS["table"].shown(text) == "colour dark red · width 5.1"
    assert row_of({"width": "NA"}, COLUMNS) == ""


@given(st.dictionaries(st.sampled_from(["width", "height"]), st.floats(-1e9, 1e9)), st.text(max_size=30))
def test_every_row_that_is_made_is_a_record_and_passes_its_check(numbers: dict[str, float], colour: str) -> None:
    text = row_of({name: repr(value) for name, value in numbers.items()} | {"colour": colour}, COLUMNS)
    if text:
        record = Record.make(text, "iris", "CC0-1.0", {"train"})
        assert record.text == text
        KINDS["table"].check(text, COLUMNS)


@pytest.mark.parametrize(
    "text",
    [
        "words",
        "{}",
        '{"width":5.1}',
        '{"width":"5.10"}',
        '{"depth":"1"}',
        '{"width": "5"}',
        '{"width":"5","colour":"red"}',
        '{"colour":""}',
        '["width"]',
    ],
)
def test_what_is_no_row_of_these_columns_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        KINDS["table"].check(text, COLUMNS)


def test_a_picture_is_named_by_its_digest_and_read_back() -> None:
    picture = Picture("ab" * 32, "image/png", 28, 30, 991)
    assert Picture.parse(picture.text) == picture
    assert picture.text == f'{{"bytes":991,"height":30,"media":"image/png","sha256":"{"ab" * 32}","width":28}}'
    for wrong in (
        picture.text.replace("28", "0"),
        picture.text.replace("png", "svg"),
        picture.text.replace("ab", "xy"),
    ):
        with pytest.raises(BadInput):
            Picture.parse(wrong)


def test_a_table_comes_in_by_the_names_of_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "flowers.csv"
    path.write_text(CSV)
    found = importers.inspect(path, Options(), silent(), TABLE.labels, COLUMNS)
    assert found.options.mapping is not None
    assert (found.options.mapping.columns, found.options.mapping.label) == (("width", "height", "colour"), "kind")
    assert [(fault.line, fault.reason, fault.column) for fault in found.malformed] == [(4, "not a number", "height")]
    skip = dataclasses.replace(found.options, skip_malformed=True)
    rows = [(row.text, row.label) for row in importers.read(path, skip, silent(), [], COLUMNS)]
    assert rows == [
        ('{"colour":"red","height":"10","width":"5.1"}', "iris"),
        ('{"colour":"blue","height":"12"}', "rose"),
    ]


def test_a_file_without_any_of_the_columns_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n3,4\n5,6\n")
    with pytest.raises(BadFile) as caught:
        importers.inspect(path, Options(), silent(), TABLE.labels, COLUMNS)
    assert caught.value.values["reason"] == "no column of the table"


def test_a_file_tells_what_datanet_it_would_make(tmp_path: Path) -> None:
    path = tmp_path / "flowers.csv"
    path.write_text("width,colour,species\n1,red,iris\n2.5,NA,rose\n,blue,iris\n4,red,rose\n")
    found = schema_of(path, silent())
    assert found.columns == (Column("width"), Column("colour", "category"))
    assert (found.label, found.labels) == ("species", ("iris", "rose"))
    assert guess_columns([{"a": "1", "b": "x"}, {"a": "", "b": "2"}], None) == (Column("a"), Column("b", "category"))


def test_rows_are_contributed_as_texts_are_and_a_wrong_one_cannot_be_signed(desk: Desk, tmp_path: Path) -> None:
    datanet: Datanet = desk.datanet(TABLE)
    path = tmp_path / "flowers.csv"
    path.write_text(CSV.replace("4,x", "4,6"))
    draft = desk.drafts.create(datanet.id, GIVER).id
    assert desk.drafts.add_file(draft, path, Options(), Terms("CC0-1.0"), silent()).rows == 3
    report = desk.preflights.run_draft(draft, silent())
    assert report.rows == 3
    row = desk.drafts.rows(draft)[0]
    assert row.kind == "table"
    desk.drafts.edit(draft, row.id, text='{"depth":"4"}')
    with pytest.raises(DatanetError) as caught:
        desk.contributions.freeze(draft, DATA_KEY, silent())
    assert caught.value.values["rows"] == [(row.id, "text", "not a row")]
    desk.drafts.undo(draft)
    given = desk.contributions.freeze(draft, DATA_KEY, silent())
    assert desk.contributions.proof(given.id, 0).holds


def test_preflight_of_rows_looks_into_categories_and_counts_values(desk: Desk) -> None:
    datanet = desk.datanet(TABLE)
    draft = desk.drafts.create(datanet.id, GIVER).id
    rows = [
        '{"colour":"write to ada@example.org","height":"1","width":"2"}',
        '{"width":"3"}',
        '{"colour":"red","height":"1","width":"2"}',
        '{"colour":"red","height":"1","width":"2"}',
    ]
    desk.drafts.add_rows(draft, [(row, "iris") for row in rows], Terms("CC0-1.0"))
    found = {(check, kind): n for check, kind, _, n in desk.preflights.run_draft(draft, silent()).counts}
    assert found[("cells", "email")] == 1
    assert found[("values", "mostly empty")] == 1
    assert found[("duplicate", "same record")] == 1


def test_novelty_of_a_row_compares_cells_and_of_a_text_its_words() -> None:
    table = KINDS["table"]
    one, other = (table.likeness(row_of({"width": w, "height": "2", "colour": "red"}, COLUMNS), COLUMNS) for w in "15")
    assert len(one.split()) == 3
    assert one.split()[1:] == other.split()[1:]
    assert one.split()[0] != other.split()[0]
    assert KINDS["text"].likeness("a text", ()) == "a text"
