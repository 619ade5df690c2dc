"""Datanets: create, import, check, contribute, review, release, withdraw."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.terminal import commands_sharing


def add(command: Any, group: Any) -> None:
    datanet = group("datanet", "create a Datanet, contribute, review, release")
    command("list", "the Datanets of this profile", list_all, under=datanet)
    made = command("create", "a new Datanet", create, under=datanet)
    made.add_argument("name")
    made.add_argument("--description", default="")
    made.add_argument("--labels", default="", help="comma between labels")
    made.add_argument("--kind", choices=("text", "table", "image"), default="text", help="what its records hold")
    made.add_argument("--columns", default="", help="of a table: width:number,colour:category,...")
    made.add_argument("--like", type=Path, help="a CSV to take columns and labels of a table from")
    made.add_argument("--licence", default="CC-BY-4.0")
    made.add_argument("--account", default="0")
    made = command("import", "read a CSV or JSONL file into a draft and check it", import_file, under=datanet)
    made.add_argument("datanet", type=int)
    made.add_argument("file", type=Path)
    made.add_argument("--account", default="0")
    made.add_argument("--skip-bad-rows", action="store_true")
    made.add_argument("--share", action="store_true", help="the records may be handed on with a release")
    made = command("contribute", "sign a draft: only salted hashes leave this device", contribute, under=datanet)
    made.add_argument("draft", type=int)
    made = command("contributions", "what was given and where it stands", contributions, under=datanet)
    made.add_argument("datanet", type=int)
    made = command("review", "accept (or reject) what waits, and sign", review, under=datanet)
    made.add_argument("contribution", type=int)
    made.add_argument("--reject", action="store_true", help="reject everything in it")
    made.add_argument("--trust", action="store_true", help="count this contributor's records as trusted core")
    made.add_argument("--account", default="0")
    made = command("release", "freeze the accepted records under one root", release, under=datanet)
    made.add_argument("datanet", type=int)
    made.add_argument("--account", default="0")
    made = command("prove", "check the proof that one record is in a release", prove, under=datanet)
    made.add_argument("datanet", type=int)
    made.add_argument("record", type=int, help="position in the newest release")
    made = command("withdraw", "take back records of one contribution", withdraw, under=datanet)
    made.add_argument("contribution", type=int)
    made.add_argument("records", type=int, nargs="+", help="positions in the contribution, from 0")
    commands_sharing.add(command, datanet)
    for name, run, words in (("contribute", contribute, "the same as `datanet contribute`"),):
        made = command(name, words, run)
        made.add_argument("draft", type=int)
    made = command("release", "the same as `datanet release`", release)
    made.add_argument("datanet", type=int)
    made.add_argument("--account", default="0")


def _account(client: Any, options: Any) -> int:
    from app.terminal.commands_wallet import find_account

    return int(find_account(client, options.account).index)


def _sign(client: Any, options: Any, out: Any, prepared: Any) -> None:
    from app.terminal.session import confirm

    out.value(confirm(client, out, options, prepared))


def list_all(client: Any, _options: Any, out: Any) -> None:
    columns = {"id": "#", "name": "Name", "number": "Ledger", "kind": "Holds"}
    columns |= {"records": "Records", "waiting": "To review", "contributors": "Contributors"}
    kinds = {"text": "Texts", "table": "Rows", "image": "Pictures"}
    words = {"kind": lambda one: kinds.get(one.kind, one.kind)}
    empty = "No Datanets yet. Create one with `openledger datanet create`."
    out.table(client.datanets.all(), columns, empty, words=words)


def create(client: Any, options: Any, out: Any) -> None:
    labels = tuple(label.strip() for label in options.labels.split(",") if label.strip())
    columns = tuple(_column(part) for part in options.columns.split(",") if part.strip())
    kind = "table" if columns or options.like else options.kind
    if options.like is not None:
        found = client.datanets.schema_of(options.like)
        columns = columns or tuple((column.name, column.cells) for column in found.columns)
        labels = labels or found.labels
    prepared = client.datanets.prepare_create(
        _account(client, options),
        options.name,
        options.description,
        labels,
        options.licence,
        kind=kind,
        columns=columns,
    )
    _sign(client, options, out, prepared)


def _column(part: str) -> tuple[str, str]:
    name, _, cells = part.rpartition(":")
    return (name.strip(), cells.strip()) if name else (cells.strip(), "number")


def import_file(client: Any, options: Any, out: Any) -> None:
    from app.terminal.session import reporter
    from core.datanets.drafts import Terms

    progress = reporter(out)
    uses = {"train", "evaluate", "share"} if options.share else {"train", "evaluate"}
    terms = Terms(client.datanets.get(options.datanet).licence, frozenset(uses))
    draft = client.datanets.import_file(
        options.datanet,
        options.file,
        _account(client, options),
        terms=terms,
        skip_bad_rows=options.skip_bad_rows,
        progress=progress,
    )
    report = client.datanets.preflight(draft, progress=progress)
    out.value({"draft": draft, "rows": report.rows, "counts": report.counts}, _imported(draft, report))


def _imported(draft: int, report: Any) -> str:
    from ui.datanet_words import check_name
    from ui.text import count

    found = [f"  {check_name(check)}: {count(many, 'finding')}" for check, _kind, _severity, many in report.counts]
    lines = [f"Draft {draft}: {count(report.rows, 'record')}, kept encrypted here. Nothing is signed yet."]
    lines += ["Found in it:", *found] if found else ["Nothing was found in it."]
    return "\n".join([*lines, f"Next: openledger contribute {draft}"])


def contribute(client: Any, options: Any, out: Any) -> None:
    _sign(client, options, out, client.datanets.prepare_contribute(options.draft))


def contributions(client: Any, options: Any, out: Any) -> None:
    from ui.text import word

    columns = {"id": "#", "contributor_name": "From", "count": "Records", "accepted": "Accepted", "state": "State"}
    words = {"state": lambda one: word("contribution", one.state)}
    out.table(client.datanets.contributions(options.datanet), columns, "Nothing was contributed yet.", words=words)


def review(client: Any, options: Any, out: Any) -> None:
    from app.terminal.session import reporter

    client.datanets.decide_all(options.contribution, approve=not options.reject, progress=reporter(out))
    if options.trust:
        client.datanets.trust_contributor(options.contribution)
    _sign(client, options, out, client.datanets.prepare_review(options.contribution, _account(client, options)))


def release(client: Any, options: Any, out: Any) -> None:
    _sign(client, options, out, client.datanets.prepare_release(options.datanet, _account(client, options)))


def prove(client: Any, options: Any, out: Any) -> None:
    out.value(client.datanets.verify_record(options.datanet, options.record))


def withdraw(client: Any, options: Any, out: Any) -> None:
    _sign(client, options, out, client.datanets.prepare_withdraw(options.contribution, tuple(options.records)))
