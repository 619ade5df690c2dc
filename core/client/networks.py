"""Networks beside the profile's own ledger: chosen by the person, read with proofs, never signed for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.chain.book import Entry, NetworkBook
from core.chain.light_node import LightNode
from core.chain.network import Checkpoint
from core.client.network import trust_view
from core.errors import BadInput, NodeError, ProofError, WrongChain
from core.events import Changed
from core.jobs import Progress, silent
from core.units import Amount
from core.values import EndpointView, Known, NetworkLook, OtherNetwork, TrustView

if TYPE_CHECKING:
    from core.client.client import Client

_KEPT = "networks"  # the vault's setting


class Networks:
    """The signer of a profile signs for its own chain only, so here is nothing to send: states and balances."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @property
    def _book(self) -> NetworkBook:
        from core.client.session import set_setting, setting

        session = self._client.session
        return NetworkBook(
            lambda: setting(session.db, _KEPT),
            lambda value: set_setting(session.db, _KEPT, value),
            session.network.chain_id,
        )

    def all(self) -> tuple[OtherNetwork, ...]:
        """Those that ship, then those that were added."""
        return tuple(_view(entry) for entry in self._book.entries().values())

    def add(self, name: str, endpoint: str, *, symbol: str = "", rollup: bool = False) -> OtherNetwork:
        """By one endpoint, which is asked for its chain first. Raises BadInput, NodeError, ProofError."""
        return self._changed(self._book.add(name, endpoint, symbol=symbol, rollup=rollup))

    def remove(self, key: str) -> None:
        """One that was added; of one that ships, its endpoints."""
        self._book.remove(key)
        self._client.said(Changed(network=True))

    def add_endpoint(self, key: str, endpoint: str) -> OtherNetwork:
        """Raises WrongChain when it is of another chain, BadInput, NodeError, ProofError."""
        return self._changed(self._book.add_endpoint(key, endpoint))

    def remove_endpoint(self, key: str, endpoint: str) -> OtherNetwork:
        return self._changed(self._book.remove_endpoint(key, endpoint))

    def need(self, key: str, needed: int) -> OtherNetwork:
        """How many endpoints must agree: more than half. Raises BadInput."""
        return self._changed(self._book.need(key, needed))

    def pin(self, key: str, number: int | None, block_hash: str = "") -> OtherNetwork:
        """A block known from elsewhere; None takes it back. Raises BadInput ("not a hash")."""
        checkpoint = None
        if number is not None:
            try:
                checkpoint = Checkpoint(number, bytes.fromhex(block_hash.strip().removeprefix("0x")))
            except ValueError as error:
                raise BadInput(field="checkpoint", reason="not a hash", value=block_hash[:80]) from error
        return self._changed(self._book.pin(key, checkpoint))

    def look(self, key: str, progress: Progress | None = None) -> NetworkLook:
        """Ask its endpoints now: its head, who agrees, and what my accounts hold there.

        What keeps it from being believed is in `trust` (state "failed", the error's name). Raises BadInput.
        """
        with self._book.reading(key, clock=self._client.clock) as light:
            view = _view(self._book.entry(key))
            try:
                head = light.sync(progress or silent())
                balances = self._balances(light)
            except (NodeError, ProofError) as error:
                return NetworkLook(view, None, None, TrustView("failed", _why(error, view)), _endpoints(light), ())
            trust = trust_view(light.head().trust)
            return NetworkLook(view, head.value.number, head.value.timestamp, trust, _endpoints(light), balances)

    def _balances(self, light: LightNode) -> tuple[tuple[str, Known[Amount]], ...]:
        rows = self._client.wallet.rows()
        found = light.accounts([row.address for row in rows])
        return tuple(
            (row.name, Known(Amount(account.value.balance), trust_view(account.trust)))
            for row, account in zip(rows, found, strict=True)
        )

    def _changed(self, entry: Entry) -> OtherNetwork:
        self._client.said(Changed(network=True))
        return _view(entry)


def _view(entry: Entry) -> OtherNetwork:
    network = entry.network
    pinned = network.checkpoint
    return OtherNetwork(
        key=network.key,
        name=network.name,
        chain_id=network.chain_id,
        symbol=network.symbol,
        test=network.test,
        custom=entry.custom,
        endpoints=entry.endpoints,
        needed=entry.needed,
        checkpoint=None if pinned is None else (pinned.number, "0x" + pinned.hash.hex()),
    )


def _why(error: NodeError | ProofError, network: OtherNetwork) -> str:
    """The error's name, or that it is the pinned block which the endpoint has not."""
    pinned = network.checkpoint[1].removeprefix("0x") if network.checkpoint is not None else None
    other = isinstance(error, WrongChain) and error.values.get("expected") == pinned
    return "another pinned block" if other else type(error).__name__


def _endpoints(light: LightNode) -> tuple[EndpointView, ...]:
    report = light.report
    if report is None:
        return ()
    return tuple(EndpointView(entry.endpoint, entry.standing.value, entry.height) for entry in report.endpoints)
