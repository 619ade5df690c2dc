"""One command from start to end: open the profile it needs, run it, word its errors, close everything."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from typing import Any

from app.terminal.output import Output, progress_line, safe
from core.errors import BadInput, Cancelled, OpenLedgerError


def version() -> str:
    from importlib import metadata

    try:
        return metadata.version("openledger-contributor")
    except metadata.PackageNotFoundError:  # run from a checkout
        import tomllib
        from pathlib import Path

        project = tomllib.loads((Path(__file__).resolve().parents[2] / "pyproject.toml").read_text("utf8"))
        return str(project["project"]["version"])


def password(options: argparse.Namespace, *, new: bool = False) -> str:
    """From --password-file, else asked for on the terminal; a new one is asked for twice."""
    if options.password_file is not None:
        return str(options.password_file.read_text("utf8").rstrip("\r\n"))
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass("New password: " if new else "Password: ")
    if new and getpass.getpass("The same again: ") != first:
        raise SystemExit("The two passwords differ. Nothing was changed.")
    return first


def confirm(client: Any, out: Output, options: argparse.Namespace, prepared: Any) -> Any:
    """Show what will be signed, ask unless --yes, sign, wait for the proven receipt."""
    from core.client.objecting import DISCLOSING
    from ui.text import action_words, detail_words, risk_words

    out.say(action_words(prepared.what))
    for key, text in prepared.details:
        out.say(f"  {detail_words(key)}: {safe(text, lines=False)}")
    for effect in prepared.effects:
        out.say(f"  {safe(effect.name or effect.address, lines=False)}: {effect.change / 10**18:+.6f} OPEN")
    out.say(f"  Fee: at most {prepared.fee_max.text(9)} OPEN")
    for risk in prepared.risks:
        out.say(f"  Careful: {risk_words(risk)}")
    if DISCLOSING.intersection(prepared.risks):  # a yes to signing is none to this
        agree(out, options, "", "Nothing was signed")
    if not options.yes:
        if not sys.stdin.isatty():
            raise SystemExit("Nothing was signed: add --yes to sign without being asked.")
        if input("Sign and send? [y/N] ").strip().lower() not in {"y", "yes"}:
            raise SystemExit("Nothing was signed.")
    return client.sign(prepared)


def agree(out: Output, options: argparse.Namespace, words: str, otherwise: str) -> None:
    """The person's yes to what leaves the device, after saying it; --disclose gives it, --yes does not. Ends if no."""
    if words:
        out.say(words)
    if options.disclose:
        return
    if not sys.stdin.isatty():
        raise SystemExit(f"{otherwise}: add --disclose to agree to this.")
    if input("Disclose this? [y/N] ").strip().lower() not in {"y", "yes"}:
        raise SystemExit(f"{otherwise}.")


def make_client(options: argparse.Namespace) -> Any:
    from core.client import Client
    from core.paths import ProfilePaths, default_root
    from core.vault.memory import keep_private

    keep_private()
    return Client(ProfilePaths(options.profile or default_root()))


def run(options: argparse.Namespace) -> int:
    out = Output(as_json=options.json is True)
    needs = options.needs
    if needs == "nothing":
        return _guarded(out, lambda: options.run(None, options, out))
    from app.single import SingleInstance

    client = make_client(options)
    client.paths.prepare()

    def work() -> int | None:
        with SingleInstance(client.paths):
            try:
                if needs == "open":
                    if client.profile.state() == "empty":
                        raise BadInput(field="profile", reason="none here")
                    client.profile.unlock(password(options), progress=reporter(out))
                    _say_older(client, out)
                result: int | None = options.run(client, options, out)
                return result
            finally:
                client.close()

    return _guarded(out, work)


def _say_older(client: Any, out: Output) -> None:
    from ui.text import older_words

    found = client.older.found()
    if found is not None:
        out.say("\n".join(older_words(found)) + "\nOnce you have read it: openledger profile read-older\n")


def reporter(out: Output) -> Any:
    from core.jobs import Progress

    return Progress(report=progress_line(out))


def _guarded(out: Output, work: Any) -> int:
    try:
        return work() or 0
    except Cancelled:
        out.say("Stopped.")
        return 130
    except KeyboardInterrupt:
        out.say("\nStopped.")
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except (OpenLedgerError, OSError, MemoryError) as error:
        from ui.text import explain

        words = explain(error)
        if out.as_json:
            out.value({"error": type(error).__name__, "title": words.title, "what_to_do": words.what_to_do})
        else:
            detail = "" if isinstance(error, OpenLedgerError) else words.detail  # of the system: which file, and why
            print(safe(f"{words.title}\n{words.what_to_do}\n{detail}".rstrip()), file=sys.stderr)
        return 1
