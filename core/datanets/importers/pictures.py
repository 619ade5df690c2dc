"""Pictures from a folder, a zip or one file. A label is the name of the folder a picture lies in, or stands in a CSV.

The CSV (the only one at the top) names a picture by its path or file name in one column and its label in another.
Nothing is unpacked to disk: zip entries are read one by one, within their limits, and their names are only looked at.
"""

from __future__ import annotations

import csv
import io
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from core.datanets.content import MAX_PICTURE
from core.datanets.importers.base import Malformed, Mapping, Options, Row
from core.datanets.text import clean_line
from core.errors import BadFile, TooLarge
from core.files import read_small
from core.jobs import Progress

SUFFIXES = (".jpeg", ".jpg", ".png", ".webp")
MAX_PICTURES = 20_000
MAX_ARCHIVE = 4 * 1024 * 1024 * 1024  # bytes of a zip
_MAX_CSV = 16 * 1024 * 1024
_MAX_RATIO = 100
_FILE = ("file", "filename", "file_name", "image", "path", "name")
_LABEL = ("label", "labels", "class", "category", "target", "tag")


@dataclass(frozen=True)
class Found:
    """A picture not read yet: where it lies, the label it has there, and its bytes when asked for."""

    number: int
    name: str
    label: str
    read: Callable[[], bytes]


def find(path: Path, progress: Progress) -> Iterator[Found]:
    """Every picture in the order of names. Raises BadFile, TooLarge; `read` of one may raise them too."""
    if path.is_dir():
        yield from _numbered(_in_folder(path, progress))
    elif path.suffix.casefold() == ".zip":
        try:
            with zipfile.ZipFile(path) as archive:
                yield from _numbered(_in_zip(path, archive))
        except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
            raise BadFile(path=str(path), reason="missing" if not path.exists() else "not a zip") from error
    elif path.suffix.casefold() in SUFFIXES:
        yield Found(1, path.name, "", lambda: read_small(path, MAX_PICTURE))
    else:
        raise BadFile(path=str(path), reason="missing" if not path.exists() else "no pictures")


def inspection(path: Path, progress: Progress, shown: int) -> tuple[Options, list[Row], int]:
    """Options as they will be used, the first pictures, and how many there are. Raises BadFile, TooLarge."""
    sample: list[Row] = []
    count = 0
    for found in find(path, progress):
        count += 1
        if len(sample) < shown:
            sample.append(Row(found.number, {"file": found.name, "label": found.label}))
    if not count:
        raise BadFile(path=str(path), reason="no pictures")
    return Options("pictures", mapping=Mapping("file", "label")), sample, count


def fault(found: Found, error: BadFile | TooLarge) -> Malformed:
    reason = "picture too large" if isinstance(error, TooLarge) else str(error.values.get("reason", ""))
    return Malformed(found.number, reason, column=found.name)


def _numbered(entries: list[tuple[str, Callable[[], bytes]]]) -> Iterator[Found]:
    pictures = sorted((name, read) for name, read in entries if name.casefold().endswith(SUFFIXES))
    if len(pictures) > MAX_PICTURES:
        raise TooLarge(what="pictures", found=len(pictures), limit=MAX_PICTURES)
    lists = [read for name, read in entries if name.casefold().endswith(".csv") and "/" not in name.strip("/")]
    told = _labels(lists[0]()) if len(lists) == 1 else {}
    for number, (name, read) in enumerate(pictures, start=1):
        place = PurePosixPath(name)
        label = told.get(name) or told.get(place.name) or (place.parent.name if not told else "")
        yield Found(number, name, clean_line(label), read)


def _in_folder(path: Path, progress: Progress) -> list[tuple[str, Callable[[], bytes]]]:
    found: list[tuple[str, Callable[[], bytes]]] = []
    for folder, names, files in os.walk(path):
        progress.check()
        names[:] = [name for name in names if not name.startswith(".")]
        for file in files:
            whole = Path(folder) / file
            if not file.startswith(".") and file.casefold().endswith((*SUFFIXES, ".csv")) and not whole.is_symlink():
                limit = _MAX_CSV if file.casefold().endswith(".csv") else MAX_PICTURE
                found.append((whole.relative_to(path).as_posix(), _reader(whole, limit)))
        if len(found) > MAX_PICTURES + 1:
            raise TooLarge(what="pictures", found=len(found), limit=MAX_PICTURES)
    return found


def _reader(path: Path, limit: int) -> Callable[[], bytes]:
    return lambda: read_small(path, limit)


def _in_zip(path: Path, archive: zipfile.ZipFile) -> list[tuple[str, Callable[[], bytes]]]:
    if path.stat().st_size > MAX_ARCHIVE:
        raise TooLarge(what="file", path=str(path), found=path.stat().st_size, limit=MAX_ARCHIVE)
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > 2 * MAX_PICTURES:
        raise TooLarge(what="pictures", found=len(infos), limit=MAX_PICTURES)
    wanted = [info for info in infos if not info.filename.startswith(("__MACOSX/", "."))]
    top = _common_top([info.filename for info in wanted])
    return [(info.filename.removeprefix(top), _extractor(archive, info)) for info in wanted]


def _common_top(names: list[str]) -> str:
    """The one folder that everything lies in, as zips of a folder have it, if labels lie below it."""
    first = names[0].partition("/")[0] + "/" if names else ""
    inside = all(name.startswith(first) for name in names)
    return first if inside and any("/" in name.removeprefix(first) for name in names) else ""


def _extractor(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        limit = _MAX_CSV if info.filename.casefold().endswith(".csv") else MAX_PICTURE
        if info.file_size > limit or info.file_size > max(1, info.compress_size) * _MAX_RATIO:
            raise TooLarge(what="picture", found=info.file_size, limit=limit)
        if info.flag_bits & 0x1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise BadFile(path=info.filename, reason="archive method")
        try:
            with archive.open(info) as stream:
                content = stream.read(limit + 1)  # never more than is allowed, whatever it claims
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
            raise BadFile(path=info.filename, reason="damaged picture") from error
        if len(content) > limit:
            raise TooLarge(what="picture", found=len(content), limit=limit)
        return content

    return read


def _labels(content: bytes) -> dict[str, str]:
    """File -> label. Nothing where the list has no such columns."""
    try:
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    except (UnicodeError, csv.Error):
        return {}
    names = [name for name in (rows[0] if rows else {}) if name]
    file = next((name for name in names if name.casefold() in _FILE), None)
    label = next((name for name in names if name.casefold() in _LABEL and name != file), None)
    if file is None or label is None:
        return {}
    return {(row[file] or "").replace("\\", "/").removeprefix("./"): row[label] or "" for row in rows}
