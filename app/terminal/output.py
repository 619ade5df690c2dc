"""How a command answers: words and tables for people, one JSON value for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from app.terminal import guide
from core.units import Address, Amount
from core.values import Signed


def plain(value: Any) -> Any:
    """A value as JSON can hold it: amounts as decimal strings of wei, addresses in EIP-55, bytes as 0x hex."""
    if isinstance(value, Amount):
        return str(value.wei)
    if isinstance(value, Address):
        return str(value)
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    return value


_JOINERS = "\u200c\u200d"  # letters of some scripts, and pictures made of several, need them


def safe(text: object, *, lines: bool = True) -> str:
    """Text from files and other people cannot move the cursor, colour the screen or turn the direction of reading;
    without `lines` it stays on its line as well, and cannot pass for one of ours.
    """
    kept = f"\n\t{_JOINERS}" if lines else _JOINERS
    return "".join(c if c.isprintable() or c in kept else " " for c in str(text))


class Output:
    """`json=True` prints exactly one JSON value, the last one given; words then go to standard error."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    def flush(self) -> None:
        """Now, for who reads while the command goes on."""
        sys.stdout.flush()

    def say(self, words: str) -> None:
        print(safe(words), file=sys.stderr if self.as_json else sys.stdout, flush=True)

    def value(self, value: Any, words: str | None = None) -> None:
        if self.as_json:
            print(json.dumps(plain(value), indent=1))
        elif words is not None:
            print(safe(words))
        elif isinstance(value, Signed):
            print(safe(_signed(value)))
        else:
            self._mapping(plain(value))

    def table(
        self,
        rows: Sequence[Any],
        columns: Mapping[str, str],
        empty: str,
        *,
        words: Mapping[str, Callable[[Any], str]] | None = None,
    ) -> None:
        """`columns` maps an attribute (dotted) to its heading; `words` says a column's cells, from the whole row, as
        the screens do. JSON stays as core has it.
        """
        said = words or {}
        if self.as_json:
            print(json.dumps(plain(rows), indent=1))
            return
        if not rows:
            print(empty)
            return
        cells = [[_worded(said[name](row)) if name in said else _cell(row, name) for name in columns] for row in rows]
        widths = [max(len(heading), *(len(line[i]) for line in cells)) for i, heading in enumerate(columns.values())]
        for line in [list(columns.values()), ["-" * width for width in widths], *cells]:
            print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())

    def _mapping(self, value: Any, indent: str = "") -> None:
        if not isinstance(value, dict):
            print(f"{indent}{safe(value)}")
            return
        for key, item in ((safe(key, lines=False), item) for key, item in value.items()):
            if isinstance(item, dict):
                print(f"{indent}{key}:")
                self._mapping(item, indent + "  ")
            elif isinstance(item, list) and item and isinstance(item[0], (dict, list)):
                print(f"{indent}{key}: {len(item)} entries")
            else:
                print(f"{indent}{key}: {safe(item, lines=False)}")


def _signed(one: Signed) -> str:
    """What was signed, done: where it stands, what it cost, what it made, and what comes next."""
    done = f"Done in block {one.block:,}, for a fee of {one.fee.text(9)} OPEN. Transaction {one.tx_hash}."
    made = guide.MADE.get(one.what)
    if made is None or not isinstance(one.result, int):
        return done
    return f"{done}\n{made.format(result=one.result)}"


def _worded(text: str) -> str:
    return safe(text, lines=False)[:80]


def _cell(row: Any, name: str) -> str:
    for part in name.split("."):
        row = row[part] if isinstance(row, Mapping) else getattr(row, part)
    if isinstance(row, Amount):
        return row.text(6)
    if row is None:
        return "-"
    return safe(row, lines=False)[:80]


def checks_words(found: Any) -> str:
    """Of core.values.Verified: one line for each check, in the words of the screens."""
    from ui.text import foreign, word

    lines = []
    for key, holds, detail in found.checks:
        more = f" ({foreign(detail, 120)})" if detail else ""
        lines.append(f"{'holds' if holds else 'FAILS'}  {word('check' if holds else 'check failed', key)}{more}")
    return "\n".join([*lines, "Everything agrees." if found.ok else "Not everything agrees."])


def progress_line(out: Output) -> Any:
    """A reporter for core.jobs.Progress: one line on standard error, rewritten, only on a real terminal."""
    if out.as_json or not sys.stderr.isatty():
        return lambda _done, _words: None

    def report(done: float | None, words: str) -> None:
        share = "" if done is None else f" {done:4.0%}"
        print(f"\r\x1b[K{safe(words, lines=False)}{share}", end="" if done != 1 else "\n", file=sys.stderr, flush=True)

    return report
