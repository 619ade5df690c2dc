"""What becomes of every lie: `core/chain/LIES.md` is the table of it.

`python -m tests.core.chain.lies_table` writes the table anew.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from core.chain import transport as chain_transport
from core.chain.quorum import Standing
from core.chain.transport import HttpTransport
from core.chain.trust import TrustState
from core.errors import OpenLedgerError
from core.values import TrustView
from tests.doubles.lies import CASES, Case, simulated_cases
from tests.doubles.odd_answers import FORMS, Drip, FormCase
from ui import text

TABLE = Path(__file__).parents[3] / "core" / "chain" / "LIES.md"


@dataclass(frozen=True)
class Outcome:
    """`kind`: "refused", "marked" or "worked out"; anything else is a lie believed."""

    kind: str
    detail: str
    words: str


_RIGHT = "The right answer is worked out here; what the node says is not read."
_BELIEVED = {TrustState.LOCAL, TrustState.PROVEN, TrustState.QUORUM}


def _refusal(error: OpenLedgerError) -> Outcome:
    said = text.explain(error)
    keys = [str(error.values[name]) for name in ("what", "reason", "message") if name in error.values]
    detail = f"{type(error).__name__}: {', '.join(keys)}".rstrip(": ")
    words = f"{said.title}. {said.what_to_do}"
    return Outcome("refused", detail[:60], words if len(words) < 200 else f"{said.title}.")


@cache
def outcome(case: Case) -> Outcome:
    """Tell the lie, ask, and see. A right answer is compared with what an honest node gives on the same ground."""
    made = case.ground()
    made.here.liar.tell(case.lie(made))
    try:
        found = case.ask(made)
    except OpenLedgerError as error:
        return _refusal(error)
    trust = found.trust
    if trust.state not in _BELIEVED:
        said = text.trust(TrustView(trust.state.value, trust.reason.value))
        return Outcome("marked", f"{trust.state.value}: {trust.reason.value}", said.what_to_do)
    if found.value != case.ask(case.ground()).value:
        return Outcome("believed", repr(found.value)[:200], "")
    report = made.light.report
    if report is not None and report.endpoints[0].standing is not Standing.AGREES:
        standing = report.endpoints[0].standing.value
        return Outcome("outvoted", standing, text.word("standing", standing))
    return Outcome("worked out", "", _RIGHT)


_INTRODUCTION = """# Lies, and what becomes of them

Each line is told by a node in the tests (`tests/doubles/lies.py`) to a light node that knows the truth so far; the test
compares this table with what happened. *Refused*: the answer is thrown away and the error says why. *Marked*: the value
comes with the state `unverified` or `stale` and its reason. *Worked out*: the answer is right, and proven, whatever the
node says. *Outvoted*: enough other endpoints agree, and the liar is named.

| # | told about | the lie | what happens | why | in words |
|---|---|---|---|---|---|
"""


def table(simulator: Any) -> tuple[str, list[tuple[str, str, Outcome]]]:
    rows = [(case.group, case.name, outcome(case)) for case in (*CASES, *simulated_cases(simulator))]
    rows += [("the form of an answer", case.name, form_outcome(case)) for case in FORMS]
    rows.append(("the form of an answer", "a byte an hour", drip_outcome()))
    lines = [
        f"| {number} | {group} | {name} | {found.kind} | {found.detail} | {found.words} |"
        for number, (group, name, found) in enumerate(rows, start=1)
    ]
    return _INTRODUCTION + "\n".join(lines) + "\n", rows


@cache
def form_outcome(case: FormCase) -> Outcome:
    transport = HttpTransport(
        "https://a.example", transport=httpx.MockTransport(lambda request: case.answer(json.loads(request.content)))
    )
    try:
        if case.many:
            found: Any = transport.request_many([("eth_x", [at]) for at in range(3)])
            words = "The answers are put in the order of the questions, by their numbers."
            return Outcome("worked out" if found == ["0x0", "0x1", "0x2"] else "believed", "", words)
        found = transport.request("eth_x")
    except OpenLedgerError as error:
        return _refusal(error)
    return Outcome("believed", str(found), "")


@cache
def drip_outcome() -> Outcome:
    clock = [0.0]
    transport = HttpTransport(
        "https://a.example", transport=httpx.MockTransport(lambda _request: httpx.Response(200, stream=Drip(clock)))
    )
    real, chain_transport.time = chain_transport.time, type("Clock", (), {"monotonic": lambda: clock[0]})  # type: ignore[assignment]
    try:
        transport.request("eth_x")
    except OpenLedgerError as error:
        return _refusal(error)
    finally:
        chain_transport.time = real  # type: ignore[assignment]
    return Outcome("believed", "", "")


if __name__ == "__main__":
    from core.worker.child import Child

    child = Child("simulator")
    try:
        written, found = table(child)
    finally:
        child.stop()
    TABLE.write_text(written, "utf-8")
    sys.stdout.write(f"{len(found)} lies\n")
