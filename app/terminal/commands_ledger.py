"""The ledger's file: what it keeps, checks, snapshots, export, and building it anew after damage."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def add(command: Any, group: Any) -> None:
    ledger = group("ledger", "check, snapshot, export and restore the ledger of this profile")
    command("status", "which states are kept, checkpoints, size", status, under=ledger)
    made = command("check", "hash everything that is kept", check, under=ledger)
    made.add_argument("--execute", action="store_true", help="execute every block again, too (slow)")
    command("sweep", "give up old states now", sweep, under=ledger)
    made = command("checkpoint", "keep today's state under a name", checkpoint, under=ledger)
    made.add_argument("name")
    made.add_argument("--forget", action="store_true", help="let go of it instead")
    made = command("snapshot", "one file with the state and all blocks", snapshot, under=ledger)
    made.add_argument("file", type=Path)
    made.add_argument("--state-only", action="store_true", help="leave out transactions and receipts")
    made.add_argument("--seal-file", type=Path, metavar="FILE", help="seal it under the password in this file")
    made = command("export", "all blocks, as other nodes read them", export, under=ledger)
    made.add_argument("file", type=Path)
    made = command("restore", "the ledger from a snapshot", restore, under=ledger, needs="closed")
    made.add_argument("file", type=Path)
    made.add_argument("--head", required=True, metavar="HASH", help="of its newest block, as it was told at the time")
    made.add_argument("--seal-file", type=Path, metavar="FILE", help="the password it is sealed under")
    made = command("import", "execute the exported blocks that are not here yet", rebuild, under=ledger, needs="closed")
    made.add_argument("file", type=Path)
    made.add_argument("--anew", action="store_true", help="begin at the first block; the old ledger is moved aside")


def _keeping(client: Any) -> Any:
    from core.client.keeping import Keeping

    return Keeping(client)


def _progress(out: Any) -> Any:
    from app.terminal.session import reporter

    return reporter(out)


def _seal(options: Any) -> str | None:
    if options.seal_file is None:
        return None
    return str(options.seal_file.read_text("utf8").rstrip("\r\n"))


def status(client: Any, _options: Any, out: Any) -> None:
    out.value(_keeping(client).status())


def check(client: Any, options: Any, out: Any) -> None:
    found = _keeping(client).check(_progress(out), execute=options.execute)
    executed = f", {found['executed']} blocks executed again" if options.execute else ""
    out.value(found, f"Sound: {found['blocks']} blocks, {found['states']} states, {found['nodes']} nodes{executed}.")


def sweep(client: Any, _options: Any, out: Any) -> None:
    found = _keeping(client).sweep(_progress(out))
    words = f"States are kept from block {found['firstState']} on; {found['dropped']} nodes were given up."
    out.value(found, words)


def checkpoint(client: Any, options: Any, out: Any) -> None:
    if options.forget:
        _keeping(client).forget(options.name)
        out.value({"name": options.name, "block": None}, f"{options.name} is forgotten.")
        return
    found = _keeping(client).checkpoint(options.name)
    out.value(found, f"The state after block {found['block']} is kept as {found['name']}.")


def snapshot(client: Any, options: Any, out: Any) -> None:
    found = _keeping(client).snapshot(
        options.file, _progress(out), contents=not options.state_only, password=_seal(options)
    )
    sealed = "" if options.seal_file else "It is not sealed: whoever has it can read the ledger.\n"
    out.value(
        found,
        f"{options.file} holds the ledger at block {found['block']}.\n{sealed}"
        f"Note the hash of its newest block; without it the file is not believed:\n{found['head']}",
    )


def export(client: Any, options: Any, out: Any) -> None:
    found = _keeping(client).export(options.file, _progress(out))
    out.value(found, f"{found['blocks']} blocks in {options.file}; the first one with its state in {found['first']}.")


def restore(client: Any, options: Any, out: Any) -> None:
    from app.terminal.session import password

    found = _keeping(client).restore(
        password(options), options.file, options.head, _progress(out), file_password=_seal(options)
    )
    out.value(found, f"The ledger is at block {found['block']}. What was there before is moved aside.")


def rebuild(client: Any, options: Any, out: Any) -> None:
    from app.terminal.session import password

    found = _keeping(client).rebuild(password(options), options.file, _progress(out), anew=options.anew)
    out.value(found, f"{found['taken']} blocks executed; the ledger is at block {found['block']}.")
