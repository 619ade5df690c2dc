"""The command line. Only argparse here: `--help` must answer at once and import nothing heavy."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from app.terminal import (
    commands_audit,
    commands_datanet,
    commands_earn,
    commands_ledger,
    commands_model,
    commands_networks,
    commands_node,
    commands_profile,
    commands_search,
    commands_statistics,
    commands_story,
    commands_trace,
    commands_wallet,
    guide,
)

DESCRIPTION = """\
OpenLedger Contributor: curate data into Datanets, build and run small models, see whose data mattered, be paid.
Without a command the desktop window opens. The password is asked for, or read from --password-file.
"""


def parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="answer with one JSON value")
    common.add_argument("--yes", action="store_true", help="sign without asking (for scripts)")
    common.add_argument("--disclose", action="store_true", help="agree to what a file or an answer discloses")
    common.add_argument("--profile", type=Path, metavar="FOLDER", help="another profile than the default one")
    common.add_argument("--password-file", type=Path, metavar="FILE", help="read the password from a file")

    top = argparse.ArgumentParser(
        prog="openledger", description=DESCRIPTION, epilog=guide.FIRST_ROUND, formatter_class=guide.Wide
    )
    top.add_argument("--version", action="store_true", help="print the version and leave")
    top.add_argument("--measure-start", action="store_true", help=argparse.SUPPRESS)
    top.add_argument("--profile", type=Path, metavar="FOLDER", help="another profile than the default one")
    top.set_defaults(run=None)
    groups = top.add_subparsers(title="commands", metavar="COMMAND", dest="command")

    def command(
        name: str, words: str, run: Any, *, under: Any = groups, needs: str = "open"
    ) -> argparse.ArgumentParser:
        parents = [] if name == "demo" else [common]  # its --json takes a file: what it prints is the story
        made: argparse.ArgumentParser = under.add_parser(
            name, help=words, description=_sentence(words), parents=parents, formatter_class=guide.Wide
        )
        made.set_defaults(run=run, needs=needs)
        return made

    def group(name: str, words: str) -> Any:
        made = groups.add_parser(name, help=words, description=_sentence(words), formatter_class=guide.Wide)
        made.set_defaults(run=None)
        return made.add_subparsers(title="commands", metavar="COMMAND", dest="action", required=True)

    for module in (
        commands_profile,
        commands_wallet,
        commands_datanet,
        commands_model,
        commands_search,
        commands_statistics,
        commands_earn,
        commands_ledger,
        commands_node,
        commands_networks,
        commands_audit,
        commands_trace,
        commands_story,
    ):
        module.add(command, group)
    guide.explain(top)
    return top


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def parse(arguments: list[str]) -> argparse.Namespace:
    return parser().parse_args(arguments)
