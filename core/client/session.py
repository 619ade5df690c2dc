"""What is open between unlock and lock, and how it is put together: vault, signer, node, light node, contracts."""

from __future__ import annotations

import contextlib
import json
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.artefacts import Artefacts
from core.chain import parameters
from core.chain.block import VerifiedLog
from core.chain.contracts import Contract, Event, load_contract
from core.chain.light_node import LightNode
from core.chain.network import Network
from core.chain.sender import Sender
from core.chain.storage_reader import Path as Place
from core.chain.storage_reader import StorageReader
from core.chain.transport import HttpTransport, Transport
from core.client.joining import bearer, first_sync, network_of, transport_of
from core.errors import BadEncoding, BadInput, OpenLedgerError, OtherContract, ProofMismatch
from core.events import Changed
from core.files import set_aside
from core.jobs import Progress
from core.models.named import named
from core.storage import Database
from core.units import WEI_PER_OPEN, Address
from core.vault.kdf import Bounds
from core.vault.vault import Vault
from core.wallet.signer import Signer
from core.worker.child import Child

if TYPE_CHECKING:
    from core.client.client import Client
    from core.client.thumbnails import Thumbnails
    from core.datanets.pictures import Pictures
    from core.models.pictures import Look
    from core.models.runtime import ModelRuntime

CONTRACTS = (  # in the order in which they name each other; OpenGovernor brings its Timelock along
    "Datanets",
    "WOpen",
    "GOpen",
    "OpenGovernor",
    "Params",
    "Support",
    "Models",
    "Challenges",
    "Settlement",
    "Agents",
)
WITHDRAWN = Changed(balances=True, activity=True, datanets=True, records=True, models=True, earnings=True, network=True)
GENESIS_BALANCE = 1_000_000 * WEI_PER_OPEN  # test OPEN of a new local network, all with the first account
NETWORK = "network"  # the vault's setting that pins the local network


@dataclass(frozen=True)
class Deployed:
    """One of our contracts where it stands: its interface, and its state by proof."""

    name: str
    address: Address
    contract: Contract
    state: StorageReader

    def call(self, function: str, *arguments: object) -> bytes:
        return self.contract.call_data(function, *arguments)

    def event(self, log: VerifiedLog) -> Event | None:
        """None for what is none of this contract's, and for one that cannot be read: one must not hide the others."""
        try:
            return self.contract.decode_event(log)
        except BadEncoding:
            return None


class Children:
    """The node's, the signer's and the simulator's processes. `warm` starts the first two ahead: their imports take
    longer than their work.
    """

    def __init__(self, keys: Path, bounds: Bounds) -> None:
        self.on_node_start: Callable[[Child], None] = lambda _node: None
        self.node = Child("node", on_start=lambda node: self.on_node_start(node))  # noqa: PLW0108 - it changes
        self._signing = Child("signer")
        self.simulator = Child("simulator")
        self.signer = Signer(keys, bounds=bounds, child=self._signing)

    def warm(self) -> None:
        for child in (self._signing, self.node):
            threading.Thread(target=self._start, args=(child,), name=f"warm-{child.name}", daemon=True).start()

    @staticmethod
    def _start(child: Child) -> None:
        with contextlib.suppress(OpenLedgerError):
            child.call("ping")

    def warm_simulator(self) -> None:
        """Once the node is up: neither is to wait for it."""
        threading.Thread(target=self._start, args=(self.simulator,), name="warm-simulator", daemon=True).start()

    def end(self) -> None:
        self.signer.lock()
        self.simulator.kill()  # it holds nothing that is not proven again
        self.node.stop()
        self.on_node_start = lambda _node: None


class Session:
    """Everything that needs the password. Threads may share it; `close` ends the children."""

    def __init__(self, client: Client, vault: Vault, children: Children) -> None:
        self.client = client
        self.vault = vault
        self.signer = children.signer
        self.node = children.node
        self.clock = client.clock
        self.artefacts = Artefacts(client.paths.files, vault.subkey("artefacts"))
        children.on_node_start = self._start_node
        self._contracts: dict[str, Deployed] = {}
        self._genesis: Mapping[str, Any] | None = None
        self.serving: Mapping[str, Any] | None = None  # how the node is served to other programs
        self._transport: Transport | None = None
        self._runtime_lock = threading.Lock()
        self._runtime: ModelRuntime | None = None

    @property
    def db(self) -> Database:
        return self.vault.db

    @cached_property
    def data_key(self) -> bytes:
        return self.signer.data_key()

    @cached_property
    def first_account(self) -> Address:
        return self.signer.addresses([0])[0]

    # The node and the chain

    def _start_node(self, node: Child) -> None:
        """A fresh node process is given its ledger, at the first start and after every death."""
        self.opened: Mapping[str, Any] = node.call(
            "open",
            path=str(self.client.paths.ledger),
            key=self.vault.subkey("ledger").hex(),
            genesis=self._genesis,
        )
        if self.serving is not None:
            node.call("serve", **self.serving)

    def _node_up(self) -> None:
        if self.node.running:  # started ahead, while the password was typed: it has no ledger yet
            self._start_node(self.node)
        else:
            self.node.call("ping")

    def begin(self, password: str, progress: Progress, *, shared: bool = False) -> None:
        """Open the signer on the pinned chain while the node starts, and follow the node to its head.

        A new profile makes its network here: the chain id first, because the signer pins it. `shared`: see `deploy`.
        """
        progress.step("keys")
        pinned = setting(self.db, NETWORK)
        if pinned is None:
            chain_id = new_chain_id()
            self.signer.open(password, chain_id)
            self._genesis = new_genesis(chain_id, self.first_account, self.clock.now())
            progress.step("node")
            set_aside(self.client.paths.ledger)  # of a first start that was cut off before its network was pinned
            self._node_up()
            pinned = {
                "chainId": chain_id,
                "genesisHash": self.opened["genesisHash"],
                "contracts": {},
                "shared": shared,
            }
            set_setting(self.db, NETWORK, pinned)
        else:
            with ThreadPoolExecutor(1, "unlock") as pool:
                keys = pool.submit(self.signer.open, password, int(pinned["chainId"]))
                if "joined" not in pinned:
                    progress.step("node")
                    self._node_up()
                keys.result()
        self.pinned: dict[str, Any] = dict(pinned)
        self.network: Network = network_of(pinned)
        if "joined" in pinned:
            self.node.kill()  # started ahead, for a ledger that is not here
        children = self.client.children
        children.warm_simulator()
        self._transport = transport_of(self)
        self.light = LightNode(self._transport, self.network, self.db, clock=self.clock, simulator=children.simulator)
        self.light.on_withdrawn(lambda _gone: self.client.said(WITHDRAWN))
        contracts = [load_contract(name) for name in CONTRACTS]
        self.sender = Sender(self.light, self.signer.sign_transaction, contracts=contracts, clock=self.clock)
        progress.step("sync")
        first_sync(self, progress)

    def move(self, joined: Mapping[str, Any]) -> None:
        """Ask another endpoint of the network that this profile joined, which must go on from all that was followed
        so far and hold the invite's block; else everything is as it was. Raises BadInput ("other network"), NodeError,
        ProofError.
        """
        assert isinstance(self._transport, HttpTransport)
        before = self.pinned["joined"]
        self._transport.move(joined["endpoint"], bearer(joined["token"]))
        try:
            self.light.sync()
            self._holds(*joined["checkpoint"])
        except BaseException:
            self._transport.move(before["endpoint"], bearer(before["token"]))
            raise
        later = max(before["checkpoint"], joined["checkpoint"], key=lambda one: int(one[0]))
        self.pinned = {**self.pinned, "joined": {**joined, "checkpoint": later}}
        set_setting(self.db, NETWORK, self.pinned)
        self.network = network_of(self.pinned)

    def _holds(self, number: int, digest: str) -> None:
        """Raises BadInput unless the chain that was followed here has this block."""
        if [f"0x{header.hash.hex()}" for header in self.light.headers(number, number)] != [digest]:
            raise BadInput(field="invite", reason="other network")

    # Contracts

    def deploy(self, progress: Progress) -> None:
        """Put up what is missing of our contracts; each is pinned once it stands, so a kill in between resumes.

        On a network of one profile the poster of a settlement is everybody who could object to it, so it waits for a
        few seconds only, which shows the road without holding anybody up; on one to be shared it waits for a day.
        """
        for number, name in enumerate(CONTRACTS):
            if name in self.pinned["contracts"]:
                continue
            progress.step("deploy", number, len(CONTRACTS))
            contract = load_contract(name)
            data = contract.deploy_data(*self._constructor(name))
            mined = self.sender.wait(self.sender.transact(0, self.first_account, None, data=data)).value
            assert mined.contract is not None
            self.pinned["contracts"] = {**self.pinned["contracts"], name: str(mined.contract)}
            set_setting(self.db, NETWORK, self.pinned)

    def _constructor(self, name: str) -> tuple[object, ...]:
        at = {known: Address.parse(text) for known, text in self.pinned["contracts"].items()}
        alone = not self.pinned.get("shared", False)
        needs: dict[str, Callable[[], tuple[object, ...]]] = {
            "OpenGovernor": lambda: parameters.governor_arguments(at["GOpen"], GENESIS_BALANCE),
            "Params": lambda: parameters.params_arguments(
                parameters.timelock_of(at["OpenGovernor"]), self.first_account, alone=alone
            ),
            "Support": lambda: (at["Params"],),
            "Models": lambda: (at["Datanets"], at["Params"]),
            "Settlement": lambda: tuple(at[one] for one in ("Models", "Datanets", "Params", "Support", "Challenges")),
        }
        return needs[name]() if name in needs else ()

    def contract(self, name: str) -> Deployed:
        found = self._contracts.get(name)
        if found is None:
            contract = load_contract(name)
            address = Address.parse(self.pinned["contracts"][name])
            found = Deployed(name, address, contract, StorageReader(self.light, address, contract.layout))
            self._contracts[name] = found
        return found

    def check_code(self, address: Address) -> None:
        """Of one of our contracts: that its proven code is what this program ships. Raises OtherContract, NodeError,
        ProofError.
        """
        name = next((name for name, at in self.pinned["contracts"].items() if Address.parse(at) == address), None)
        if name is None:
            return
        code = self.light.code(address).value
        try:
            self.contract(name).contract.check_code(code)
        except ProofMismatch as error:
            raise OtherContract(contract=name) from error

    def foresee(self, name: str, paths: Sequence[Place]) -> None:
        """Prove in one round trip what a page will read of a contract; where that fails, each read says why itself."""
        if paths and name in self.pinned["contracts"]:
            with contextlib.suppress(OpenLedgerError):
                self.contract(name).state.prefetch(paths)

    # Models run in a process of their own, started at the first need

    @property
    def runtime(self) -> ModelRuntime:
        from core.models.runtime import ModelRuntime

        with self._runtime_lock:
            if self._runtime is None:
                self._runtime = ModelRuntime(fetch=self.artefacts.get)
            return self._runtime

    @cached_property
    def pictures(self) -> Pictures:
        from core.datanets.pictures import Pictures

        return Pictures(self.db, self.artefacts, self._look, self.clock)

    @cached_property
    def thumbnails(self) -> Thumbnails:
        from core.client.thumbnails import Thumbnails

        return Thumbnails(self)

    def _look(self, content: bytes) -> Look:
        return self.runtime.look(content)

    @cached_property
    def catalogue(self) -> Any:
        from core.models.catalogue import Catalogue

        return Catalogue(self.db, self.artefacts, self.clock)

    @cached_property
    def calls(self) -> Any:
        from core.models.calls import Calls

        return Calls(self.db, self.clock)

    def tidy(self) -> None:
        """Clear away what a kill left among the artefacts, before this session makes any."""
        with self.db.transaction():  # in the order in which everybody takes both
            self.artefacts.tidy(lambda: named(self.db))

    def close(self) -> None:
        """Lock: the keys' process is killed first, then the rest is closed in order."""
        self.signer.lock()
        with self._runtime_lock:
            if self._runtime is not None:
                self._runtime.close()
        with contextlib.suppress(Exception):
            self.vault.mark("head", self.light.head().value.number)
        if isinstance(self._transport, HttpTransport):
            self._transport.close()
        self.client.children.end()
        self.vault.close()


def new_chain_id() -> int:
    """Of a network of one's own: random, so that nothing signed here is valid anywhere else (EIP-155).

    Between 2^24 and 2^31 - 36: above the registered ones, and what the narrowest of wallets can hold.
    """
    return (1 << 24) + secrets.randbelow(2**31 - 36 - (1 << 24))


def new_genesis(chain_id: int, first_account: Address, now: int) -> dict[str, Any]:
    alloc = {str(first_account): {"balance": hex(GENESIS_BALANCE)}}
    return {"chainId": chain_id, "timestamp": now, "alloc": alloc}


def open_session(client: Client, password: str, progress: Progress) -> Session:
    """Raises what vault, signer or node raise; then nothing stays open."""
    progress.step("unlock")
    _, bounds = client.kdf
    client.children.warm()
    session = Session(client, Vault.open(client.paths, password, bounds=bounds), client.children)
    try:
        session.begin(password, progress)
    except BaseException:
        session.close()
        raise
    return session


def setting(db: Database, name: str) -> Any:
    """A value kept in the vault, or None."""
    row = db.one("SELECT value FROM settings WHERE name = ?", name)
    return None if row is None else json.loads(row["value"])


def set_setting(db: Database, name: str, value: object) -> None:
    db.run(
        "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        name,
        json.dumps(value),
    )
