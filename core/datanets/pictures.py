"""The files behind picture records: kept sealed by digest, looked at once, given on with the records.

Nothing here decodes a picture: `look` does, in the model's process, because a file may come from anybody.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from core.artefacts import Artefacts
from core.clock import Clock, SystemClock
from core.datanets.content import MAX_PICTURE, Picture, Text
from core.datanets.store.query import many
from core.errors import BadInput, TooLarge
from core.storage import Database

_KEPT = 3_600  # seconds that a file may wait for the record that refers to it
FIELD = "file"  # in lines that carry a record: the bytes in base64
MAX_LINE = MAX_PICTURE // 3 * 4 + 64 * 1024  # characters


class Looked(Protocol):
    """What `look` tells of a file; see `core.models.pictures.Look`."""

    @property
    def media(self) -> str: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def print(self) -> bytes: ...
    @property
    def place(self) -> bool: ...


@dataclass(frozen=True)
class Seen:
    """`print` 32 bytes: (nearly) equal for pictures that look the same; `place`: it says where it was taken."""

    print: bytes
    place: bool


class Pictures:
    """Safe to share between threads."""

    def __init__(
        self, db: Database, artefacts: Artefacts, look: Callable[[bytes], Looked], clock: Clock | None = None
    ) -> None:
        self._db = db
        self._artefacts = artefacts
        self._look = look
        self._clock = clock or SystemClock()

    def add(self, content: bytes) -> Picture:
        """Look at a file and keep it. Raises BadFile, TooLarge, BadInput, DiskFull, WorkerError."""
        if len(content) > MAX_PICTURE:
            raise TooLarge(what="picture", found=len(content), limit=MAX_PICTURE)
        found = self._look(content)
        digest = hashlib.sha256(content).hexdigest()
        picture = Picture(digest, found.media, found.width, found.height, len(content))
        with self._artefacts.naming():
            self._artefacts.put(content)
            self._db.run(
                "INSERT OR REPLACE INTO pictures (text, sha256, print, place, created) VALUES (?, ?, ?, ?, ?)",
                picture.text,
                digest,
                found.print,
                int(found.place),
                self._clock.now(),
            )
        return picture

    def has(self, text: str) -> bool:
        return self._db.one("SELECT 1 FROM pictures WHERE text = ?", text) is not None

    def file(self, text: str) -> bytes:
        """The bytes of a record's picture. Raises BadInput (the text names none), DatabaseCorrupt (it is gone)."""
        return self._artefacts.get(Picture.parse(text).sha256)

    def seen(self, texts: Sequence[str]) -> dict[str, Seen]:
        return seen(self._db, texts)

    def sweep(self) -> int:
        """Files that no draft, record or call refers to any more go; how many."""
        with self._db.transaction():  # what is added again meanwhile waits for it
            gone = self._db.all(
                "SELECT text, sha256 FROM pictures WHERE created < ? AND text NOT IN (SELECT text FROM draft_rows "
                "UNION SELECT text FROM records UNION SELECT text FROM model_calls)",
                self._clock.now() - _KEPT,
            )
            for row in gone:
                self._db.run("DELETE FROM pictures WHERE text = ?", row["text"])
                if self._db.one("SELECT 1 FROM pictures WHERE sha256 = ?", row["sha256"]) is None:
                    self._artefacts.remove(row["sha256"])
        return len(gone)

    def _wanted_again(self, text: str) -> bool:
        """Whether it is here; it waits for its record from now on, or `sweep` could take it before that comes."""
        with self._db.transaction():
            self._db.run("UPDATE pictures SET created = ? WHERE text = ?", self._clock.now(), text)
            return self.has(text) and self._artefacts.has(Picture.parse(text).sha256)

    # With the records they belong to

    def pack(self, content: Text, text: str) -> dict[str, str]:
        """What a line that carries a record holds besides: nothing for content that is its own text."""
        return {FIELD: base64.b64encode(self.file(text)).decode()} if content.carries else {}

    def unpack(self, content: Text, text: str, line: dict[str, Any]) -> None:
        """Take in what came with a record. Raises BadInput unless it is the very file that the record names."""
        if not content.carries or self._wanted_again(text):
            return
        try:
            data = base64.b64decode(str(line[FIELD]), validate=True)
        except (KeyError, binascii.Error, ValueError) as error:
            raise BadInput(field="file", reason="missing") from error
        if hashlib.sha256(data).hexdigest() != Picture.parse(text).sha256 or self.add(data).text != text:
            raise BadInput(field="file", reason="other picture")


def seen(db: Database, texts: Sequence[str]) -> dict[str, Seen]:
    """By a record's text; what is not here is left out."""
    rows = db.all("SELECT text, print, place FROM pictures WHERE text IN (SELECT value FROM json_each(?))", many(texts))
    return {row["text"]: Seen(row["print"], bool(row["place"])) for row in rows}
