"""Trust nobody: export a proof file, and check one with the stand-alone script."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def add(command: Any, _group: Any) -> None:
    made = command("export-proof", "a file from which anyone who holds it can recompute a settlement", export)
    made.add_argument("settlement")
    made.add_argument("file", type=Path)
    made = command(
        "audit",
        "check a proof file with the stand-alone script, which shares no code with this program",
        audit,
        needs="nothing",
    )
    made.add_argument("file", type=Path)


def export(client: Any, options: Any, out: Any) -> None:
    from app.terminal.session import agree
    from ui.disclosing import PROOF

    agree(out, options, PROOF, "Nothing was written")
    client.earnings.export_proof(options.settlement, options.file, disclose=True)
    out.value({"file": str(options.file), "bytes": options.file.stat().st_size})


def audit(_client: Any, options: Any, out: Any) -> int:
    from core.economy import auditing

    found = auditing.audit(options.file, as_json=options.json)
    out.printed(found.printed)
    return found.status
