"""The node for other programs and other profiles: serve, invite, join, join again."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Any

PORT = 8545  # as core.client.joining has it; importing that here would make --help slow


def add(command: Any, group: Any) -> None:
    node = group("node", "serve this profile's node to other programs, invite other profiles")
    made = command("serve", "JSON-RPC over HTTP and WebSocket on this machine, until Ctrl+C", serve, under=node)
    made.add_argument("--port", type=int, default=PORT, help=f"{PORT} unless given; 0 takes any free one")
    made.add_argument("--read-only", action="store_true", help="answer questions, take no transactions")
    made.add_argument("--origin", action="append", default=[], metavar="URL", help="a web page that may ask, too")
    made.add_argument("--new-token", action="store_true", help="end every invite and address given out so far")
    made = command("invite", "a file by which another profile joins this network", invite, under=node)
    made.add_argument("file", type=Path)
    made.add_argument("--endpoint", metavar="URL", help="where the node is reached, if not on this machine's port")
    made.add_argument("--name", default="", help="what the other profile calls the network")
    made = command("join", "a new profile on the network of an invite", join, needs="closed")
    made.add_argument("file", type=Path)
    made.add_argument("--words", type=int, choices=(12, 24), default=12)
    made.add_argument("--phrase-file", type=Path, help="use this recovery phrase instead of a new one")
    made = command(
        "rejoin", "a new invite of the network that was joined: its token or address changed", rejoin, under=node
    )
    made.add_argument("file", type=Path)


def serve(client: Any, options: Any, out: Any) -> None:
    over = threading.Event()
    before = {sign: signal.signal(sign, lambda *_: over.set()) for sign in (signal.SIGINT, signal.SIGTERM)}
    try:
        url, token = client.joining.serve(
            options.port, read_only=options.read_only, origins=options.origin, new_token=options.new_token
        )
        out.value(
            {"url": url, "token": token, "address": f"{url}/{token}", "read_only": options.read_only},
            f"Serving on {url}\nFor programs that send headers: Authorization: Bearer {token}\n"
            f"For all others:                 {url}/{token}\n"
            "Whoever has the token may ask the node and send signed transactions; it holds no key. Ctrl+C ends it.",
        )
        out.flush()
        while not over.wait(1.0):
            pass
        client.joining.stop_serving()
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)
    out.say("The port is closed.")


def invite(client: Any, options: Any, out: Any) -> None:
    made = client.joining.invite(options.file, endpoint=options.endpoint, name=options.name)
    out.value(
        {"file": str(options.file), "endpoint": made.endpoint, "chain_id": made.chain_id},
        f"{options.file} is written. It holds the token: give it only to whom you want to let in.\n"
        "They can ask the node and send their own transactions while `openledger node serve` runs. "
        "`openledger node serve --new-token` takes all invites back.",
    )


def join(client: Any, options: Any, out: Any) -> None:
    from app.terminal.session import password, reporter

    given = options.phrase_file is not None
    phrase = options.phrase_file.read_text("utf8").strip() if given else client.profile.new_phrase(options.words)
    if not given:
        out.say("Write these words down, in this order, and keep them away from computers:\n")
        out.say("  " + phrase + "\n")
        out.say("Whoever has them has the money. If the password is forgotten, they are the only way back.")
    found = client.joining.join(options.file, phrase, password(options, new=True), progress=reporter(out))
    account = client.wallet.accounts()[0]
    out.value(
        {"network": found.name, "chain_id": found.chain_id, "account": account},
        f"Joined {found.name} (chain {found.chain_id}). Your account is {account.address}.",
    )


def rejoin(client: Any, options: Any, out: Any) -> None:
    from app.terminal.session import reporter

    found = client.joining.renew(options.file, reporter(out))
    out.value(
        {"network": found.name, "chain_id": found.chain_id, "endpoint": found.endpoint},
        f"{found.name} is asked at {found.endpoint} from now on. Everything in this profile is as it was.",
    )
