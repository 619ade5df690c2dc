"""Models that find passages, and checking a text for what stands in records word for word."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def add(command: Any, group: Any) -> None:
    search = group("search", "models that find passages: on this machine only, nobody pays or is paid")
    command("list", "those of this profile", list_all, under=search)
    made = command("build", "one from a Datanet's newest release", build, under=search)
    made.add_argument("datanet", type=int)
    made.add_argument("--name", default="")
    made.add_argument("--encoder", default="static-256")
    made.add_argument("--documents", type=int, default=5, help="that make an answer, 1 to 8")
    made = command("ask", "find the records that fit a question, and whose carried the answer", ask, under=search)
    made.add_argument("model", type=int)
    made.add_argument("question")
    made = command("verify", "recompute an answer, and each credit by leaving it out", verify, under=search)
    made.add_argument("search", type=int, help="the number that `search ask` gave")
    made = command("remove", "with its index and what was asked of it", remove, under=search)
    made.add_argument("model", type=int)
    made = command(
        "verbatim", "which parts of a text stand in a Datanet's records, and who registered them first", check
    )
    made.add_argument("datanet", type=int)
    made.add_argument("file", type=Path, help="a text file, or - for standard input")
    made.add_argument("--least", type=int, default=32, help="characters of a part at least, 16 to 256")


def list_all(client: Any, _options: Any, out: Any) -> None:
    columns = {"id": "#", "name": "Name", "documents": "Documents", "release": "Version", "state": "State"}
    state = {"ready": "Ready", "outdated": "Records were withdrawn; the next question leaves them out"}
    words = {"state": lambda one: state.get(one.state, one.state)}
    out.table(client.searching.all(), columns, "None yet. Build one with `openledger search build`.", words=words)


def build(client: Any, options: Any, out: Any) -> None:
    from app.terminal.commands_sharing import tell_unnamed
    from app.terminal.session import reporter

    tell_unnamed(client, out, options.datanet)
    made = client.searching.build(
        options.datanet, name=options.name, encoder=options.encoder, k=options.documents, progress=reporter(out)
    )
    words = f"Model {made.id}: {made.documents:,} documents. Ask it with `openledger search ask {made.id} QUESTION`."
    out.value(made, words)


def ask(client: Any, options: Any, out: Any) -> None:
    from app.terminal.session import reporter
    from ui.text import foreign

    answer = client.searching.ask(options.model, options.question, progress=reporter(out))
    if not answer.hits:
        out.value(answer, "Nothing fits. Try other words.")
        return
    found = [f"Answer {answer.search}, from {answer.documents:,} documents in {answer.latency_ms:.1f} ms"]
    for hit in answer.hits:
        start, end = hit.passage
        mark = "*" if hit.best else " "
        found.append(f"{mark} {hit.rank}. {foreign(hit.text[start:end], 400)}")
        found.append(f"     {hit.closeness:.0%} alike, credit {hit.share:.0%}, {foreign(hit.contributor_name, 60)}")
    found += ["Carried by (measured, not paid)"]
    found += [f"  {one.share:6.1%}  {foreign(one.name, 60)}" for one in answer.contributors]
    out.value(answer, "\n".join(found))


def verify(client: Any, options: Any, out: Any) -> int:
    from app.terminal.session import reporter
    from ui.text import foreign, word

    found = client.searching.verify(options.search, progress=reporter(out))
    said = [
        f"{'holds' if holds else 'FAILS'}  {word('check' if holds else 'check failed', key)}  {foreign(detail, 120)}"
        for key, holds, detail in found.checks
    ]
    out.value(found, "\n".join(said))
    return 0 if found.ok else 1


def remove(client: Any, options: Any, out: Any) -> None:
    client.searching.remove(options.model)
    out.value({"removed": options.model}, f"Model {options.model} is gone.")


def check(client: Any, options: Any, out: Any) -> None:
    import sys

    from app.terminal.session import reporter
    from ui.verbatim_words import lines

    text = sys.stdin.read() if str(options.file) == "-" else client.memorising.read(options.file)
    report = client.memorising.check(options.datanet, text, least=options.least, progress=reporter(out))
    out.value(report, "\n".join(lines(report)))
