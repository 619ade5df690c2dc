"""Money for use: deposit, settle, earnings, claim."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_RECORDS = 10  # lines of a payment


def add(command: Any, _group: Any) -> None:
    made = command("deposit", "set OPEN aside to pay for calls", deposit)
    made.add_argument("amount", help="in OPEN")
    made.add_argument("--account", default="0")
    made = command("settle", "turn a payer's metered calls into pay on the ledger", settle)
    made.add_argument("model", type=int)
    made.add_argument("--payer", default="0")
    made.add_argument("--poster", default="0", help="the model's builder or a contributor")
    command("earnings", "what your records earned, and why", earnings)
    made = command("payment", "open one payment down to the records that earned it", payment)
    made.add_argument("settlement")
    made.add_argument("--account", default="0", help="of yours (number or name), or anybody's address")
    made = command("claim", "claim everything that is claimable for an account", claim)
    made.add_argument("--account", default="0")
    command("settlements", "the settlements here and where they stand", settlements)
    made = command("finish", "after the window: bond back, parts to builder, supporters and treasury", finish)
    made.add_argument("settlement")
    made.add_argument("--account", default="0")
    made = command("take", "take out bonds and parts that wait for an account", take)
    made.add_argument("--account", default="0")
    made = command("settlement-export", "write the file that contributors check a settlement with", export)
    made.add_argument("settlement")
    made.add_argument("file", type=Path)
    made = command("settlement-check", "check a settlement by its poster's file and keep what it pays", check)
    made.add_argument("file", type=Path)
    made = command("object", "announce and send an objection to a false settlement", challenge)
    made.add_argument("settlement")
    made.add_argument("--account", default="0")
    made = command("demands", "leaves that somebody wants to see of settlements posted here", demands)
    made = command("answer", "answer every demand", answer)
    made.add_argument("--account", default="0")


def settlements(client: Any, _options: Any, out: Any) -> None:
    from ui.earning_words import settlement_words
    from ui.text import moment, word

    columns = {"settlement": "Settlement", "time": "When", "model_name": "Model", "calls": "Calls"}
    columns |= {"total": "Total (OPEN)", "pool": "Pool (OPEN)", "state": "State", "verdict": "Checked here"}
    words = {
        "settlement": lambda one: one.settlement,
        "time": lambda one: moment(one.time),
        "state": settlement_words,
        "verdict": lambda one: word("verdict", one.verdict),
    }
    tries = client.earnings.tries()
    if out.as_json:
        out.value([*client.earnings.settlements(), *client.earnings.unseen(), *tries])
        return
    for one in tries:
        calls = f"{one.calls:,} calls of {one.payer_name} to {one.model_name}"
        if one.refused:
            out.say(f"Not settled, {calls}: {word('refused', one.refused)}. Nothing was paid; settle them again.")
        else:
            out.say(f"On its way, {calls}: transaction {one.tx_hash} is in no block yet.")
    rows = [*client.earnings.settlements(), *client.earnings.unseen()]
    out.table(rows, columns, "Nothing was settled yet. Calls are settled with `openledger settle`.", words=words)


def _signed(client: Any, options: Any, out: Any, prepare: Any, *arguments: object) -> None:
    from app.terminal.commands_wallet import find_account
    from app.terminal.session import confirm

    account = find_account(client, options.account).index
    out.value(confirm(client, out, options, prepare(*arguments, account)))


def finish(client: Any, options: Any, out: Any) -> None:
    _signed(client, options, out, client.earnings.prepare_finish, options.settlement)


def take(client: Any, options: Any, out: Any) -> None:
    _signed(client, options, out, client.earnings.prepare_take)


def export(client: Any, options: Any, out: Any) -> None:
    from app.terminal.session import agree
    from ui.disclosing import settlement_words

    few = client.earnings.few_calls(options.settlement)
    agree(out, options, settlement_words(few), "Nothing was written")
    client.earnings.export_settlement(options.settlement, options.file, disclose=True)
    out.value({"file": str(options.file), "few_calls": dict(few)})


def check(client: Any, options: Any, out: Any) -> None:
    out.value(client.earnings.import_settlement(options.file))


def challenge(client: Any, options: Any, out: Any) -> None:
    from app.terminal.commands_wallet import find_account
    from app.terminal.session import confirm

    account, earnings = find_account(client, options.account).index, client.earnings
    announced = confirm(client, out, options, earnings.prepare_announce(options.settlement, account))
    shown = confirm(client, out, options, earnings.prepare_challenge(options.settlement, account))
    out.value({"announced": announced, "shown": shown})


def demands(client: Any, _options: Any, out: Any) -> None:
    from ui.text import moment

    columns = {"settlement": "Settlement", "kind": "Of", "index": "Leaf", "demander": "Asked by", "deadline": "Until"}
    kinds = {1: "sums", 2: "derived sums", 3: "scores", 4: "payouts"}
    words = {"kind": lambda one: kinds.get(one.kind, str(one.kind)), "deadline": lambda one: moment(one.deadline)}
    out.table(client.earnings.demands(), columns, "Nobody asks for a leaf.", words=words)


def answer(client: Any, options: Any, out: Any) -> int:
    """One that cannot be answered, or that the person will not answer, keeps no other waiting past its deadline."""
    from app.terminal.commands_wallet import find_account
    from app.terminal.session import confirm
    from core.errors import Cancelled, OpenLedgerError
    from ui.text import explain

    account = find_account(client, options.account).index
    done: list[Any] = []
    left = 0
    for demand in client.earnings.demands():
        try:
            done.append(confirm(client, out, options, client.earnings.prepare_answer(demand, account)))
        except Cancelled:
            raise
        except (OpenLedgerError, SystemExit) as error:
            words = explain(error)
            why = str(error.code) if isinstance(error, SystemExit) else f"{words.title}. {words.what_to_do}"
            out.say(f"Not answered, settlement {demand.settlement}: {why}")
            left += 1
    out.value(done, f"{len(done)} answered, {left} left.")
    return 1 if left else 0


def deposit(client: Any, options: Any, out: Any) -> None:
    from app.terminal.commands_wallet import find_account
    from app.terminal.session import confirm
    from core.units import Amount

    account = find_account(client, options.account).index
    out.value(confirm(client, out, options, client.earnings.prepare_deposit(account, Amount.parse(options.amount))))


def settle(client: Any, options: Any, out: Any) -> None:
    from app.terminal.commands_wallet import find_account
    from app.terminal.session import confirm, reporter

    payer = find_account(client, options.payer).index
    poster = find_account(client, options.poster).index
    prepared = client.earnings.prepare_settle(options.model, payer, poster, progress=reporter(out))
    out.value(confirm(client, out, options, prepared))


def earnings(client: Any, _options: Any, out: Any) -> None:
    found = client.earnings.overview()
    out.value(found, "\n".join(_overview_lines(found)))


def _overview_lines(found: Any) -> list[str]:
    """What was earned in all, then payment by payment, as the screens say it."""
    from ui.earning_words import payout_words, zero_words
    from ui.text import count, foreign, moment, open_

    lines = [f"Earned {open_(found.total)}: {open_(found.claimable)} to claim, {open_(found.claimed)} claimed."]
    if found.reason:
        lines.append(zero_words(found.reason))
    if found.waiting:
        lines.append(f"{open_(found.waiting)} more is settled; objections can still be raised.")
    if found.pending_calls:
        lines.append(f"{count(found.pending_calls, 'call')} on your records not settled yet.")
    for one in found.payouts:
        when = moment(one.time) if one.time else "-"
        who, model = foreign(one.account_name, 40), foreign(one.model_name, 60)
        lines.append(f"  {open_(one.amount, 6)}  {payout_words(one)}  {when}  {who}, {model}  {one.settlement}")
    return lines


def payment(client: Any, options: Any, out: Any) -> None:
    from app.terminal.commands_wallet import account_or_address

    found = client.earnings.detail(options.settlement, account_or_address(client, options.account))
    out.value(found, "\n".join(_payment_lines(found)))


def _payment_lines(found: Any) -> list[str]:
    """From the settled calls down to the balance; the records that did most first. --json has all of them."""
    from ui.earning_words import payout_words, settlement_words
    from ui.text import count, foreign, number

    payout, settled = found.payout, found.settlement
    calls = f"{count(settled.calls, 'call')} of {foreign(settled.model_name, 60)}, {settled.total} in all"
    lines = [
        f"{payout.amount} for {foreign(payout.account_name, 40)}: {payout_words(payout)}",
        f"{calls}, {settled.pool} of it for contributors: {settlement_words(settled)}",
        f"Their records' measured influence: {number(found.contributor_positive)} of {number(found.all_positive)}",
    ]
    first = sorted(found.records, key=lambda record: -record.positive)[:_RECORDS]
    lines += [f"  {number(one.total)}  {foreign(one.text, 60) or 'not on this device'}" for one in first]
    if len(found.records) > _RECORDS:
        lines.append(f"  and {number(len(found.records) - _RECORDS)} more records; --json has them all")
    lines.append("The proof holds, recomputed just now." if found.proof_holds else "There is no proof that holds.")
    if found.claim_tx is not None:
        lines.append(f"Claimed in {found.claim_tx}.")
    return lines


def claim(client: Any, options: Any, out: Any) -> None:
    from app.terminal.commands_wallet import find_account
    from app.terminal.session import confirm

    account = find_account(client, options.account)
    out.value(confirm(client, out, options, client.earnings.prepare_claim(account.index)))
