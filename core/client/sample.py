"""The bundled sample: what its files are and who plays which part in it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Contributor:
    """`role`: honest, noise (labels at random) or copy (of another contributor)."""

    number: int
    file: Path
    role: str
    trusted: bool


@dataclass(frozen=True)
class Sample:
    name: str
    description: str
    labels: tuple[str, ...]
    licence: str
    contributors: tuple[Contributor, ...]
    held_out: Path


def load(folder: Path) -> Sample:
    facts = json.loads((folder / "sample.json").read_text("utf8"))
    return Sample(
        facts["name"],
        facts["description"],
        tuple(facts["labels"]),
        facts["licence"],
        tuple(
            Contributor(number, folder / entry["file"], entry["role"], bool(entry["trusted"]))
            for number, entry in enumerate(facts["contributors"], start=1)
        ),
        folder / facts["heldout"],
    )
