"""A file from outside: opened safely, its encoding found, read in lines with a limit."""

from __future__ import annotations

import codecs
import io
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from core.errors import BadFile, TooLarge
from core.jobs import Progress

MAX_FILE = 128 * 1024 * 1024  # bytes
MAX_LINE = 1_000_000  # characters
_CHUNK = 1 << 20
_SAMPLE = 1 << 18  # bytes shown to the encoding guesser; more only costs time
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Source:
    """One file. `encoding` is found unless given. Raises BadFile(reason=...) or TooLarge.

    Reasons: "missing", "permission", "not a file", "unreadable", "empty", "binary", "encoding" (with the line),
    "unknown encoding".
    """

    def __init__(self, path: Path, encoding: str | None, progress: Progress) -> None:
        self.path = path
        self._progress = progress
        self.size = self._measure()
        self.encoding = self._proven(encoding) if encoding else self._found()

    def _measure(self) -> int:
        with told(self.path):
            found = self.path.stat()
        if not stat.S_ISREG(found.st_mode):  # a pipe or a device would never end
            raise BadFile(path=str(self.path), reason="not a file")
        if found.st_size > MAX_FILE:
            raise TooLarge(what="file", path=str(self.path), found=found.st_size, limit=MAX_FILE)
        if found.st_size == 0:
            raise BadFile(path=str(self.path), reason="empty")
        return found.st_size

    def _found(self) -> str:
        with told(self.path), self.path.open("rb") as file:
            head = file.read(_SAMPLE)
        for mark, encoding in _MARKS:
            if head.startswith(mark):
                return self._proven(encoding)
        if b"\0" in head:
            raise BadFile(path=str(self.path), reason="binary")
        try:
            return self._proven("utf-8")
        except BadFile as error:
            from charset_normalizer import from_bytes  # only where it is not UTF-8

            best = from_bytes(head).best()
            if error.reason != "encoding" or best is None:
                raise
            return self._proven(best.encoding)

    def _proven(self, encoding: str) -> str:
        """The encoding, if the whole file can be read with it."""
        try:
            "".encode(encoding)  # refuses "hex", "zip" and others that are no text encodings
            decode = codecs.getincrementaldecoder(encoding)("strict").decode
        except LookupError as error:
            raise BadFile(path=str(self.path), reason="unknown encoding", value=encoding[:80]) from error
        line, done, blank = 1, 0, True
        with told(self.path), self.path.open("rb") as file:
            while True:
                self._progress.step("reading", done, self.size * 2)
                chunk = file.read(_CHUNK)
                try:
                    text = decode(chunk, not chunk)
                except UnicodeError as error:
                    line += chunk[: getattr(error, "start", 0)].count(b"\n")
                    raise BadFile(path=str(self.path), reason="encoding", line=line, value=encoding) from error
                if "\0" in text:
                    raise BadFile(
                        path=str(self.path), reason="binary", line=line + text[: text.index("\0")].count("\n")
                    )
                blank = blank and not text.strip()
                line += text.count("\n")
                done += len(chunk)
                if not chunk:
                    break
        if blank:
            raise BadFile(path=str(self.path), reason="empty")
        return encoding

    def head(self, characters: int = 65_536) -> str:
        with self._open() as (_, text):
            return text.read(characters)

    def whole(self) -> str:
        with self._open() as (_, text):
            return text.read()

    def lines(self, *, keep_ends: bool = False) -> Iterator[str]:
        """Lines in order; with their ends as they are when `keep_ends`, else ending in a newline.

        Raises TooLarge(what="line") past MAX_LINE, so one endless line does not fill the memory.
        """
        with self._open(newline="" if keep_ends else None) as (raw, text):
            number = 0
            while line := text.readline(MAX_LINE + 1):
                number += 1
                if len(line) > MAX_LINE:
                    raise TooLarge(what="line", path=str(self.path), line=number, found=len(line), limit=MAX_LINE)
                if not number % 256:
                    self._progress.step("reading", self.size + min(raw.tell(), self.size), self.size * 2)
                yield line

    @contextmanager
    def _open(self, newline: str | None = None) -> Iterator[tuple[BinaryIO, io.TextIOWrapper]]:
        with told(self.path), self.path.open("rb") as raw:
            yield raw, io.TextIOWrapper(raw, encoding=self.encoding, errors="strict", newline=newline)


@contextmanager
def told(path: Path) -> Iterator[None]:
    """What the system says, in our words."""
    try:
        yield
    except FileNotFoundError as error:
        raise BadFile(path=str(path), reason="missing") from error
    except PermissionError as error:
        raise BadFile(path=str(path), reason="permission") from error
    except UnicodeError as error:  # it was readable a moment ago
        raise BadFile(path=str(path), reason="changed while reading") from error
    except OSError as error:
        raise BadFile(path=str(path), reason="unreadable", system=error.strerror or "") from error
