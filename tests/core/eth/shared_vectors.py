"""Public test vectors that stand beside a checkout; a clone without them tests what is written in the tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "vectors"


def folder(name: str) -> Path:
    path = FOLDER / name
    if not path.is_dir():
        pytest.skip(f"the public vectors {name} are not beside this checkout")
    return path


def load(name: str) -> Any:
    group, _, rest = name.partition("/")
    return json.loads((folder(group) / rest).read_text())


def unhex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
