"""The stand-alone scripts as anybody runs them, and their parts by name."""

from __future__ import annotations

import ast
import base64
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from resources import ROOT

FOLDER = ROOT / "audit"


@cache
def script(name: str) -> ModuleType:
    """audit, reencode or weights, loaded once from its file."""
    spec = importlib.util.spec_from_file_location(f"{name}_script", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(name: str, *arguments: object, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Isolated: nothing of this program can be found by accident."""
    command = [sys.executable, "-I", str(FOLDER / f"{name}.py"), *map(str, arguments)]
    return subprocess.run(command, input=data, capture_output=True, timeout=120, check=False)


def imported(path: Path) -> set[str]:
    """The packages that a file imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(str(node.module).split(".")[0])
    return names


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every single value in nested tables and lists; an array as a whole."""
    if isinstance(value, dict) and "dtype" not in value:
        for name in value:
            yield from places(value[name], (*at, name))
    elif isinstance(value, list):
        for index in range(len(value)):
            yield from places(value[index], (*at, index))
    else:
        yield at


def found_at(value: Any, at: tuple[Any, ...]) -> Any:
    for name in at:
        value = value[name]
    return value


def put(value: Any, at: tuple[Any, ...], new: Any) -> None:
    found_at(value, at[:-1])[at[-1]] = new


def changed(value: Any) -> Any:
    """The least that may be changed of it, in its own form."""
    if isinstance(value, dict):
        raw = bytearray(base64.b64decode(value["data"]))
        raw[-1] ^= 1
        return value | {"data": base64.b64encode(bytes(raw)).decode()}
    if isinstance(value, str):
        return value[:-1] + ("1" if value[-1] != "1" else "2")
    return not value if isinstance(value, bool) else value + 1
