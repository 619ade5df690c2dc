"""Words for Datanets: checks and what they find, licences, uses, decisions, rules, reasons. No Qt here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.values import Taken, UnnamedView
from ui.text import Tone, count, explain, foreign

# check: its name, what it looks for, icon
CHECKS: dict[str, tuple[str, str, str]] = {
    "duplicate": ("Duplicates", "The same record twice, here or in the Datanet. A copy earns nothing.", "copy"),
    "near duplicate": ("Near duplicates", "Mostly the same as another record. They add little.", "copy-check"),
    "personal data": ("Personal data", "Emails, phone numbers, accounts, identity numbers, addresses.", "user"),
    "secret": ("Secrets", "Passwords, keys and recovery phrases.", "key-round"),
    "cells": ("Personal data", "Emails, phone numbers, secrets and the like in a category.", "user"),
    "look-alike": ("Look-alikes", "Pictures that look like another one. They add little.", "copy-check"),
    "place": ("Places", "Pictures whose file says where they were taken.", "user"),
    "values": ("Values", "Rows that hold less than half of the values.", "list"),
    "label": ("Labels", "Labels that are missing, unknown here, or have very few records.", "tag"),
    "language": ("Language", "Texts in another language than the Datanet asks for.", "languages"),
    "length": ("Length", "Texts too short to learn from, or longer than a model reads.", "list"),
    "consent": ("Licence and uses", "Terms that are missing or do not fit the Datanet.", "scale"),
}

_KINDS: dict[tuple[str, str], str] = {
    ("duplicate", "same record"): "The same as {twin}. A copy earns nothing.",
    ("duplicate", "other label"): "The same text as {twin}, which has the label “{label}”. No model can learn both.",
    ("near duplicate", "mostly the same"): "{percent} % the same as {twin}.",
    ("look-alike", "looks the same"): "Looks the same as {twin}.",
    ("place", "told"): "The file says where it was taken. Save the picture without it, or leave it out.",
    ("values", "mostly empty"): "Holds {found} of {expected} values.",
    ("personal data", "email"): "An email address.",
    ("personal data", "iban"): "A bank account number.",
    ("personal data", "card"): "A payment card number.",
    ("personal data", "national id"): "A national identity number.",
    ("personal data", "ip address"): "An internet address of a machine.",
    ("personal data", "phone"): "A phone number.",
    ("personal data", "street"): "A street address.",
    ("secret", "private key"): "A private key.",
    ("secret", "key"): "A key of an online service.",
    ("secret", "token"): "A token that opens a session.",
    ("secret", "password"): "A password.",
    ("secret", "hex key"): "64 hex digits, as a private key has.",
    ("secret", "recovery phrase"): "A recovery phrase of a wallet. Whoever reads it can take what is in it.",
    ("secret", "phrase words"): "Words of a recovery phrase in a row.",
    ("label", "missing"): "No label. The curator has to give one.",
    ("label", "not in the schema"): "“{label}” is not a label of this Datanet.",
    ("label", "uneven"): "“{label}” has {found} records, the largest label {most}. A model will rarely choose it.",
    ("label", "few"): "“{label}” has only {found} records. Below 30, its quality cannot be judged well.",
    ("language", "other language"): "Looks like another language ({language}).",
    ("length", "too long"): "{found} characters; the most is {limit}.",
    ("length", "cut"): "{found} characters; models read about the first {limit}.",
    ("length", "too short"): "Very short: {found} characters.",
    ("consent", "no uses"): "No use is allowed.",
    ("consent", "unknown use"): "It names a use that is not known here.",
    ("consent", "not for training"): "Not allowed for training, so no model will learn from it.",
    ("consent", "no licence"): "It has no licence.",
    ("consent", "licence not understood"): "“{licence}” is not the name of a licence.",
    ("consent", "licence unknown"): "“{licence}” is not a licence known here.",
    ("consent", "licence differs"): "“{licence}” does not fit the Datanet's licence, “{datanet}”.",
}

LICENCES: dict[str, tuple[str, str]] = {
    "CC0-1.0": ("CC0 1.0", "No rights kept: anyone may use it for anything."),
    "PDDL-1.0": ("Public Domain Dedication (PDDL)", "No rights kept: anyone may use it for anything."),
    "CC-BY-4.0": ("Creative Commons BY 4.0", "Anyone may use it, also for money, and must name you."),
    "ODC-By-1.0": ("Open Data Commons BY", "Anyone may use it, also for money, and must name you."),
    "CC-BY-SA-4.0": ("Creative Commons BY-SA 4.0", "As BY, and what is made from it keeps this licence."),
    "ODbL-1.0": ("Open Database Licence", "They must name you, and databases made from it keep this licence."),
    "CC-BY-NC-4.0": ("Creative Commons BY-NC 4.0", "They must name you, and may not earn money with it."),
    "CC-BY-NC-SA-4.0": ("Creative Commons BY-NC-SA 4.0", "As BY-NC, and what is made from it keeps this licence."),
    "Apache-2.0": ("Apache 2.0", "Anyone may use it and must keep its notice."),
    "MIT": ("MIT", "Anyone may use it and must keep its notice."),
    "BSD-3-Clause": ("BSD, three clauses", "Anyone may use it and must keep its notice."),
    "LicenseRef-WordNet-3.0": ("WordNet 3.0", "Anyone may use it and must keep Princeton's notice."),
    "LicenseRef-All-Rights-Reserved": ("All rights reserved", "Only for what you allow below."),
}

USES: tuple[tuple[str, str, str], ...] = (
    ("train", "Train models", "Models may learn from these records. This is what earns."),
    ("evaluate", "Measure models", "They may be used to test how good a model is."),
    ("share", "Share the record", "It may be given on to others. Copies cannot be recalled."),
)

ACCESS = (
    ("anyone", "Anyone", "Anybody may sign a contribution. You still decide what is accepted."),
    ("invited", "Invited people", "Only accounts you invite on the People tab may contribute."),
)
REVIEW = (
    ("every record", "Every record", "Each record waits for a curator's decision."),
    (
        "flagged records",
        "Flagged records",
        "Records without a finding pass by themselves; the rest wait for a decision.",
    ),
)

DECISIONS: dict[str, tuple[str, Tone, str]] = {
    "": ("Waiting", "muted", "clock"),
    "approve": ("Approved", "success", "circle-check"),
    "relabel": ("Relabelled", "info", "tag"),
    "reject": ("Rejected", "danger", "circle-x"),
    "withdrawn": ("Withdrawn", "muted", "undo-2"),
}

_STEPS = {
    "import": "the import",
    "add": "the added rows",
    "edit": "the edit",
    "exclude": "leaving rows out",
    "include": "taking rows in",
    "redact": "the replacements",
    "terms": "the new terms",
    "approve": "an approval",
    "reject": "a rejection",
    "relabel": "a new label",
    "clear": "a cleared decision",
}

_BAD_ROWS = {
    "columns": "has {found} cells where {expected} are expected",
    "quote": "opens a quote that never closes",
    "not JSON": "is not JSON",
    "not an object": "is not a JSON object",
    "no text": "has no text",
    "no cells": "has no value in any column",
    "not a picture": "is no picture: {column}",
    "damaged picture": "is damaged: {column}",
    "picture too large": "is too large: {column}",
    "not a number": "has something else than a number in the column “{column}”",
    "too long": "has too long a value in the column “{column}”",
}

_PROOF: dict[str, tuple[str, str]] = {
    "record leads to the root": (
        "Text and salt lead to the contribution's root",
        "Its fingerprint does not lead to the contribution's root",
    ),
    "root on the ledger": ("The ledger holds that very root", "The ledger holds another root"),
    "record is among the accepted": ("It is among the accepted records", "It is not among the accepted records"),
    "accepted root on the ledger": ("The ledger holds the curator's decision", "The ledger holds another decision"),
    "release: record leads to the root": ("It stands in the newest version", "It is not in the newest version"),
    "release: root of the release": ("The path ends in the version's root", "The path ends in another root"),
    "release: root on the ledger": ("The ledger holds that version's root", "The ledger holds another root"),
    "root of the release": ("The path ends in the version's root", "The path ends in another root"),
}


# what a record of each kind is called: one of them, many, and what a simple rival does with them
_NOUNS = {
    "text": ("a text", "texts", "counting words"),
    "table": ("a row of values", "rows", "comparing with the average of each label"),
    "image": ("a picture", "pictures", "comparing with the average of each label"),
}


def a_record(kind: str) -> str:
    return _NOUNS.get(kind, _NOUNS["text"])[0]


def records_of(kind: str) -> str:
    return _NOUNS.get(kind, _NOUNS["text"])[1]


def rival(kind: str) -> str:
    """What a model of this kind is measured against, as something that is done."""
    return _NOUNS.get(kind, _NOUNS["text"])[2]


def check_name(check: str) -> str:
    return CHECKS[check][0] if check in CHECKS else check[:1].upper() + check[1:]


def finding_words(finding: Any) -> str:
    """One finding of preflight as a sentence."""
    detail = dict(finding.detail)
    twin = "an earlier record of this Datanet" if "contribution" in detail else f"row {detail.get('of', '?')}"
    values = {name: foreign(value, 60) for name, value in detail.items()}
    values["twin"] = twin
    checks = ("personal data", "secret") if finding.check == "cells" else (finding.check,)
    words = next((_KINDS[check, finding.kind] for check in checks if (check, finding.kind) in _KINDS), None)
    if words is None:
        return f"{check_name(finding.check)}: {foreign(finding.kind, 60)}."
    for name in ("label", "found", "most", "limit", "licence", "datanet", "language", "percent", "expected"):
        values.setdefault(name, "?")
    return words.format_map(values)


def licence_name(licence: str) -> str:
    return LICENCES[licence][0] if licence in LICENCES else foreign(licence, 60)


def licence_words(licence: str) -> str:
    return LICENCES[licence][1] if licence in LICENCES else "A licence that this program does not know."


def uses_words(uses: frozenset[str]) -> str:
    said = [words.lower() for key, words, _ in USES if key in uses]
    return ", ".join(said)[:1].upper() + ", ".join(said)[1:] if said else "Nothing"


def decision(decision_: str, *, withdrawn: bool = False) -> tuple[str, Tone, str]:
    """Words, tone, icon."""
    return DECISIONS.get("withdrawn" if withdrawn else decision_, (decision_, "muted", "clock"))


def step_name(kind: str) -> str:
    return _STEPS.get(kind, "the last step")


def bad_row(row: Any) -> str:
    """A malformed row with its line: what a person looks up in the file."""
    words = _BAD_ROWS.get(row.reason, "cannot be read")
    found = "?" if row.found is None else row.found
    expected = "?" if row.expected is None else row.expected
    return f"Line {row.line:,} {words.format(found=found, expected=expected, column=foreign(row.column, 60))}"


def file_error(error: BaseException) -> tuple[str, str]:
    """What is wrong with a file and where, near the place where it was dropped."""
    values = dict(getattr(error, "values", {}))
    name = foreign(str(values.get("path", "")).replace("\\", "/").rsplit("/", 1)[-1], 80)
    reason, line = str(values.get("reason", "")), values.get("line")
    said = explain(error)
    title = f"{name}: nothing was imported" if name else said.title
    if reason in _BAD_ROWS and line is not None:
        column = foreign(values.get("column", name), 60)
        words = _BAD_ROWS[reason].format(
            found=values.get("found", "?"), expected=values.get("expected", "?"), column=column
        )
        return title, f"Line {line:,} {words}. Mend that line, or choose another file."
    plain = {
        "empty": "The file is empty. Choose one with at least one record.",
        "binary": "This is not a text file. Save it as CSV or JSONL and choose it again.",
        "missing": "The file is not there any more. Choose it again.",
        "permission": "You may not read this file. Change its permissions, or choose another one.",
        "no pictures": "It holds no pictures. Choose a folder, a zip, or a PNG, JPEG or WebP file.",
        "not a zip": "This zip cannot be read. Pack the pictures again.",
        "not a picture": "This is no picture that can be read. Choose a PNG, JPEG or WebP file.",
        "damaged picture": "This picture is damaged. Open and save it again, or choose another one.",
        "no column of the table": "It has none of this Datanet's columns. Its first line must name them.",
        "not a file": "This is a folder or a device. Choose a file.",
        "encoding": f"Line {line or '?'} holds bytes that are no text. Save the file as UTF-8.",
        "unknown encoding": "Its text encoding is not known. Save the file as UTF-8.",
        "changed while reading": "The file changed while it was read. Try again once it is finished.",
        "too many malformed rows": (
            f"More than {values.get('limit', 1000):,} rows cannot be used, the first at line {line or '?'}. "
            "Check the separator and the quotes."
        ),
    }
    if type(error).__name__ == "TooLarge":
        what = {"file": "bytes in the file", "rows": "rows", "field": "characters in one cell", "line": "characters"}
        noun = what.get(str(values.get("what")), foreign(values.get("what", ""), 40))
        where = f" at line {line:,}" if isinstance(line, int) else ""
        found, limit = values.get("found"), values.get("limit", 0)
        much = f"{found:,}" if isinstance(found, int) else "too many"
        return title, f"Too large{where}: {much} {noun}. The most that can be taken is {limit:,}."
    return title, plain.get(reason, said.what_to_do)


def proof_words(key: str, *, holds: bool, detail: str) -> str:
    good, bad = _PROOF.get(key, (key, key))
    known = {"hashes": "steps", "hash": "step"}
    shown = " ".join(known.get(word, word) for word in foreign(detail, 80).split())
    return f"{good if holds else bad} ({shown})" if shown and not shown.startswith("0x") else (good if holds else bad)


def change_words(difference: Any) -> str:
    """What a version changes, in one line: "320 added, 3 removed"."""
    parts = [
        (len(difference.added), "added"),
        (len(difference.removed), "removed"),
        (len(difference.relabelled), "relabelled"),
        (len(difference.terms_changed), "with other terms"),
        (len(difference.trust_changed), "with other trust"),
    ]
    said = [f"{number:,} {words}" for number, words in parts if number]
    return ", ".join(said) if said else "Nothing changes"


def versions(number: int) -> str:
    return count(number, "version")


# -- withdrawals of others ---------------------------------------------------------------------------------------------


def unnamed_words(unnamed: Sequence[UnnamedView]) -> tuple[str, str]:
    """Title and words for withdrawals that the ledger proves and whose records nobody named here; "" for none."""
    if not unnamed:
        return "", ""
    records = sum(one.records for one in unnamed)
    people = list(dict.fromkeys("you" if one.mine else foreign(one.contributor_name, 40) for one in unnamed))
    who = people[0] if len(people) == 1 else f"{people[0]} and {count(len(people) - 1, 'other')}"
    mine = people == ["you"]
    what = "Fetch the file that names them from the device that did it" if mine else "Ask for the file that names them"
    title = f"{count(records, 'record')} {'was' if records == 1 else 'were'} withdrawn by {who}"
    return title, (
        f"The ledger says how many, not which ones. {what}, and take it in: until then they stay in the next version, "
        "and in models that are built here."
    )


def named_words(taken: Taken) -> tuple[str, str]:
    """What a file of withdrawn records did."""
    if not taken.here:
        return (
            f"{count(taken.records, 'withdrawn record')} named",
            "None of them is on this device. Should they come, they stay out.",
        )
    if not taken.new:
        return "Nothing changed", "What this file names was taken out before."
    words = (
        "They are those that their contributor withdrew, as the ledger proves. The next version goes on without them, "
        "and models that learned from them are outdated: retrain those on the Models page."
    )
    return f"{count(taken.new, 'record')} taken out", words
