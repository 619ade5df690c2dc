"""Files from outside are read as what they are, and every fault is named with its line."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

import pytest

from core.datanets import importers
from core.datanets.importers import Inspection, Mapped, Mapping, Options, base, source
from core.errors import BadFile, BadInput, Cancelled, TooLarge
from core.jobs import Progress, silent

LABELS = ("animal", "food", "plant")


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def inspect(path: Path, options: Options | None = None) -> Inspection:
    return importers.inspect(path, options or Options(), silent(), LABELS)


def read(path: Path) -> list[Mapped]:
    return list(importers.read(path, inspect(path).options, silent()))


def pairs(path: Path) -> list[tuple[str, str]]:
    return [(row.text, row.label) for row in read(path)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    rows = [("text", "label"), ("a bird; small, brown | shy", "animal"), ("soup", "food"), ("a tree", "plant")]
    lines = [delimiter.join(f'"{cell}"' for cell in row) for row in rows]
    path = write(tmp_path, "rows.csv", "\n".join(lines))
    assert inspect(path).options.delimiter == delimiter
    assert pairs(path) == rows[1:]


def test_quoted_newlines_and_quotes_stay_in_the_cell_and_lines_are_counted_as_in_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "rows.csv", 'text,label\r\n"two\r\nlines, ""quoted""",food\r\nplain,plant\r\n')
    assert [(row.line, row.text, row.label) for row in read(path)] == [
        (2, 'two\nlines, "quoted"', "food"),
        (4, "plain", "plant"),
    ]


def test_a_header_is_told_from_data(tmp_path: Path) -> None:
    named = write(tmp_path, "a.csv", "Gloss,Topic\none bird,animal\none soup,food\n")
    odd = write(tmp_path, "b.csv", "was,wozu\none bird,animal\none fish,animal\none soup,food\none pie,food\n")
    bare = write(tmp_path, "c.csv", "one bird,animal\none fish,animal\none soup,food\none pie,food\n")
    assert pairs(named) == [("one bird", "animal"), ("one soup", "food")]
    assert len(pairs(odd)) == 4
    assert len(pairs(bare)) == 4
    assert inspect(bare).columns == ("1", "2")
    assert inspect(bare, Options(header=True)).rows == 3  # the person has the last word


def test_columns_are_guessed_by_name_then_by_the_labels_then_by_shape(tmp_path: Path) -> None:
    by_name = write(tmp_path, "a.csv", "id,sentence,intent,lang\n1,turn it on,on,en\n2,turn it off,off,en\n")
    assert inspect(by_name).options.mapping == Mapping("sentence", "intent", None, "lang", None)
    by_labels = write(tmp_path, "b.csv", "x,y\nanimal,a very long text about a bird\nfood,another about soup\n")
    found = importers.inspect(by_labels, Options(header=True), silent(), LABELS)
    assert found.options.mapping == Mapping("y", "x")
    by_shape = write(tmp_path, "c.tsv", "".join(f"a rather long text number {n}\t{n % 2}\n" for n in range(8)))
    assert inspect(by_shape).options.mapping == Mapping("1", "2")


def test_malformed_rows_are_listed_with_their_lines_and_skipped_only_when_told(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "rows.csv",
        'text,label\ngood,food\ntoo,many,cells\nlonely\n"open quote,food\nalso good,plant\n,food\n',
    )
    found = inspect(path)
    faults = [(fault.line, fault.reason) for fault in found.malformed]
    assert faults == [(3, "columns"), (4, "columns"), (5, "quote"), (7, "no text")]
    assert found.rows == 2
    with pytest.raises(BadFile) as refused:
        list(importers.read(path, found.options, silent()))
    assert (refused.value.line, refused.value.reason) == (3, "columns")
    skipped: list[importers.Malformed] = []
    options = dataclasses.replace(found.options, skip_malformed=True)
    assert [row.text for row in importers.read(path, options, silent(), skipped)] == ["good", "also good"]
    assert [fault.line for fault in skipped] == [3, 4, 5, 7]


def test_an_unclosed_quote_costs_its_own_row_and_not_the_rest_of_the_file(tmp_path: Path) -> None:
    rows = "".join(f"text number {n},food\n" for n in range(5_000))
    path = write(tmp_path, "rows.csv", 'text,label\n"never closed,food\n' + rows)
    found = inspect(path)
    assert [(fault.line, fault.reason) for fault in found.malformed] == [(2, "quote")]
    assert found.rows == 5_000


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_encodings_are_found_by_their_marks(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path, "rows.csv", "text,label\nGrüße aus Łódź 世界,food\n".encode(encoding))
    assert pairs(path) == [("Grüße aus Łódź 世界", "food")]


def test_an_older_encoding_is_guessed_and_can_be_said(tmp_path: Path) -> None:
    words = "Die Häuser in der Straße sind größer und schöner geworden und der Bürgermeister freut sich darüber"
    path = write(tmp_path, "rows.csv", ("text,label\n" + f"{words},food\n" * 30).encode("cp1252"))
    assert read(path)[0].text == words
    said = inspect(path, Options(encoding="cp1252"))
    assert (said.options.encoding, said.sample[0].cells["text"]) == ("cp1252", words)


def test_bytes_that_are_no_text_in_any_encoding_are_refused_with_the_line(tmp_path: Path) -> None:
    path = write(tmp_path, "rows.csv", b"text,label\nfine,food\nbroken \xff\xfe\xff,food\n")
    with pytest.raises(BadFile) as refused:
        inspect(path, Options(encoding="utf-8"))
    assert (refused.value.reason, refused.value.line) == ("encoding", 3)
    for nonsense in ("hex", "no-such-thing"):
        with pytest.raises(BadFile) as refused:
            inspect(path, Options(encoding=nonsense))
        assert refused.value.reason == "unknown encoding"


def test_json_lines_take_objects_and_strings_and_point_at_what_is_neither(tmp_path: Path) -> None:
    lines = [
        '{"text": "a bird", "label": "animal", "nested": {"a": [1]}}',
        "",
        '"only a text"',
        '{"text": "numbers", "label": 7, "more": null}',
        "{broken",
        "[1, 2]",
        '{"text": NaN}',
        '{"label": "food"}',
        "[" * 50_000,
    ]
    found = inspect(write(tmp_path, "rows.jsonl", "\n".join(lines)))
    assert found.rows == 3
    reasons = [(fault.line, fault.reason) for fault in found.malformed]
    assert reasons == [(5, "not JSON"), (6, "not an object"), (7, "not JSON"), (8, "no text"), (9, "not JSON")]
    assert "nested" not in found.columns


def test_a_json_array_is_streamed_and_a_fault_names_its_line(tmp_path: Path) -> None:
    good = write(
        tmp_path, "rows.json", json.dumps([{"text": f"text {n}", "label": "food"} for n in range(3)], indent=1)
    )
    assert pairs(good) == [("text 0", "food"), ("text 1", "food"), ("text 2", "food")]
    assert [row.line for row in read(good)] == [2, 6, 10]
    for content, line in (
        ('[\n{"text": "a"},\n{"text": }\n]', 3),
        ('[{"text": "a"}\n{"text": "b"}]', 2),
        ('[{"text": "a"}', 1),
    ):
        with pytest.raises(BadFile) as refused:
            inspect(write(tmp_path, "bad.json", content))
        assert (refused.value.reason, refused.value.line) == ("not JSON", line)
    with pytest.raises(BadFile) as refused:
        inspect(write(tmp_path, "object.json", '{"text": "a"}'))
    assert refused.value.reason == "not a list"


def test_plain_lines_are_texts_without_labels(tmp_path: Path) -> None:
    path = write(tmp_path, "notes.txt", "first line\r\n\r\n  second, with a comma \r\n")
    assert pairs(path) == [("first line", ""), ("second, with a comma", "")]


def test_content_decides_where_the_name_says_nothing(tmp_path: Path) -> None:
    formats = {
        '{"text": "a"}\n{"text": "b"}\n': "jsonl",
        '[{"text": "a"}]': "json",
        "text,label\none,food\ntwo,plant\n": "csv",
        "just some words\nand more of them\n": "lines",
    }
    for number, (content, expected) in enumerate(formats.items()):
        assert inspect(write(tmp_path, f"file{number}.data", content)).options.format == expected


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b" \n\n\t\n", "empty"),
        (b"text,label\n", "empty"),
        (b"PK\x03\x04\x00\x00\x00", "binary"),
        (b"a,b\nc\0d,e\n", "binary"),
    ],
)
def test_empty_and_binary_files_are_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(BadFile) as refused:
        inspect(write(tmp_path, "file.csv", content))
    assert refused.value.reason == reason


def test_files_that_cannot_be_opened_say_why(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    for path, reason in (
        (tmp_path / "none.csv", "missing"),
        (tmp_path, "not a file"),
        (tmp_path / "pipe.csv", "not a file"),
    ):
        with pytest.raises(BadFile) as refused:
            inspect(path)
        assert refused.value.reason == reason


def test_what_the_system_says_comes_out_in_our_words(tmp_path: Path) -> None:
    said = [(PermissionError(13, "no"), "permission"), (OSError(5, "I/O error"), "unreadable")]
    for error, reason in said:
        with pytest.raises(BadFile) as refused, source.told(tmp_path):
            raise error
        assert refused.value.reason == reason


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_says_so(tmp_path: Path) -> None:
    path = write(tmp_path, "secret.csv", "text\na\n")
    path.chmod(0)
    with pytest.raises(BadFile) as refused:
        inspect(path)
    assert refused.value.reason == "permission"


def test_sizes_have_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    field = write(tmp_path, "field.jsonl", json.dumps({"text": "x" * (base.MAX_FIELD + 1)}))
    line = write(tmp_path, "line.txt", "x" * (source.MAX_LINE + 1))
    cell = write(tmp_path, "cell.csv", 'text,label\n"' + "x" * 140_000 + '",food\n')
    many = write(tmp_path, "many.txt", "row\n" * 11)
    monkeypatch.setattr(importers, "MAX_ROWS", 10)
    for path, what in ((field, "field"), (line, "line"), (cell, "field"), (many, "rows")):
        with pytest.raises(TooLarge) as refused:
            inspect(path)
        assert refused.value.what == what
    monkeypatch.setattr(source, "MAX_FILE", 5)
    with pytest.raises(TooLarge) as refused:
        inspect(many)
    assert refused.value.what == "file"


def test_a_file_of_faults_alone_is_refused_early(tmp_path: Path) -> None:
    path = write(tmp_path, "bad.csv", "text,label\ngood,food\n" + "a,b,c\n" * 5_000)
    with pytest.raises(BadFile) as refused:
        inspect(path)
    assert refused.value.reason == "too many malformed rows"


def test_a_column_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "rows.csv", "text,label\none,food\n")
    with pytest.raises(BadInput) as refused:
        inspect(path, Options(mapping=Mapping("texts")))
    assert refused.value.value == "texts"
    with pytest.raises(BadInput):
        inspect(path, Options(format="xlsx"))


def test_reading_reports_progress_and_stops_when_told(tmp_path: Path) -> None:
    path = write(tmp_path, "rows.txt", "a line of text\n" * 3_000)
    seen: list[float] = []
    progress = Progress(lambda fraction, _words: seen.append(fraction or 0.0))
    importers.inspect(path, Options(), progress)
    assert all(0 <= fraction <= 1 for fraction in seen)
    rows = importers.read(path, Options(mapping=Mapping("text")), progress)
    next(rows)
    progress.cancel()
    with pytest.raises(Cancelled):
        list(rows)
