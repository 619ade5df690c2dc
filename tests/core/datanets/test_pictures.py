"""Pictures: found in folders and zips, kept by digest, given on with their records, and nothing taken on trust."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.artefacts import Artefacts
from core.datanets import exchange
from core.datanets.content import MAX_PICTURE
from core.datanets.contribution import ContributeCall
from core.datanets.datanet import Rules
from core.datanets.drafts import Terms
from core.datanets.importers.pictures import find
from core.datanets.pictures import Pictures
from core.errors import BadFile, BadInput, TooLarge
from core.jobs import silent
from core.storage import Database
from core.vault.migrations import MIGRATIONS
from tests.core.datanets.desk import DATA_KEY, GIVER, Desk, StillClock, tx

SHAPES = Rules("Shapes", ("circle", "square"), "CC0-1.0", kind="image")
TERMS = Terms("CC0-1.0", frozenset({"train", "share"}))


@dataclass(frozen=True)
class Told:
    """What a look would say. Bytes stand for a picture here; the real look is tested with the models."""

    media: str
    width: int
    height: int
    print: bytes
    place: bool


def look(content: bytes) -> Told:
    if not content.startswith(b"picture"):
        raise BadFile(path="", reason="not a picture")
    print_ = hashlib.sha256(content.partition(b"~")[0]).digest()  # what follows a ~ does not change the look
    return Told("image/png", 8, 9, print_, b"gps" in content)


def desk_with(folder: Path) -> tuple[Desk, Pictures]:
    folder.mkdir(exist_ok=True)
    steps = MIGRATIONS
    db = Database(folder / "vault.db", bytes(32), steps)
    clock = StillClock()
    return Desk(db, clock), Pictures(db, Artefacts(folder / "files", bytes(32)), look, clock)


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[Desk, Pictures]]:
    desk, pictures = desk_with(tmp_path / "own")
    yield desk, pictures
    desk.db.close()


def tree(folder: Path) -> Path:
    for name in ("circle/1.png", "circle/2.PNG", "square/1.jpg", "square/.hidden.png", "notes.txt"):
        path = folder / "shapes" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"picture " + name.encode())
    return folder / "shapes"


def packed(folder: Path, entries: dict[str, bytes]) -> Path:
    path = folder / "shapes.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def test_a_folder_gives_its_labels_by_the_names_of_its_folders(tmp_path: Path) -> None:
    found = [(one.name, one.label) for one in find(tree(tmp_path), silent())]
    assert found == [("circle/1.png", "circle"), ("circle/2.PNG", "circle"), ("square/1.jpg", "square")]


def test_a_zip_of_a_folder_is_read_as_the_folder_would_be(tmp_path: Path) -> None:
    path = packed(tmp_path, {"all/circle/1.png": b"one", "all/square/2.png": b"two", "__MACOSX/x.png": b"no"})
    found = [(one.name, one.label, one.read()) for one in find(path, silent())]
    assert found == [("circle/1.png", "circle", b"one"), ("square/2.png", "square", b"two")]


def test_a_list_says_the_labels_where_there_is_one(tmp_path: Path) -> None:
    folder = tmp_path / "flat"
    folder.mkdir()
    for name in ("a.png", "b.png", "c.png"):
        (folder / name).write_bytes(b"picture")
    (folder / "labels.csv").write_text("file,label\na.png,circle\n./b.png,square\n")
    assert [(one.name, one.label) for one in find(folder, silent())] == [
        ("a.png", "circle"),
        ("b.png", "square"),
        ("c.png", ""),
    ]


def test_a_zip_that_unpacks_to_far_more_than_it_holds_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path, {"circle/1.png": bytes(4_000_000)})
    found = find(path, silent())
    one = next(found)
    with pytest.raises(TooLarge):
        one.read()
    del found


@pytest.mark.parametrize(
    ("name", "reason"), [("none", "missing"), ("plain.txt", "no pictures"), ("bad.zip", "not a zip")]
)
def test_what_holds_no_pictures_is_said_so(tmp_path: Path, name: str, reason: str) -> None:
    if name != "none":
        (tmp_path / name).write_bytes(b"words")
    with pytest.raises(BadFile) as caught:
        list(find(tmp_path / name, silent()))
    assert caught.value.values["reason"] == reason


def test_one_bad_picture_stops_the_import_or_is_left_out_by_name(both: tuple[Desk, Pictures], tmp_path: Path) -> None:
    desk, pictures = both
    folder = tree(tmp_path)
    (folder / "circle" / "0.png").write_bytes(b"words")
    draft = desk.drafts.create(desk.datanet(SHAPES).id, GIVER).id
    with pytest.raises(BadFile) as caught:
        desk.drafts.add_pictures(draft, folder, pictures, TERMS, silent())
    assert (caught.value.values["path"], caught.value.values["reason"]) == ("circle/0.png", "not a picture")
    added = desk.drafts.add_pictures(draft, folder, pictures, TERMS, silent(), skip=True)
    assert (added.rows, [(one.reason, one.column) for one in added.skipped]) == (3, [("not a picture", "circle/0.png")])
    rows = desk.drafts.rows(draft)
    assert (rows[0].kind, rows[0].source, rows[0].label) == ("image", "circle/1.png", "circle")
    assert pictures.file(rows[0].text) == b"picture circle/1.png"


def test_preflight_finds_copies_look_alikes_and_places(both: tuple[Desk, Pictures], tmp_path: Path) -> None:
    desk, pictures = both
    folder = tmp_path / "circle"
    folder.mkdir()
    for number, content in enumerate((b"picture a", b"picture a", b"picture a~ again", b"picture gps", b"picture b")):
        (folder / f"{number}.png").write_bytes(content)
    draft = desk.drafts.create(desk.datanet(SHAPES).id, GIVER).id
    desk.drafts.add_pictures(draft, tmp_path, pictures, TERMS, silent())
    desk.preflights.run_draft(draft, silent())
    found = [(one.check, one.kind, one.detail.get("of")) for one in desk.preflights.findings(draft=draft) if one.row]
    assert found == [
        ("duplicate", "same record", 1),
        ("look-alike", "looks the same", 1),
        ("place", "told", None),
    ]


def contributed(both: tuple[Desk, Pictures], tmp_path: Path) -> tuple[int, Path]:
    desk, pictures = both
    draft = desk.drafts.create(desk.datanet(SHAPES).id, GIVER).id
    desk.drafts.add_pictures(draft, tree(tmp_path), pictures, TERMS, silent())
    given = desk.contributions.freeze(draft, DATA_KEY, silent())
    desk.contributions.committed(given.id, 1, tx(2), 2)
    path = tmp_path / "given"
    assert exchange.write_contribution(desk.db, given.id, path, silent(), pictures) == 3
    return given.id, path


def test_pictures_travel_with_their_records(both: tuple[Desk, Pictures], tmp_path: Path) -> None:
    given, path = contributed(both, tmp_path)
    desk, _ = both
    other, theirs = desk_with(tmp_path / "other")
    datanet = other.datanet(SHAPES)
    found = desk.contributions.get(given)
    told = ContributeCall(1, found.root, found.count, found.consent_hash)
    other.contributions.seen(datanet.id, 1, GIVER, told, tx(2), 2)
    taken = exchange.read_contribution(other.db, datanet.id, path, silent(), theirs)
    rows = other.db.all("SELECT text FROM records WHERE contribution_id = ?", taken)
    assert [theirs.file(row["text"]) for row in rows] == [
        b"picture circle/1.png",
        b"picture circle/2.PNG",
        b"picture square/1.jpg",
    ]
    assert set(theirs.seen([row["text"] for row in rows])) == {row["text"] for row in rows}
    other.db.close()


def test_another_file_than_the_record_names_is_not_taken_in(both: tuple[Desk, Pictures]) -> None:
    desk, pictures = both
    text = pictures.add(b"picture mine").text
    desk.db.run("DELETE FROM pictures")
    wrong = {"file": base64.b64encode(b"picture other").decode()}
    for line in ({}, {"file": "?"}, wrong):
        with pytest.raises(BadInput):
            pictures.unpack(SHAPES.content, text, line)
    assert not pictures.has(text)


def test_a_file_too_large_is_not_even_looked_at(both: tuple[Desk, Pictures]) -> None:
    with pytest.raises(TooLarge):
        both[1].add(b"picture" + bytes(MAX_PICTURE))


def test_files_that_nothing_refers_to_go_after_a_while(both: tuple[Desk, Pictures], tmp_path: Path) -> None:
    desk, pictures = both
    lonely = pictures.add(b"picture lonely").text
    draft = desk.drafts.create(desk.datanet(SHAPES).id, GIVER).id
    desk.drafts.add_pictures(draft, tree(tmp_path), pictures, TERMS, silent())
    assert pictures.sweep() == 0
    desk.clock.time += 4_000
    assert pictures.sweep() == 1
    assert not pictures.has(lonely)
    assert all(pictures.has(row.text) for row in desk.drafts.rows(draft))


def test_a_picture_that_a_record_brings_again_waits_for_it(both: tuple[Desk, Pictures]) -> None:
    desk, pictures = both
    made = pictures.add(b"picture of a draft that is gone")
    line = pictures.pack(SHAPES.content, made.text)
    desk.clock.time += 3_601
    pictures.unpack(SHAPES.content, made.text, line)
    assert pictures.sweep() == 0  # somebody adds pictures elsewhere, before the records are kept
    assert pictures.file(made.text) == b"picture of a draft that is gone"


def test_a_file_that_was_lost_comes_back_with_a_record(both: tuple[Desk, Pictures], tmp_path: Path) -> None:
    _, pictures = both
    made = pictures.add(b"picture that a disk lost")
    line = pictures.pack(SHAPES.content, made.text)
    Artefacts(tmp_path / "own" / "files", bytes(32)).remove(made.sha256)
    pictures.unpack(SHAPES.content, made.text, line)
    assert pictures.file(made.text) == b"picture that a disk lost"
