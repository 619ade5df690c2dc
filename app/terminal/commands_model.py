"""Models: train, publish, run, retrain after a withdrawal."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from app.terminal import commands_audit, commands_trace
from core.chain.parameters import SPLIT


def add(command: Any, group: Any) -> None:
    model = group("model", "train, publish and run models")
    command("list", "the models of this profile", list_all, under=model)
    made = command("train", "a model from a Datanet's newest release", train, under=model)
    made.add_argument("datanet", type=int)
    made.add_argument("--name", default="")
    made.add_argument(
        "--encoder",
        default="auto",
        help="auto: the simplest of those closest on records left out of training; thorough: the slow ones too; "
        "or one of static-256, words-1024, static-256+words, minilm-w4, minilm-w4+words",
    )
    made.add_argument(
        "--head",
        choices=("auto", "ridge", "softmax"),
        default="auto",
        help="auto: ridge, unless softmax errs less by more than a point on few columns",
    )
    made.add_argument("--held-out", type=Path, help="CSV or JSONL of records to measure on (else a tenth is kept out)")
    made = command("publish", "package hash, fee and split on the ledger", publish, under=model)
    made.add_argument("model", type=int)
    made.add_argument("--fee", default="0.01", help="OPEN a call")
    made.add_argument(
        "--split", default=",".join(map(str, SPLIT)), help="basis points: contributors,builder,supporters,treasury"
    )
    made.add_argument("--account", default="0")
    made = command("fee", "another fee for later calls of a model you built", fee, under=model)
    made.add_argument("model", type=int)
    made.add_argument("fee", help="OPEN a call; 0 makes calls free")
    made = command("retire", "no more calls, for good; those that were made are settled", retire, under=model)
    made.add_argument("model", type=int)
    made = command("run", "ask a model, and see whose records carried the answer", run, under=model)
    made.add_argument("model", type=int)
    made.add_argument("text", help="a text; of a table's model column=value,column=value; of a picture's model a file")
    made.add_argument("--account", default="0", help="who pays")
    commands_trace.add_card(command, model)
    commands_audit.add_weights(command, model)
    made = command("verify", "recompute one answer on this machine and compare", verify, under=model)
    made.add_argument("call", type=int)
    made = command(
        "retrain", "exactly without the withdrawn records, with a receipt on the ledger", retrain, under=model
    )
    made.add_argument("model", type=int)
    made.add_argument("--account", default="0")


def list_all(client: Any, _options: Any, out: Any) -> None:
    from ui.text import percent, word

    columns = {
        "id": "#",
        "name": "Name",
        "records": "Records",
        "accuracy.ours": "Right answers",
        "fee": "Fee (OPEN)",
        "calls": "Calls",
        "state": "State",
    }
    words = {
        "accuracy.ours": lambda one: percent(one.accuracy.ours) if one.accuracy.held_out else "not measured",
        "fee": lambda one: str(one.fee).removesuffix(" OPEN") if one.number is not None else "-",
        "state": lambda one: word("model", one.state),
    }
    out.table(client.models.all(), columns, "No models yet. Train one with `openledger model train`.", words=words)


def train(client: Any, options: Any, out: Any) -> None:
    from app.terminal.commands_sharing import tell_unnamed
    from app.terminal.session import reporter

    tell_unnamed(client, out, options.datanet)
    out.value(
        client.models.train(
            options.datanet,
            name=options.name,
            encoder=options.encoder,
            held_out=options.held_out,
            family=options.head,
            progress=reporter(out),
        )
    )


def publish(client: Any, options: Any, out: Any) -> None:
    from app.terminal.commands_wallet import find_account
    from app.terminal.session import confirm
    from core.errors import BadInput
    from core.units import Amount

    try:
        split = tuple(int(part) for part in options.split.split(","))
    except ValueError as error:
        raise BadInput(field="split", reason="not numbers", value=options.split) from error
    account = find_account(client, options.account).index
    prepared = client.models.prepare_publish(options.model, account, Amount.parse(options.fee), split)
    out.value(confirm(client, out, options, prepared))


def fee(client: Any, options: Any, out: Any) -> None:
    from app.terminal.session import confirm
    from core.units import Amount

    out.value(confirm(client, out, options, client.models.prepare_fee(options.model, Amount.parse(options.fee))))


def retire(client: Any, options: Any, out: Any) -> None:
    from app.terminal.session import confirm

    out.value(confirm(client, out, options, client.models.prepare_retire(options.model)))


def run(client: Any, options: Any, out: Any) -> None:
    from app.terminal.commands_wallet import find_account

    payer = find_account(client, options.account).index
    kind = client.models.get(options.model).kind
    if kind == "table":
        cells = dict(_cell(part) for part in next(csv.reader([options.text])))
        answer = client.models.ask_row(options.model, cells, payer)
    elif kind == "image":
        answer = client.models.ask_picture(options.model, Path(options.text), payer)
    else:
        answer = client.models.run(options.model, options.text, payer)
    from ui.trace_words import INFLUENCE_THEM

    sure = f"of held-out answers that led this far {answer.confidence:.0%} were right; " if answer.confidence else ""
    lines = [f"{answer.label}   ({sure}{answer.latency_ms:.1f} ms, fee {answer.fee}, call {answer.call})"]
    if answer.contributors:
        lines += [INFLUENCE_THEM, *(f"  {share.share:+.1%}  {share.name}" for share in answer.contributors)]
    out.value(answer, "\n".join(lines))


def _cell(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return name.strip(), value.strip()


def verify(client: Any, options: Any, out: Any) -> int:
    from app.terminal.output import checks_words

    verified = client.models.verify_answer(options.call)
    out.value(verified, checks_words(verified))
    return 0 if verified.ok else 1


def retrain(client: Any, options: Any, out: Any) -> None:
    from app.terminal.commands_wallet import find_account
    from app.terminal.session import confirm, reporter

    account = find_account(client, options.account).index
    withdrawal, prepared = client.models.prepare_retrain(options.model, account, progress=reporter(out))
    signed = confirm(client, out, options, prepared)
    out.value({"withdrawal": withdrawal, "signed": signed})
