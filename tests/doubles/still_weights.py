"""What the scripts say of a weights file, as the client passes it on."""

from __future__ import annotations

import dataclasses

from core.values import Verified

WEIGHED = Verified(
    ok=True,
    checks=(
        ("the package is the one that the ledger names, and pins figures of admission", True, "'Topics'"),
        ("each record's features are those of its text or row", True, "3600 records made again, 257 features each"),
        (
            "the thresholds are the least at which at most one in a hundred trusted records loses weight",
            True,
            "runs 48/64, likeness 45/64, how often 3",
        ),
        (
            "each record's novelty, and the reason for it, follows from the texts of all older records",
            True,
            "3050 new, 360 copy, 136 often, 44 alike, 10 near",
        ),
        (
            "each record's weight in the model is its novelty times the quality of its contributor under its label",
            True,
            "174111 of at most 230400 in all",
        ),
    ),
)
FAULTY = dataclasses.replace(
    WEIGHED,
    ok=False,
    checks=(*WEIGHED.checks[:-1], (WEIGHED.checks[-1][0], False, "of record 240: 0 here, 64 in the model")),
)
