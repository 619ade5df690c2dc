"""Accounts, balance, send, activity, network."""

from __future__ import annotations

from typing import Any


def add(command: Any, group: Any) -> None:
    wallet = group("wallet", "accounts, balance, send, activity")
    command("accounts", "your accounts with proven balances", accounts, under=wallet)
    made = command("add", "one more account from the same phrase", add_account, under=wallet)
    made.add_argument("name")
    made = command("send", "send OPEN", send, under=wallet)
    made.add_argument("to", help="an address, or the name of one of your accounts")
    made.add_argument("amount", help="in OPEN, such as 1.5")
    made.add_argument("--from", dest="account", default="0", help="account number or name (0)")
    command("activity", "what was sent and what came of it", activity, under=wallet)
    command("network", "the node, its height and how far it is believed", network)


def find_account(client: Any, name: str) -> Any:
    """By number or name. Raises BadInput."""
    from core.errors import BadInput

    for account in client.wallet.accounts():
        if name in {str(account.index), account.name, str(account.address)}:
            return account
    raise BadInput(field="account", reason="unknown", value=name)


def account_or_address(client: Any, name: str) -> Any:
    """The address of one of the accounts here, by number or name, or anybody's. Raises BadInput."""
    from core.units import Address

    is_address = name.startswith("0x") and len(name) == 42
    return Address.parse(name) if is_address else find_account(client, name).address


def accounts(client: Any, _options: Any, out: Any) -> None:
    from ui.text import trust

    columns = {
        "index": "#",
        "name": "Name",
        "address": "Address",
        "balance.value": "OPEN",
        "balance.trust.state": "Trust",
    }
    words = {"balance.trust.state": lambda one: trust(one.balance.trust).title}
    out.table(client.wallet.accounts(), columns, "No accounts yet.", words=words)


def add_account(client: Any, options: Any, out: Any) -> None:
    out.value(client.wallet.add_account(options.name))


def send(client: Any, options: Any, out: Any) -> None:
    from app.terminal.session import confirm
    from core.errors import BadInput
    from core.units import Address, Amount

    try:
        to = find_account(client, options.to).address
    except BadInput:
        to = Address.parse(options.to)
    account = find_account(client, options.account)
    prepared = client.wallet.prepare_send(account.index, to, Amount.parse(options.amount))
    out.value(confirm(client, out, options, prepared))


def activity(client: Any, _options: Any, out: Any) -> None:
    from ui.text import action_words, moment, word

    columns = {"time": "When", "block": "Block", "what": "What", "value": "OPEN", "to": "To", "state": "State"}
    columns["reason"] = "Why"
    words = {
        "time": lambda one: moment(one.time) if one.time else "-",
        "what": lambda one: action_words(one.what),
        "value": lambda one: (one.gained or one.value).text(6),
        "state": lambda one: word("tx", one.state),
    }
    out.table(client.wallet.activity(), columns, "Nothing was sent or received yet.", words=words)


def network(client: Any, _options: Any, out: Any) -> None:
    from ui.text import count, number, trust

    found = client.network.view()
    height = "no block yet" if found.height is None else f"block {number(found.height)}"
    said = trust(found.trust)
    matching = sum(fits for _name, _address, fits in found.contracts)
    lines = [
        f"{found.name}, chain {found.chain_id}: {height}, {said.title}. {said.what_to_do}",
        f"Genesis {found.genesis_hash}",
        f"{count(len(found.contracts), 'contract')}, {number(matching)} of them with the code this program ships:",
        *(f"  {address}  {name}{'' if fits else '  OTHER CODE'}" for name, address, fits in found.contracts),
    ]
    out.value(found, "\n".join(lines))
