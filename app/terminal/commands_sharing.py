"""What goes from one profile to another as a file: contributions to their curator, releases to whom they are for."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def add(command: Any, datanet: Any) -> None:
    command("follow", "note what others contributed and curators decided, by proof", follow, under=datanet)
    made = command("hand-over", "a contribution's records as a file for the curator", hand_over, under=datanet)
    made.add_argument("contribution", type=int)
    made.add_argument("file", type=Path)
    made.add_argument("--withdrawn", action="store_true", help="which of its records are withdrawn, and no record")
    made = command("take", "take in a contribution or a withdrawal that was handed over", take, under=datanet)
    made.add_argument("datanet", type=int)
    made.add_argument("file", type=Path)
    made = command("export-release", "a release with its records, for others", export_release, under=datanet)
    made.add_argument("datanet", type=int)
    made.add_argument("file", type=Path)
    made.add_argument("--version", type=int, help="the newest unless given", dest="number")
    made = command("import-release", "a release from a file, checked against the ledger", import_release, under=datanet)
    made.add_argument("file", type=Path)


def follow(client: Any, _options: Any, out: Any) -> None:
    out.value(client.following.follow())


def tell_unnamed(client: Any, out: Any, datanet: int) -> None:
    """Before something is built: which withdrawals nobody named here."""
    from ui.datanet_words import unnamed_words

    client.following.look()
    title, words = unnamed_words(client.following.unnamed(datanet))
    if title:
        out.say(f"Careful: {title}. {words}\nFor the file: openledger datanet take {datanet} FILE")


def hand_over(client: Any, options: Any, out: Any) -> None:
    from app.terminal.session import agree
    from ui.disclosing import HAND_OVER

    if options.withdrawn:
        records = client.following.hand_over_withdrawal(options.contribution, options.file)
        words = f"{options.file} names {records} withdrawn records, to whoever holds them. It holds no text."
        out.value({"file": str(options.file), "records": records}, words)
        return
    agree(out, options, HAND_OVER, "Nothing was written")
    records = client.following.hand_over(options.contribution, options.file)
    out.value({"file": str(options.file), "records": records}, f"{options.file} holds {records} records.")


def take(client: Any, options: Any, out: Any) -> None:
    from app.terminal.session import reporter

    found = client.following.take(options.datanet, options.file, reporter(out))
    if found.what == "withdrawal":
        words = (
            f"{found.records} records of contribution {found.contribution} are withdrawn, as their contributor signed; "
            f"{found.here} of them are on this device, {found.new} are out only now."
        )
    else:
        words = f"Contribution {found.contribution} is here, as its root on the ledger says."
    out.value(found, words)


def export_release(client: Any, options: Any, out: Any) -> None:
    from app.terminal.session import agree, reporter
    from ui.disclosing import RELEASE

    tell_unnamed(client, out, options.datanet)
    agree(out, options, RELEASE, "Nothing was written")
    records = client.following.export_release(
        options.datanet, options.file, version=options.number, progress=reporter(out)
    )
    out.value({"file": str(options.file), "records": records}, f"{options.file} holds {records} records.")


def import_release(client: Any, options: Any, out: Any) -> None:
    from app.terminal.session import reporter

    found = client.following.import_release(options.file, reporter(out))
    out.value(
        {"datanet": found.datanet_id, "version": found.version, "records": found.count},
        f"Version {found.version} with {found.count} records: every one leads to the root on the ledger.",
    )
