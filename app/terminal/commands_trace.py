"""Where data mattered: one record, one contributor, and a model's card."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def add(command: Any, group: Any) -> None:
    record = group("record", "where one record mattered")
    made = command("show", "its weight, effect, answers and pay in every model", show_record, under=record)
    made.add_argument("record", type=int, help="its number on this device, as `record find` gives it")
    made = command("find", "records of a Datanet by their words", find, under=record)
    made.add_argument("datanet", type=int)
    made.add_argument("words")
    made = command("without", "make a model again without one record, and compare", without, under=record)
    made.add_argument("record", type=int)
    made.add_argument("model", type=int)
    person = group("person", "what one contributor gave and did")
    made = command("show", "records, weights with reasons, influence and pay", show_person, under=person)
    made.add_argument("account", help="an account of yours (number or name), or anybody's address")


def add_card(command: Any, model: Any) -> None:
    """`model card`, in the group of the models' commands."""
    made = command("card", "what a model is for, how good it is, and what it cannot do", card, under=model)
    made.add_argument("model", type=int)
    made.add_argument("--file", type=Path, help="write it there: a web page, or Markdown where the name ends in .md")


def _place(text: str, most: int = 72) -> str:
    from ui.text import foreign

    return foreign(text, most)


def show_record(client: Any, options: Any, out: Any) -> None:
    from app.terminal.session import reporter

    found = client.explaining.record(options.record, progress=reporter(out))
    out.value(found, "\n".join(_record_lines(found)))


def _record_lines(found: Any) -> list[str]:
    from ui.text import change, count
    from ui.trace_words import (
        INFLUENCE,
        PAY,
        PRIVATE,
        calls_words,
        doubt_words,
        effect_words,
        long_run,
        pay_state,
        signed,
        weight_words,
    )

    whose = f"{_place(found.contributor_name)}{' (you)' if found.mine else ''}"
    lines = [_place(found.text, 2000), f"“{_place(found.label)}”, from {whose} in {_place(found.datanet_name)}", ""]
    for one in found.models:
        lines += [f"In “{_place(one.name)}”: weight {one.weight.weight} of {one.weight.most}"]
        said = (weight_words(one.weight), effect_words(one), doubt_words(one))
        lines += [f"  {words}" for words in said if words]
        lines.append(f"  {calls_words(one.supports, one.opposes, one.calls, one.calls_all)}")
        for answer in (*one.supported, *one.opposed):
            lines.append(f"    {signed(answer.share, 2):>8}  call {answer.call}  {_place(answer.text)}")
        lines.append("")
    lines += [INFLUENCE, "", long_run(found)]
    for pay in found.pay:
        about = f"about {change(pay.about.wei, 6).lstrip('+')}" if pay.positive else "nothing"
        lines.append(f"  {count(pay.calls, 'call')}: total {pay.total:+,}, {about} ({pay_state(pay.state)})")
    return [*lines, PAY, "", PRIVATE]


def find(client: Any, options: Any, out: Any) -> None:
    datanets = client.datanets
    wanted = datanets.wanted(options.datanet, search=options.words)
    columns = {"id": "#", "label": "Label", "text": "Text"}
    out.table(datanets.records.page(wanted, 0, 50), columns, "No record has these words.")


def without(client: Any, options: Any, out: Any) -> None:
    from app.terminal.session import reporter
    from ui.trace_words import without_words

    found = client.explaining.without(options.model, options.record, progress=reporter(out))
    out.value(found, "\n".join(without_words(found)))


def show_person(client: Any, options: Any, out: Any) -> None:
    from app.terminal.commands_wallet import account_or_address
    from app.terminal.session import reporter

    who = account_or_address(client, options.account)
    found = client.explaining.person(who, progress=reporter(out))
    out.value(found, "\n".join(_person_lines(found)))


def _person_lines(found: Any) -> list[str]:
    from ui.text import count, open_, percent, word
    from ui.trace_words import (
        INFLUENCE_THEM,
        OTHERS_PAY,
        PAY,
        admission_words,
        calls_words,
        core_figure,
        label_figure,
        next_step,
        signed,
        who,
    )

    lines = [f"{_place(found.name)}{' (you)' if found.mine else ''}  {found.account}", ""]
    for given in found.given:
        trusted = ", of the trusted core" if given.trusted else ""
        lines.append(f"{_place(given.name)}: {count(given.records, 'record')}, {given.accepted} accepted{trusted}")
    for one in found.models:
        weight = percent(one.admission.weight, 0)
        lines += ["", f"In “{_place(one.name)}”: {weight} of the full weight: {admission_words(one.admission)}"]
        lines += [
            f"  {_place(each.label):<20} {each.weight} of 8   {label_figure(each)}, {core_figure(each)}"
            for each in one.quality
        ]
        figures = (one.supports, one.opposes, one.calls, one.calls_all)
        lines.append(f"  {calls_words(*figures, who(mine=found.mine))}")
        lines.append(f"  On an average answer of yours: {signed(one.share)}. {INFLUENCE_THEM}")
    if found.payouts:
        lines += ["", f"Paid: {open_(found.total, 6)} in {count(len(found.payouts), 'settlement')}"]
        lines += [f"  {open_(one.amount, 6)}  {word('payout', one.state)}" for one in found.payouts]
        lines += [PAY] if found.mine else [OTHERS_PAY, PAY]
    key, title, words, _tone = next_step(found)
    return [*lines, "", f"{title}. {words}"] if title or key else lines


def card(client: Any, options: Any, out: Any) -> None:
    from app.terminal.session import reporter
    from ui import model_card

    found = client.explaining.card(options.model, progress=reporter(out))
    if options.file is not None:
        model_card.write(found, options.file)
        out.value({"file": str(options.file), "bytes": options.file.stat().st_size})
    else:
        out.value(found, model_card.markdown(found))
