"""`./run bench [NAME] [--json [FILE]] [--docs]`: run one benchmark or all, print a table, write JSON, draw documents.

Without a file the JSON goes to standard output and the table to standard error.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from pathlib import Path
from typing import TextIO

from tests.benchmarks import harness
from tests.benchmarks.harness import Row, machine

HERE = Path(__file__).parent
NAMES = sorted(path.stem for path in HERE.glob("*.py") if path.stem not in {"__init__", "__main__", "harness"})


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _print(name: str, rows: list[Row], out: TextIO) -> None:
    print(f"\n{name}", file=out)
    for row in rows:
        rivals = "  ".join(f"{rival} {_figure(value)}" for rival, value in row.rivals.items())
        target = ""
        if row.target is not None:
            target = (
                f"  target {'<=' if row.at_most else '>='} {_figure(row.target)}: {'holds' if row.holds else 'MISSED'}"
            )
        print(f"  {row.name:<52} {_figure(row.value):>12} {row.unit:<8}{target}  {rivals}".rstrip(), file=out)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="./run bench")
    parser.add_argument("name", nargs="?", choices=NAMES)
    parser.add_argument("--json", nargs="?", const="-", metavar="FILE", help="without FILE: to standard output")
    parser.add_argument("--docs", action="store_true", help="write the tables and pictures of the documents anew")
    options = parser.parse_args(arguments)
    if options.docs:
        harness.write_docs()
    reports = []
    for name in [options.name] if options.name else NAMES:
        rows = importlib.import_module(f"tests.benchmarks.{name}").run()
        _print(name, rows, sys.stderr if options.json == "-" else sys.stdout)
        reports.append({"bench": name, "machine": machine(), "rows": [row.as_json() for row in rows]})
    if options.json:
        text = json.dumps(reports[0] if options.name else reports, indent=1) + "\n"
        if options.json == "-":
            sys.stdout.write(text)
        else:
            Path(options.json).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
