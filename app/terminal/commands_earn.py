"""Money for use: deposit, settle, earnings, claim."""

from __future__ import annotations

from pathlib import Path
from typing import Any


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
    from ui.text import word

    tries = client.earnings.tries()
    for one in tries:
        calls = f"{one.calls:,} calls of {one.payer_name} to {one.model_name}"
        if one.refused:
            out.say(f"Not settled, {calls}: {word('refused', one.refused)}. Nothing was paid; settle them again.")
        else:
            out.say(f"On its way, {calls}: transaction {one.tx_hash} is in no block yet.")
    out.value([*client.earnings.settlements(), *client.earnings.unseen(), *tries])


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
    out.value(list(client.earnings.demands()))


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
    out.value(client.earnings.overview())


def payment(client: Any, options: Any, out: Any) -> None:
    from app.terminal.commands_wallet import account_or_address

    out.value(client.earnings.detail(options.settlement, account_or_address(client, options.account)))


def claim(client: Any, options: Any, out: Any) -> None:
    from app.terminal.commands_wallet import find_account
    from app.terminal.session import confirm

    account = find_account(client, options.account)
    out.value(confirm(client, out, options, client.earnings.prepare_claim(account.index)))
