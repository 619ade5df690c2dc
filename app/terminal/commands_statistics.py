"""Sums of models as files: taken out of one profile, merged across machines without any profile."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def add(command: Any, group: Any) -> None:
    sums = group("statistics", "the exact sums behind a model, as files that add up across machines")
    made = command(
        "export", "a model's sums into a file; who holds it can learn about small groups of records", export, under=sums
    )
    made.add_argument("model", type=int)
    made.add_argument("file", type=Path)
    made = command(
        "merge", "files of sums into one; any order gives the same bytes", merge, under=sums, needs="nothing"
    )
    made.add_argument("file", type=Path, help="the file to write")
    made.add_argument("parts", type=Path, nargs="+")


def export(client: Any, options: Any, out: Any) -> None:
    from app.terminal.session import agree
    from core.client import summing
    from ui.disclosing import sums_words

    catalogue = client.session.catalogue
    agree(out, options, sums_words(summing.few_records(catalogue, options.model)), "Nothing was written")
    out.value(summing.export(catalogue, options.model, options.file, disclose=True))


def merge(_client: Any, options: Any, out: Any) -> None:
    from core.client import summing

    out.value(summing.merge(options.file, options.parts))
