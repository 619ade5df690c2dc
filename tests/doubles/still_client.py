"""A client that stands still: it answers at once with the values it was given, so that screens can be tested alone.

The journeys drive the same screens with the real client.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.errors import BadPhrase, OpenLedgerError, WrongChain, WrongPassword
from core.events import Changed, Events
from core.jobs import Progress
from core.paths import ProfilePaths
from core.units import Address, Amount
from core.values import (
    AccountView,
    BlockView,
    Effect,
    EndpointView,
    InviteView,
    Known,
    NetworkLook,
    NetworkView,
    OtherNetwork,
    Prepared,
    ServingView,
    Signed,
    TrustView,
)

PHRASE = "legal winner thank year wave sausage worth useful legal winner thank yellow"
PASSWORD = "four unrelated words here"
ADA = Address.parse("0x52908400098527886E0F7030069857D2E4169EE7")
BELA = Address.parse("0x8617E340B3D01FA5F11F306F4090FD50E238070D")
PROVEN = TrustView("proven", "pinned genesis", block=42)


def network(height: int | None = 42, trust: TrustView = PROVEN) -> NetworkView:
    blocks = tuple(BlockView(42 - back, f"0x{back:064x}", 1_700_000_000 - back, 1, 21_000) for back in range(5))
    return NetworkView(
        "Local network",
        True,
        987_654,
        "0x" + "ab" * 32,
        height,
        trust,
        True,
        7,
        (("Datanets", str(BELA), True),),
        blocks,
        65_536,
    )


def account(balance: str = "12.5") -> AccountView:
    return AccountView(0, "Account 1", ADA, Known(Amount.parse(balance), PROVEN))


def prepared(what: str = "send", risks: tuple[str, ...] = (), **changes: Any) -> Prepared:
    values: dict[str, Any] = {
        "id": "7f",
        "what": what,
        "account": 0,
        "to": BELA,
        "value": Amount.parse("1.5"),
        "fee_max": Amount(21_000 * 10**9),
        "details": (("account", "Account 1"), ("to", str(BELA)), ("amount", "1.5 OPEN")),
        "effects": (Effect(ADA, "Account 1", -15 * 10**17), Effect(BELA, "", 15 * 10**17)),
        "risks": risks,
        "raw": {"to": str(BELA), "value": "1500000000000000000", "data": b"\x01\x02"},
    }
    return Prepared(**{**values, **changes})


@dataclass
class StillProfile:
    """Remembers what was asked of it in `asked`."""

    now: str = "empty"
    asked: list[str] = field(default_factory=list)
    fails: BaseException | None = None  # raised at the end of the next create, once
    shared: bool | None = None  # what the last create or restore was told

    def state(self) -> str:
        return self.now

    def new_phrase(self, words: int = 12) -> str:
        return PHRASE if words == 12 else f"{PHRASE} {PHRASE}"

    def check_phrase(self, phrase: str) -> str:
        if phrase.strip().lower() != PHRASE:
            raise BadPhrase(field="phrase", reason="checksum")
        return PHRASE

    def create(
        self, _phrase: str, _password: str, *, passphrase: str = "", progress: Progress, shared: bool = False
    ) -> None:
        progress.step("deploy", 1, 3)
        self.shared = shared
        self.asked.append("create")
        self.now = "open"
        failed, self.fails = self.fails, None
        if failed is not None:
            raise failed

    def restore(
        self, _phrase: str, _password: str, *, passphrase: str = "", progress: Progress, shared: bool = False
    ) -> None:
        progress.step("discover")
        self.shared = shared
        self.asked.append("restore")
        self.now = "open"

    def restore_backup(self, path: Path, password: str, *, progress: Progress) -> None:
        progress.step("Unpacking")
        self._check(password)
        self.asked.append(f"restore {path.name}")
        self.now = "locked"

    def unlock(self, password: str, *, progress: Progress) -> None:
        progress.step("unlock")
        self._check(password)
        self.now = "open"

    def lock(self) -> None:
        self.asked.append("lock")
        self.now = "locked"

    def change_password(self, old: str, _new: str) -> None:
        self._check(old)
        self.asked.append("change password")

    @staticmethod
    def _check(password: str) -> None:
        if password != PASSWORD:
            raise WrongPassword


@dataclass
class StillWallet:
    views: list[AccountView] = field(default_factory=lambda: [account()])

    def accounts(self) -> list[AccountView]:
        return self.views


@dataclass
class StillNetwork:
    shown: NetworkView = field(default_factory=network)

    def view(self) -> NetworkView:
        return self.shown


@dataclass
class StillNetworks:
    """Other networks: one that ships without an endpoint, one with three of which one disagrees."""

    shown: list[OtherNetwork] = field(
        default_factory=lambda: [
            OtherNetwork("openledger", "OpenLedger", 1612, "OPEN", False, False, (), 1, None),
            OtherNetwork(
                "chain-5", "Far", 5, "FAR", False, True, tuple(f"https://{at}.example" for at in "abc"), 2, None
            ),
        ]
    )
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def all(self) -> tuple[OtherNetwork, ...]:
        return tuple(self.shown)

    def look(self, key: str, progress: Progress | None = None) -> NetworkLook:
        self.asked.append(("look", key))
        agreed = TrustView("quorum", "agreed", 1200)
        endpoints = (
            EndpointView("https://a.example", "agrees", 1200),
            EndpointView("https://b.example", "disagrees", 9000),
            EndpointView("https://c.example", "agrees", 1201),
        )
        balances = (("Account 1", Known(Amount.parse("2.5"), agreed)),)
        return NetworkLook(self.shown[1], 1200, 1_700_000_000, agreed, endpoints, balances)

    def add_endpoint(self, key: str, endpoint: str) -> OtherNetwork:
        self.asked.append(("add_endpoint", key, endpoint))
        if "wrong" in endpoint:
            raise WrongChain(expected=1612, found=1)
        self.shown[0] = replace(self.shown[0], endpoints=(endpoint,))
        return self.shown[0]

    def add(self, name: str, endpoint: str) -> OtherNetwork:
        self.asked.append(("add", name, endpoint))
        self.shown.append(OtherNetwork("chain-6", name, 6, "ETH", False, True, (endpoint,), 1, None))
        return self.shown[-1]

    def need(self, key: str, needed: int) -> OtherNetwork:
        return self._changed(key, "need", needed=needed)

    def pin(self, key: str, number: int | None, block_hash: str = "") -> OtherNetwork:
        return self._changed(key, "pin", checkpoint=None if number is None else (number, block_hash))

    def _changed(self, key: str, what: str, **values: Any) -> OtherNetwork:
        self.asked.append((what, key, *map(str, values.values())))
        at = next(at for at, one in enumerate(self.shown) if one.key == key)
        self.shown[at] = replace(self.shown[at], **values)
        return self.shown[at]

    def remove(self, key: str) -> None:
        self.asked.append(("remove", key))
        self.shown = [one for one in self.shown if one.key != key]


@dataclass
class StillJoining:
    """A node that can be served, and one invite that can be joined; remembers what was asked of it."""

    profile: StillProfile
    shown: ServingView = field(default_factory=lambda: ServingView(None, 8545, "", False))
    invite_says: InviteView = field(
        default_factory=lambda: InviteView("Ann's ledger", "http://127.0.0.1:8545", 24_149_591, "0x" + "11" * 32, 12, 2)
    )
    asked: list[tuple[object, ...]] = field(default_factory=list)
    fails: OpenLedgerError | None = None  # raised by the next call, once
    joined: bool = False

    def _try(self, *asked: object) -> None:
        self.asked.append(asked)
        failed, self.fails = self.fails, None
        if failed is not None:
            raise failed

    def serving(self) -> ServingView:
        return self.shown

    def serve(self, port: int = 8545, *, read_only: bool = False, new_token: bool = False) -> tuple[str, str]:
        self._try("serve", port, read_only, new_token)
        token = ("n" if new_token else "t") * 43
        self.shown = ServingView(f"http://127.0.0.1:{port}", port, token, read_only)
        return str(self.shown.address), token

    def stop_serving(self) -> None:
        self._try("stop")
        self.shown = replace(self.shown, address=None)

    def invite(self, path: Path, *, endpoint: str | None = None, name: str = "") -> None:
        self._try("invite", path.name, endpoint, name)

    def look(self, path: Path) -> InviteView:
        self._try("look", path.name)
        return self.invite_says

    def check(self, path: Path) -> None:
        self._try("check", path.name)

    def renew(self, path: Path, progress: Progress) -> InviteView:
        progress.step("checking the invite")
        self._try("renew", path.name)
        return self.invite_says

    def join(self, path: Path, _phrase: str, _password: str, *, passphrase: str = "", progress: Progress) -> None:
        progress.step("checking the invite")
        self._try("join", path.name)
        self.joined = True
        self.profile.now = "open"


class StillClient:
    def __init__(self, root: Path) -> None:
        self.paths = ProfilePaths(root)
        self.events = Events()
        self.profile = StillProfile()
        self.wallet = StillWallet()
        self.network = StillNetwork()
        self.networks = StillNetworks()
        self.joining = StillJoining(self.profile)
        self.signed: list[Prepared] = []
        self.forgotten: list[Prepared] = []

    def sign(self, action: Prepared, progress: Progress | None = None) -> Signed:
        if progress is not None:
            progress.step("wait")
        self.signed.append(action)
        self.events.say(Changed(balances=True))
        return Signed(action.what, "0x" + "cd" * 32, 43, Amount(21_000))

    def forget(self, action: Prepared) -> None:
        self.forgotten.append(action)

    def close(self) -> None:
        self.profile.asked.append("close")
