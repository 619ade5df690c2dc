"""The vocabulary behind `ui/text.py`: one line for each error, trust state and key. Plain, short, active."""

from __future__ import annotations

from typing import Literal

Tone = Literal["", "muted", "info", "success", "warning", "danger", "accent"]

# Error class name: what happened, what to do, tone. {names} are the values the error carries.
ERRORS: dict[str, tuple[str, str, Tone]] = {
    "OpenLedgerError": ("That did not work", "Try again. If it comes back, the details say what happened.", "danger"),
    "BadInput": ("Please check {field}", "It cannot be used as it is: {reason}.", "warning"),
    "BadAddress": (
        "This is not an account address",
        "An address starts with 0x and has 40 letters and digits.",
        "warning",
    ),
    "BadAmount": ("This is not an amount", "Write a number such as 1.5, with a point before the decimals.", "warning"),
    "BadPhrase": ("This is not a recovery phrase", "Check the words, their spelling and their order.", "warning"),
    "BadFile": ("The file could not be read", "{path}: {reason}. Choose another file or mend this one.", "warning"),
    "TooLarge": ("That is too large", "{what} is {found}; the most that can be taken is {limit}.", "warning"),
    "Locked": ("OpenLedger is locked", "Enter your password to go on.", "info"),
    "WrongPassword": ("Wrong password", "Check capital letters and keyboard layout, then try again.", "warning"),
    "Cancelled": ("Stopped", "Nothing more was done after you stopped it.", "info"),
    "StorageError": (
        "The files of this profile could not be used",
        "Check that the disk is there and writable.",
        "danger",
    ),
    "DatabaseCorrupt": (
        "A file of this profile is damaged",
        "Nothing was overwritten. Restore your latest backup; the ledger file can also be rebuilt from the phrase.",
        "danger",
    ),
    "DiskFull": ("The disk is full", "Make room, then try again. What was saved before is safe.", "danger"),
    "ProfileInUse": (
        "This profile is already open",
        "Another window of OpenLedger uses it (process {pid}). Go on there, or close it first.",
        "warning",
    ),
    "NewerProfile": (
        "This profile was written by a newer version",
        "Install the newest OpenLedger to open it. Nothing was changed.",
        "warning",
    ),
    "RolledBack": (
        "A file of this profile is older than it should be",
        "{what} was {expected} and is now {found}. Someone may have put an old copy back: restore your latest backup.",
        "danger",
    ),
    "WorkerError": ("A helper of this program stopped", "It is started again when needed. Try once more.", "danger"),
    "WorkerDied": ("The {name} stopped unexpectedly", "It is started again when needed. Try once more.", "danger"),
    "WorkerTimeout": (
        "The {name} did not answer in time",
        "It had {seconds} seconds. Close other heavy programs and try again.",
        "warning",
    ),
    "WorkerLimit": (
        "The {name} was stopped at its limit",
        "It went past {limit} ({what}). A model or file from outside may be built to do harm.",
        "danger",
    ),
    "NodeError": ("The ledger node has a problem", "Look at the Network page for its state.", "danger"),
    "NodeUnreachable": (
        "The ledger node cannot be reached",
        "What you see may be out of date. Check the connection, or choose another endpoint on the Network page.",
        "warning",
    ),
    "RpcError": ("The ledger node refused", "It says: {message}", "danger"),
    "WrongChain": (
        "This is another ledger than expected",
        "Expected {expected}, found {found}. Nothing was signed. Check the endpoint on the Network page.",
        "danger",
    ),
    "ProofError": ("The node's word does not hold", "The answer was thrown away. Choose another endpoint.", "danger"),
    "ProofMismatch": (
        "A proof does not match",
        "{what} differs from what the block commits to. The answer was thrown away; do not trust this endpoint.",
        "danger",
    ),
    "BadEncoding": ("The node sent broken data", "{what} cannot be read. The answer was thrown away.", "danger"),
    "TransactionError": ("The transaction did not go through", "Nothing else was changed. See the details.", "danger"),
    "InsufficientFunds": (
        "Not enough OPEN",
        "This needs {needed} with its fee; the account holds {available}. Take a smaller amount or add OPEN first.",
        "warning",
    ),
    "FeeTooHigh": (
        "The fee is unusually high",
        "It would be {fee}, your limit is {limit_wei}. Wait, or raise the limit in Settings.",
        "warning",
    ),
    "Reverted": ("The contract refused", "It says: {reason}. Only the fee was spent.", "danger"),
    "NotConfirmed": (
        "Not in a block yet",
        "It has waited {seconds} seconds. It may still arrive; its state stands on the Wallet page.",
        "warning",
    ),
    "RefusedToSign": (
        "OpenLedger would not sign this",
        "{field} is not safe: {reason}. Nothing was signed.",
        "danger",
    ),
    "DatanetError": ("The Datanet's rules do not allow this", "Reason: {reason}.", "warning"),
    "ModelError": ("The model could not be used", "Reason: {reason}.", "danger"),
    "PackageRefused": (
        "This model package was refused",
        "{reason}. It was not run. Get it again from its builder.",
        "danger",
    ),
    "TooFewRecords": (
        "Too few records to train",
        "“{label}” has {found}, and needs at least {needed}. Add records, or leave the label out.",
        "warning",
    ),
    "AttributionError": ("The shares could not be computed", "Reason: {reason}.", "danger"),
    "Uncertified": (
        "The result could not be certified",
        "Its rounding is not proven, so it is not used. Train again; if it comes back, report it.",
        "danger",
    ),
    "MemoryError": ("Out of memory", "Close other programs, or take a smaller file.", "danger"),
    "PermissionError": ("Not allowed to use that file", "Check its permissions, or choose another place.", "warning"),
    "FileNotFoundError": ("The file is not there", "It may have been moved. Choose it again.", "warning"),
}

# `reason` keys that say exactly what to do, whatever the error
REASONS: dict[str, str] = {
    "checksum": "One or more characters are wrong. Copy it again from where you got it.",
    "form": "An address starts with 0x and has 40 letters and digits.",
    "length": "It has too few or too many characters.",
    "not a number": "Write a number such as 1.5, with a point before the decimals.",
    "more than 18 decimals": "OPEN has 18 decimals at most. Shorten the number.",
    "range": "The amount is outside of what is possible.",
    "word count": "A recovery phrase has 12, 15, 18, 21 or 24 words.",
    "unknown word": "At least one word is not in the list of words. Check the spelling.",
    "empty": "Fill this in first.",
    "no text column": "Choose the column that holds the text.",
    "encoding": "The file's text encoding is not readable. Save it as UTF-8.",
}

TRUST: dict[str, tuple[str, str, Tone]] = {
    "local": ("verified", "Read from the ledger on this machine and checked against its blocks.", "success"),
    "proven": ("verified", "Checked against the block's state root with a Merkle proof.", "success"),
    "quorum": ("agreed", "Several endpoints agree, but no proof was available.", "info"),
    "unverified": (
        "unverified",
        "One endpoint says so and nothing checked it. Do not rely on it for money.",
        "warning",
    ),
    "stale": ("stale", "No newer value could be fetched.", "warning"),
    "failed": ("proof failed", "The node's answer contradicts the block. It is not used.", "danger"),
}

TRUST_REASONS: dict[str, str] = {
    "no proof": "The endpoint gives no proofs.",
    "offline": "The node cannot be reached.",
    "unreachable": "The node cannot be reached.",
    "syncing": "Headers are still being checked.",
}

# group: key: words, tone
KEYS: dict[str, dict[str, tuple[str, Tone]]] = {
    "what": {
        "send": ("Send OPEN", ""),
        "received": ("Received OPEN", "success"),
        "datanet.create": ("Create a Datanet", ""),
        "contribute": ("Contribute records", ""),
        "review": ("Review a contribution", ""),
        "release": ("Release a version", ""),
        "withdraw": ("Withdraw records", ""),
        "model.publish": ("Publish a model", ""),
        "model.retrain": ("Publish a retrained model", ""),
        "deposit": ("Deposit for model calls", ""),
        "settle": ("Settle model calls", ""),
        "claim": ("Claim earnings", ""),
        "deploy": ("Set up the contracts", ""),
    },
    "tx": {
        "pending": ("Waiting for a block", "info"),
        "confirmed": ("Confirmed", "success"),
        "replaced": ("Replaced", "muted"),
        "dropped": ("Dropped", "warning"),
        "failed": ("Failed", "danger"),
    },
    "contribution": {
        "draft": ("Draft", "muted"),
        "signed": ("Signed", "info"),
        "committed": ("Waiting for review", "info"),
        "reviewed": ("Reviewed", "success"),
        "released": ("Released", "success"),
        "withdrawn": ("Withdrawn", "muted"),
    },
    "model": {
        "trained": ("Trained, not published", "info"),
        "published": ("Published", "success"),
        "outdated": ("Outdated", "warning"),
        "retired": ("Retired", "muted"),
    },
    "payout": {"claimable": ("Claimable", "accent"), "claimed": ("Paid", "success")},
    "risk": {
        "new address": ("You have never sent anything to this address.", "warning"),
        "looks like a known address": (
            "This address looks like one you know, but is another. Someone may want you to mix them up.",
            "danger",
        ),
        "most of the balance": ("This takes most of what the account holds.", "warning"),
        "voucher above deposit": ("The deposit does not cover this voucher yet.", "warning"),
        "contract unknown": ("The code at this address is not one this program ships.", "danger"),
    },
    "need": {
        "review": ("contributions wait for your review", ""),
        "contribution.review": ("contributions wait for your review", ""),
        "release": ("Datanets are ready for a new version", ""),
        "claim": ("payments can be claimed", ""),
        "settle": ("models have calls to settle", ""),
        "sign": ("drafts wait to be signed", ""),
        "backup": ("Make a backup of this profile", ""),
    },
    "zero": {
        "no contributions": ("You have not contributed records yet.", ""),
        "not released": ("Your records are not in a released version yet.", ""),
        "no model": ("No model has been built on your records yet.", ""),
        "no calls": ("No model built on your records has been used yet.", ""),
        "not settled": ("Your records were used, but the calls are not settled yet.", ""),
        "not positive": ("Your records did not help the answers they touched, so they earned nothing.", ""),
        "no positive influence": ("Your records did not help the answers they touched, so they earned nothing.", ""),
    },
    "label": {
        "to": ("To", ""),
        "from": ("From", ""),
        "amount": ("Amount", ""),
        "fee": ("Fee", ""),
        "account": ("Account", ""),
        "datanet": ("Datanet", ""),
        "records": ("Records", ""),
        "root": ("Root of the records", ""),
        "licence": ("Licence", ""),
        "labels": ("Labels", ""),
        "model": ("Model", ""),
        "split": ("Split", ""),
        "version": ("Version", ""),
        "payer": ("Payer", ""),
        "calls": ("Calls", ""),
        "deposit": ("Deposit", ""),
        "contract": ("Contract", ""),
        "network": ("Network", ""),
    },
}
