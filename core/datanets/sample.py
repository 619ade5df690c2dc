"""The bundled sample: a folder with `sample.json`, one file a contributor, and held-out rows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.datanets import importers
from core.datanets.datanet import Rules
from core.datanets.drafts import Terms
from core.errors import BadFile
from core.jobs import Progress, silent


@dataclass(frozen=True)
class SampleFile:
    """One contributor's rows. `role` is "honest", "noise" or "copy": what the file was made to be."""

    path: Path
    role: str
    trusted: bool


@dataclass(frozen=True)
class Sample:
    rules: Rules
    terms: Terms
    contributors: tuple[SampleFile, ...]
    heldout: Path

    def held_out(self, progress: Progress | None = None) -> list[tuple[str, str]]:
        """(text, label) of every held-out row."""
        progress = progress or silent()
        options = importers.inspect(self.heldout, importers.Options(), progress, self.rules.labels).options
        return [(row.text, row.label) for row in importers.read(self.heldout, options, progress)]


def load(folder: Path) -> Sample:
    """Raises BadFile when the folder is no sample."""
    path = folder / "sample.json"
    try:
        plain = json.loads(path.read_text("utf-8"))
        return _sample(folder, plain)
    except OSError as error:
        raise BadFile(path=str(path), reason="missing") from error
    except (KeyError, TypeError, ValueError) as error:
        raise BadFile(path=str(path), reason="not a sample") from error


def _sample(folder: Path, plain: dict[str, Any]) -> Sample:
    rules = Rules(
        name=plain["name"],
        labels=tuple(plain["labels"]),
        licence=plain["licence"],
        topic=plain["topic"],
        description=plain["description"],
        languages=tuple(plain["languages"]),
    )
    terms = Terms(plain["licence"], frozenset(plain["uses"]), plain["source"], plain["languages"][0])
    contributors = tuple(
        SampleFile(folder / each["file"], each["role"], bool(each["trusted"])) for each in plain["contributors"]
    )
    return Sample(rules, terms, contributors, folder / plain["heldout"])
