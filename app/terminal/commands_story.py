"""`openledger demo`: the whole job, once through, on real data."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def add(command: Any, _group: Any) -> None:
    made = command(
        "demo", "tell the whole story on a throw-away profile with the bundled sample", demo, needs="nothing"
    )
    made.add_argument("--json", type=Path, metavar="FILE", help="write every figure to a file")
    made.add_argument("--profile", type=Path, metavar="FOLDER", help="keep the profile in this (empty) folder")


def demo(_client: Any, options: Any, out: Any) -> int:
    from app.terminal.demo import tell

    return tell(options, out)
