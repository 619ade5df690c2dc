"""What `--help` says beside a command's own words: what its numbers are and where they come from, and examples."""

from __future__ import annotations

import argparse

FIRST_ROUND = """\
a first round:
  openledger profile create                                a recovery phrase, a password, a ledger of your own
  openledger datanet create Fruit --like fruit.csv         columns and labels as in the file
  openledger datanet import 1 fruit.csv                    read into a draft, checked; nothing is signed yet
  openledger contribute 1                                  sign the draft
  openledger datanet review 1 --trust                      accept it; its labels are the measure for others
  openledger release 1                                     freeze what was accepted
  openledger model train 1                                 a model of the newest release
  openledger model run 1 "weight=130,colour=red"           ask it, and see whose records carried the answer
  openledger model publish 1 --fee 0.01                    then calls are paid: deposit, settle, earnings, claim

Where the program was not installed but is run from its folder, it is `./run` instead of `openledger`.

exit codes: 0 done; 1 refused or failed, with the reason on standard error; 2 not understood; 130 stopped.
"""

# what a number or a name on the command line is, and which command tells it
_GIVEN = {
    "datanet": "its number, as `datanet list` gives it",
    "model": "its number, as `model list` gives it",
    "draft": "its number, as `datanet import` gives it",
    "contribution": "its number, as `datanet contributions` gives it",
    "settlement": "its name of 0x and 64 digits, as `settlements` gives it",
    "call": "the number of an answer, as `model run` gives it",
    "record": "its number on this device, as `record find` gives it",
    "file": "a path",
    "name": "a name for it",
    "question": "a few words, in quotation marks",
    "words": "one or more words of it, in quotation marks",
    "parts": "two files of sums or more",
    "--words": "how many words the phrase has (12)",
    "--phrase-file": "a file that holds the recovery phrase",
    "--encoder": "how it reads texts: static-256, or minilm-w4, which is slower (static-256)",
    "--account": "the account that signs: number or name (0)",
    "--payer": "the account whose calls they were: number or name (0)",
    "--licence": "of what it gives out, such as CC-BY-4.0 or CC0-1.0 (CC-BY-4.0)",
    "--description": "what belongs in it, and what does not",
    "--skip-bad-rows": "take in the rows that can be read, and leave out the others",
    "--name": "for those who use it; the Datanet's without one",
}

# what a signature made, by its number, and what comes next
MADE = {
    "datanet.create": "It is Datanet {result} here. Next: openledger datanet import {result} FILE",
    "contribute": "It is contribution {result} here. Next, by its curator: openledger datanet review {result}",
    "release": "It is version {result}. Next: openledger model train, with the Datanet's number",
    "withdraw": "Others learn which records from a file: openledger datanet hand-over {result} FILE --withdrawn",
}

_EXAMPLES = {
    "profile create": ("openledger profile create --words 24",),
    "profile read-older": ("openledger profile read-older",),
    "profile backup": ("openledger profile backup today.olbackup",),
    "wallet send": ("openledger wallet send Second 1.5", "openledger wallet send 0x52b6… 1.5 --from 1"),
    "datanet create": (
        'openledger datanet create "Compiler errors" --labels syntax,type,link',
        "openledger datanet create Fruit --like fruit.csv",
        "openledger datanet create Shapes --kind image --labels disc,square",
    ),
    "datanet import": ("openledger datanet import 1 fruit.csv", "openledger datanet import 3 pictures/ --share"),
    "datanet review": ("openledger datanet review 1 --trust", "openledger datanet review 2 --reject"),
    "datanet withdraw": ("openledger datanet withdraw 1 0 4 17",),
    "datanet hand-over": (
        "openledger datanet hand-over 1 mine.olgiven",
        "openledger datanet hand-over 1 mine.olwithdrawn --withdrawn",
    ),
    "datanet take": ("openledger datanet take 1 theirs.olgiven", "openledger datanet take 1 theirs.olwithdrawn"),
    "datanet export-release": ("openledger datanet export-release 1 fruit.olrelease",),
    "datanet import-release": ("openledger datanet import-release fruit.olrelease",),
    "model train": ("openledger model train 1", "openledger model train 1 --held-out test.csv --encoder thorough"),
    "model publish": ("openledger model publish 1 --fee 0.01",),
    "model fee": ("openledger model fee 1 0.02",),
    "model retire": ("openledger model retire 1",),
    "model run": (
        'openledger model run 1 "a small wild bird"',
        'openledger model run 2 "weight=130,colour=red"',
        "openledger model run 3 disc.png",
    ),
    "model card": ("openledger model card 1 --file card.html",),
    "model check-weights": ("openledger model check-weights 1",),
    "model export-weights": ("openledger model export-weights 1 model.weights.zip --disclose",),
    "search build": ("openledger search build 1",),
    "search ask": ('openledger search ask 1 "a bird that cannot fly"',),
    "verbatim": ("openledger verbatim 1 essay.txt", "some-model | openledger verbatim 1 - --least 64"),
    "deposit": ("openledger deposit 5",),
    "settle": ("openledger settle 1",),
    "export-proof": ("openledger export-proof 0x1f… settlement.proof.json",),
    "audit": ("openledger audit settlement.proof.json", "openledger audit model.weights.zip"),
    "record find": ('openledger record find 1 "almond paste"',),
    "person show": ("openledger person show Second", "openledger person show 0x52b6…"),
    "node serve": ("openledger node serve",),
    "node invite": ("openledger node invite network.olinvite",),
    "node rejoin": ("openledger node rejoin network.olinvite",),
    "join": ("openledger join network.olinvite",),
    "networks add": ("openledger networks add Mine https://node.example",),
    "networks endpoint": (
        "openledger networks endpoint openledger https://node.example",
        "openledger networks endpoint openledger https://node.example --remove",
    ),
    "networks agree": ("openledger networks agree openledger 2",),
    "networks pin": ("openledger networks pin openledger 21000000 0x1f…", "openledger networks pin openledger"),
    "networks remove": ("openledger networks remove openledger",),
    "networks look": ("openledger networks look openledger",),
    "ledger snapshot": ("openledger ledger snapshot today.snapshot --seal-file password.txt",),
}


def explain(top: argparse.ArgumentParser) -> None:
    """Adds them to every command; a command's own words stay."""
    for path, parser in _commands(top, ""):
        for action in parser._actions:  # noqa: SLF001 - argparse shows them in no other way
            name = action.option_strings[0] if action.option_strings else action.dest
            if action.help is None and name in _GIVEN:
                action.help = _GIVEN[name]
        examples = _EXAMPLES.get(path, ())
        if examples:
            title = "example" if len(examples) == 1 else "examples"
            parser.epilog = "\n".join([f"{title}:", *(f"  {line}" for line in examples)])


def _commands(parser: argparse.ArgumentParser, path: str) -> list[tuple[str, argparse.ArgumentParser]]:
    found = [(path, parser)]
    for action in parser._actions:  # noqa: SLF001
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for name, one in action.choices.items():
                found += _commands(one, f"{path} {name}".strip())
    return found


class Wide(argparse.RawDescriptionHelpFormatter):
    """Room for the longest command beside its words; examples stand as they are written."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=28)
