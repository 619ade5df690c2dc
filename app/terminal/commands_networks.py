"""Networks beside one's own ledger: whom to ask, how many must agree, and a block known from elsewhere."""

from __future__ import annotations

from typing import Any

_KEY = "its key, as `networks list` gives it"


def add(command: Any, group: Any) -> None:
    networks = group("networks", "other networks: read with proofs, nothing is sent there")
    command("list", "which there are, who is asked, and what is pinned", list_all, under=networks)
    made = command("add", "a network by one endpoint, which is asked for its chain", add_one, under=networks)
    made.add_argument("name", help="what you call it")
    made.add_argument("endpoint", help="https://…")
    made = command("endpoint", "one more to ask, or one fewer", endpoint, under=networks)
    made.add_argument("network", help=_KEY)
    made.add_argument("endpoint", help="https://…")
    made.add_argument("--remove", action="store_true", help="ask it no more")
    made = command("agree", "how many endpoints must name the same newest block", agree, under=networks)
    made.add_argument("network", help=_KEY)
    made.add_argument("needed", type=int, help="more than half of them")
    made = command("pin", "a block that you know from elsewhere; without one, none is pinned", pin, under=networks)
    made.add_argument("network", help=_KEY)
    made.add_argument("block", type=int, nargs="?", help="its number")
    made.add_argument("hash", nargs="?", default="", help="its hash of 0x and 64 digits")
    made = command("look", "ask the endpoints now: the newest block, who agrees, balances", look, under=networks)
    made.add_argument("network", help=_KEY)
    made = command("remove", "one that was added; of one that ships, its endpoints", remove, under=networks)
    made.add_argument("network", help=_KEY)


def list_all(client: Any, _options: Any, out: Any) -> None:
    found = client.networks.all()
    out.value(list(found), "\n".join(line for one in found for line in _lines(one)))


def _lines(one: Any) -> list[str]:
    from ui.text import count, foreign, number

    lines = [f"{one.key}  {foreign(one.name, 60)}, chain {one.chain_id}{', a test network' if one.test else ''}"]
    if not one.endpoints:
        return [*lines, f"  nobody is asked yet: openledger networks endpoint {one.key} https://…"]
    whole = len(one.endpoints)
    said = f"{one.needed} of {count(whole, 'endpoint')} must agree" if whole > 1 else "one endpoint, its word alone"
    lines += [f"  {said}:", *(f"    {foreign(url, 200)}" for url in one.endpoints)]
    if one.checkpoint is not None:
        lines.append(f"  pinned: block {number(one.checkpoint[0])}, {one.checkpoint[1]}")
    return lines


def _say(out: Any, one: Any) -> None:
    out.value(one, "\n".join(_lines(one)))


def add_one(client: Any, options: Any, out: Any) -> None:
    _say(out, client.networks.add(options.name, options.endpoint))


def endpoint(client: Any, options: Any, out: Any) -> None:
    networks = client.networks
    change = networks.remove_endpoint if options.remove else networks.add_endpoint
    _say(out, change(options.network, options.endpoint))


def agree(client: Any, options: Any, out: Any) -> None:
    _say(out, client.networks.need(options.network, options.needed))


def pin(client: Any, options: Any, out: Any) -> None:
    from core.errors import BadInput

    if options.block is not None and not options.hash:
        raise BadInput(field="checkpoint", reason="not a block", value=options.block)
    _say(out, client.networks.pin(options.network, options.block, options.hash))


def look(client: Any, options: Any, out: Any) -> int:
    from app.terminal.session import reporter
    from ui.text import amount, foreign, number, trust, word

    found = client.networks.look(options.network, reporter(out))
    said = trust(found.trust)
    head = "no newest block" if found.height is None else f"newest block {number(found.height)}"
    lines = [f"{foreign(found.network.name, 60)}: {head}, {said.title}. {said.what_to_do}"]
    for one in found.endpoints:
        height = "" if one.height is None else f", block {number(one.height)}"
        lines.append(f"  {foreign(one.endpoint, 100)}: {word('standing', one.standing)}{height}")
    symbol = foreign(found.network.symbol, 12)
    lines += [
        f"  {foreign(name, 40)}: {amount(balance.value)} {symbol}, {trust(balance.trust).title}"
        for name, balance in found.balances
    ]
    out.value(found, "\n".join(lines))
    return 1 if found.trust.state == "failed" else 0


def remove(client: Any, options: Any, out: Any) -> None:
    client.networks.remove(options.network)
    out.value({"removed": options.network}, f"{options.network} is asked no more.")
