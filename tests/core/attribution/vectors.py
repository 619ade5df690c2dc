"""The test vectors of the specification as a file that any language reads: `python -m tests.core.attribution.vectors`.

Written from the specification, so that there is one copy of the truth; test_spec.py holds the two together.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
SPEC = ROOT / "core" / "attribution" / "SPEC.md"
FILE = ROOT / "resources" / "audit" / "vectors.json"


def printed() -> dict[str, dict[str, Any]]:
    """By number of section: the JSON that stands in it."""
    found = {}
    for section in re.split(r"^## ", SPEC.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        for block in section.split("```json")[1:2]:
            found[section.split()[0]] = json.loads(block.split("```")[0])
    return found


def text(vectors: dict[str, dict[str, Any]]) -> str:
    """One line a name."""
    sections = []
    for number, names in vectors.items():
        lines = [f"{json.dumps(name)}: {json.dumps(value, separators=(',', ':'))}" for name, value in names.items()]
        sections.append(f'"{number}": {{\n' + ",\n".join(lines) + "\n}")
    return "{\n" + ",\n".join(sections) + "\n}\n"


def kept(section: str) -> dict[str, Any]:
    """The vector of one section, from the file."""
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))[section]
    return found


if __name__ == "__main__":
    FILE.write_text(text(printed()), encoding="utf-8")
