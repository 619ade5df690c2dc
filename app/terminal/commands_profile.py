"""The profile: create, restore, password, backup."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_SHARED = "others will join this network: settlements wait a day for their objections, not a few seconds"


def add(command: Any, group: Any) -> None:
    profile = group("profile", "create, restore and back up a profile")
    made = command("create", "a new recovery phrase, vault and local network", create, under=profile, needs="closed")
    made.add_argument("--words", type=int, choices=(12, 24), default=12)
    made.add_argument("--phrase-file", type=Path, help="use this recovery phrase instead of a new one")
    made.add_argument("--shared", action="store_true", help=_SHARED)
    made = command("restore", "a profile from its recovery phrase", restore, under=profile, needs="closed")
    made.add_argument("--phrase-file", type=Path, required=True)
    made.add_argument("--shared", action="store_true", help=_SHARED)
    command("status", "whether a profile is here, and its state", status, under=profile, needs="closed")
    command("read-older", "put away the notice that this profile is older than what it did", read_older, under=profile)
    made = command("backup", "one encrypted file with everything", backup, under=profile)
    made.add_argument("file", type=Path)
    made = command(
        "restore-backup", "an empty profile from a backup file", restore_backup, under=profile, needs="closed"
    )
    made.add_argument("file", type=Path)


def create(client: Any, options: Any, out: Any) -> None:
    from app.terminal.session import password, reporter

    given = options.phrase_file is not None
    phrase = options.phrase_file.read_text("utf8").strip() if given else client.profile.new_phrase(options.words)
    if not given:
        out.say("Write these words down, in this order, and keep them away from computers:\n")
        out.say("  " + phrase + "\n")
        out.say("Whoever has them has the money. If the password is forgotten, they are the only way back.")
    client.profile.create(phrase, password(options, new=True), progress=reporter(out), shared=options.shared)
    account = client.wallet.accounts()[0]
    out.value(account, f"Ready. {account.address} holds {account.balance.value} (test OPEN, no market value).")


def restore(client: Any, options: Any, out: Any) -> None:
    from app.terminal.session import password, reporter

    phrase = options.phrase_file.read_text("utf8").strip()
    client.profile.restore(phrase, password(options, new=True), progress=reporter(out), shared=options.shared)
    accounts = client.wallet.accounts()
    out.value(accounts, f"Restored {len(accounts)} account(s); the first is {accounts[0].address}.")


def status(client: Any, _options: Any, out: Any) -> None:
    state = client.profile.state()
    out.value({"state": state, "folder": str(client.paths.root)})


def read_older(client: Any, _options: Any, out: Any) -> None:
    found = client.older.found()
    client.older.read()
    out.value(found, "Nothing to read." if found is None else "It is not said again.")


def backup(client: Any, options: Any, out: Any) -> None:
    client.profile.backup(options.file)
    out.value({"file": str(options.file), "bytes": options.file.stat().st_size})


def restore_backup(client: Any, options: Any, out: Any) -> None:
    from app.terminal.session import password

    client.profile.restore_backup(options.file, password(options))
    out.value({"state": client.profile.state(), "folder": str(client.paths.root)})
