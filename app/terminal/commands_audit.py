"""Trust nobody: export a proof file or a weights file, and check one with the stand-alone scripts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.terminal.output import safe


def add(command: Any, _group: Any) -> None:
    made = command("export-proof", "a file from which anyone who holds it can recompute a settlement", export)
    made.add_argument("settlement")
    made.add_argument("file", type=Path)
    made = command(
        "audit",
        "check a proof file or a weights file with the stand-alone scripts, which share no code with this program",
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


def add_weights(command: Any, model: Any) -> None:
    made = command(
        "export-weights",
        "a file from which whoever may read the texts works out every weight",
        export_weights,
        under=model,
    )
    made.add_argument("model", type=int)
    made.add_argument("file", type=Path)
    made = command(
        "check-weights",
        "what every record counts, and why, worked out again from the texts by the stand-alone scripts",
        check,
        under=model,
    )
    made.add_argument("model", type=int)


def export_weights(client: Any, options: Any, out: Any) -> None:
    from app.terminal.session import agree, reporter
    from ui.disclosing import WEIGHTS

    agree(out, options, WEIGHTS, "Nothing was written")
    client.models.export_weights(options.model, options.file, disclose=True, progress=reporter(out))
    out.value({"file": str(options.file), "bytes": options.file.stat().st_size})


def check(client: Any, options: Any, out: Any) -> int:
    from app.terminal.session import reporter

    return _say(client.models.verify_weights(options.model, reporter(out)), out)


def audit(_client: Any, options: Any, out: Any) -> int:
    from app.terminal.session import reporter
    from core.client import scripts

    return _say(scripts.check(options.file, reporter(out)), out)


def _say(found: Any, out: Any) -> int:
    """Each check in the words of the script that made it."""
    checks = [{"check": what, "ok": holds, "detail": detail} for what, holds, detail in found.checks]
    lines = [
        safe(f"{'ok' if holds else 'FAILED':7} {what}: {detail}".rstrip(": "), lines=False)
        for what, holds, detail in found.checks
    ]
    lines.append("everything holds" if found.ok else "this does not hold")
    out.value({"ok": found.ok, "checks": checks}, "\n".join(lines))
    return 0 if found.ok else 2 if len(checks) == 1 else 1  # one check alone: it could not be read
