"""Several profiles on one ledger: its owner serves the node and invites; others join as light nodes.

A joined profile has no node of its own. It follows every header from the invite's genesis, by hash, through the
invite's checkpoint, and proves what it reads against them, as it does with its own node.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.chain.contracts import load_contract
from core.chain.light_node import LightNode
from core.chain.network import CONTRACTS, READ, WALLET, Checkpoint, Network, local_network
from core.chain.storage_reader import StorageReader
from core.chain.transport import HttpTransport, PipeTransport, Transport
from core.client import invite as invites
from core.client.invite import Invite
from core.datanets.commitment import Place
from core.errors import BadInput, NodeError, NodeUnreachable, ProofError, ProofMismatch
from core.events import Changed
from core.jobs import Progress, silent
from core.keccak import keccak256
from core.units import Address
from core.values import InviteView, ServingView

if TYPE_CHECKING:
    from core.client.client import Client
    from core.client.session import Session

PORT = 8545  # where wallets look for a node
_SERVICE = "service"  # the vault's setting: token and last port


class Joining:
    def __init__(self, client: Client) -> None:
        self._client = client

    # The side that has the node

    @property
    def joined(self) -> bool:
        """Whether this profile lives on another one's ledger."""
        return "joined" in self._client.session.pinned

    def serve(
        self, port: int = PORT, *, read_only: bool = False, origins: Sequence[str] = (), new_token: bool = False
    ) -> tuple[str, str]:
        """Open the node to other programs of this machine: (address, token). The token stays until a new one is asked
        for, so invites stay good. Raises PortInUse, BadInput ("joined": there is no node here).
        """
        session = self._own()
        kept = self._service(session)
        token = secrets.token_urlsafe(32) if new_token or "token" not in kept else str(kept["token"])
        how: dict[str, Any] = {"port": port, "token": token, "read_only": read_only, "origins": list(origins)}
        session.serving = None  # the node gives up the one port before it tries the other
        opened = session.node.call("serve", timeout=60, **how)
        session.serving = {**how, "port": opened["port"]}  # a node that is started again serves again
        self._keep(session, {"token": token, "port": opened["port"]})
        self._client.said(Changed(network=True))
        return str(opened["url"]), token

    def serving(self) -> ServingView:
        """Whether the node is open to other programs, and how. Raises BadInput ("joined": there is no node here)."""
        session = self._own()
        kept, now = self._service(session), session.serving
        address = None if now is None else f"http://127.0.0.1:{now['port']}"
        read_only = bool(now and now["read_only"])
        return ServingView(address, int(kept.get("port", PORT)), str(kept.get("token", "")), read_only)

    def stop_serving(self) -> None:
        session = self._own()
        session.serving = None
        session.node.call("stop_serving", timeout=60)
        self._client.said(Changed(network=True))

    def invite(self, path: Path, *, endpoint: str | None = None, name: str = "") -> Invite:
        """Write an invite for this network as it stands. `endpoint` where the node is reached from elsewhere (a
        tunnel, an HTTPS proxy); else the port it serves on. Good as long as the token is.
        """
        session = self._own()
        kept = self._service(session)
        if "token" not in kept:
            kept = {"token": secrets.token_urlsafe(32), "port": PORT}
            self._keep(session, kept)
        head = session.light.sync().value
        codes = {name: session.light.code(session.contract(name).address).value for name in session.pinned["contracts"]}
        made = Invite(
            name=name or session.network.name,
            chain_id=session.network.chain_id,
            genesis_hash=session.network.genesis_hash or b"",
            checkpoint=Checkpoint(head.number, head.hash),
            endpoint=endpoint or f"http://127.0.0.1:{kept['port']}",
            token=str(kept["token"]),
            contracts={name: session.contract(name).address for name in session.pinned["contracts"]},
            codes={name: keccak256(code) for name, code in codes.items()},
            datanets={
                one.place.number: one.rules.meta
                for one in self._client.datanets.catalogue.all()
                if one.place is not None
            },
        )
        checked = Invite.parse(made.encoded)  # what cannot be read again is not written
        invites.write(path, checked)
        return checked

    def _own(self) -> Session:
        session = self._client.session
        if "joined" in session.pinned:
            raise BadInput(field="network", reason="joined")
        return session

    @staticmethod
    def _service(session: Session) -> dict[str, Any]:
        from core.client.session import setting

        return dict(setting(session.db, _SERVICE) or {})

    @staticmethod
    def _keep(session: Session, value: Mapping[str, Any]) -> None:
        from core.client.session import set_setting

        set_setting(session.db, _SERVICE, dict(value))

    # The side that joins

    def join(
        self, path: Path, phrase: str, password: str, *, passphrase: str = "", progress: Progress | None = None
    ) -> Invite:
        """A new profile on the network of an invite. Everything in the invite is held against the ledger first; where
        one thing does not hold, nothing is made.

        Raises BadFile, BadInput, NodeUnreachable, WrongChain, ProofError, and what `Profile.create` raises.
        """
        progress = progress or silent()
        found = invites.read(path)
        progress.step("checking the invite")
        self._check(found)
        self._client.profile.create(phrase, password, passphrase=passphrase, progress=progress, joined=found.pinned)
        self._take_datanets(found)
        return found

    def renew(self, path: Path, progress: Progress | None = None) -> Invite:
        """A new invite of the network that this profile lives on, because its token ended or its node moved: from
        here on the new endpoint is asked. Held against its ledger first; where one thing fails, nothing changes.

        Raises BadInput ("own network", "other network"), and what `join` does.
        """
        progress = progress or silent()
        session = self._client.session
        if not self.joined:
            raise BadInput(field="network", reason="own network")
        found = invites.read(path)
        if any(found.pinned[name] != session.pinned[name] for name in ("chainId", "genesisHash", "contracts")):
            raise BadInput(field="invite", reason="other network")
        progress.step("checking the invite")
        self._check(found)
        session.move(found.pinned["joined"])
        self._take_datanets(found)
        self._client.said(Changed(**dict.fromkeys(Changed.__dataclass_fields__, True)))
        return found

    @staticmethod
    def look(path: Path) -> InviteView:
        """What an invite says; nobody is asked yet. Raises BadFile, TooLarge, BadInput."""
        found = invites.read(path)
        genesis, block = "0x" + found.genesis_hash.hex(), found.checkpoint.number
        return InviteView(found.name, found.endpoint, found.chain_id, genesis, block, len(found.datanets))

    def check(self, path: Path) -> None:
        """Hold an invite against its ledger and make nothing; raises what `join` does."""
        self._check(invites.read(path))

    @staticmethod
    def _check(found: Invite) -> None:
        """The chain by its genesis and checkpoint, the contracts by their code: ours, at these addresses."""
        from core.client.session import CONTRACTS as OURS

        transport = transport_to(found.endpoint, found.token)
        try:
            light = LightNode(transport, found.network)
            light.sync()
            if set(found.contracts) != set(OURS):
                raise BadInput(field="invite", reason="contracts")
            for name, address in found.contracts.items():
                code = light.code(address).value
                if keccak256(code) != found.codes[name]:
                    raise ProofMismatch(
                        what=f"code of {name}", expected=found.codes[name].hex(), found=keccak256(code).hex()
                    )
                load_contract(name).check_code(code)
            check_datanets(light, found)
        finally:
            transport.close()

    def _take_datanets(self, found: Invite) -> None:
        session = self._client.session
        state = session.contract("Datanets").state
        for number, meta in found.datanets.items():
            on_ledger = state.read("datanets", number).value
            place = Place(found.chain_id, found.contracts["Datanets"], number)
            self._client.datanets.catalogue.join(meta, place, on_ledger["metaHash"], on_ledger["creator"])
        self._client.said(Changed(datanets=True))


def check_datanets(light: LightNode, found: Invite) -> None:
    """The rules that came along are those whose hashes stand on the ledger. Raises BadInput."""
    state = StorageReader(light, found.contracts["Datanets"], load_contract("Datanets").layout)
    for number, meta in found.datanets.items():
        if keccak256(meta) != state.read("datanets", number, "metaHash").value:
            raise BadInput(field="invite", reason="datanets", value=number)


def transport_to(endpoint: str, token: str) -> HttpTransport:
    return HttpTransport(endpoint, headers=bearer(token), timeout=60.0)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def network_of(pinned: Mapping[str, Any]) -> Network:
    """The network that a vault pins: its own ledger, or the one it joined."""
    chain_id, genesis = int(pinned["chainId"]), bytes.fromhex(str(pinned["genesisHash"]).removeprefix("0x"))
    contracts = {name: Address.parse(address) for name, address in pinned["contracts"].items()}
    joined = pinned.get("joined")
    if joined is None:
        return local_network(chain_id, genesis, contracts)
    number, digest = joined["checkpoint"]
    return Network(
        key="joined",
        name=str(joined["name"]),
        chain_id=chain_id,
        genesis_hash=genesis,
        test=True,
        endpoints=(str(joined["endpoint"]),),
        uses=frozenset({READ, WALLET, CONTRACTS}),
        contracts=contracts,
        checkpoint=Checkpoint(int(number), bytes.fromhex(str(digest).removeprefix("0x"))),
    )


def transport_of(session: Session) -> Transport:
    """To the profile's own node, or to the one it was invited to."""
    joined = session.pinned.get("joined")
    return PipeTransport(session.node) if joined is None else transport_to(joined["endpoint"], joined["token"])


def first_sync(session: Session, progress: Progress) -> None:
    """A node of others may be away, set back, or another program by now: the profile opens on what was proven last, for
    a new invite can only be taken in an open one. Nothing is signed on a stale head. Raises NodeError, ProofError where
    that cannot be.
    """
    try:
        session.light.sync(progress)
    except (NodeError, ProofError) as error:
        if "joined" not in session.pinned:
            raise
        reached = session.light.head().value.number
        if reached < int(session.pinned["joined"]["checkpoint"][0]) and not isinstance(error, NodeUnreachable):
            raise  # it never followed that ledger: nothing of it is here
