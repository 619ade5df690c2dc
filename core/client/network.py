"""The network page's values: the node, how far it is believed and why, contracts, blocks."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from core.chain.proofs import Wish
from core.chain.trust import Trust
from core.errors import NodeError, NodeUnreachable, OpenLedgerError, ProofError
from core.events import Changed
from core.jobs import Progress, silent
from core.units import Address
from core.values import BlockView, NetworkView, ReceiptView, TrustView

if TYPE_CHECKING:
    from core.client.client import Client

_BLOCKS = 20


def trust_view(trust: Trust) -> TrustView:
    return TrustView(trust.state.value, trust.reason.value, trust.block, trust.since)


class Network:
    def __init__(self, client: Client) -> None:
        self._client = client

    def view(self) -> NetworkView:
        """Follows the node to its head first. A node that cannot be reached or believed gives a view that says so."""
        session = self._client.session
        height: int | None
        base_fee: int | None
        try:
            head = session.light.sync()
            trust, height, base_fee = trust_view(head.trust), head.value.number, head.value.base_fee
        except (NodeError, ProofError) as error:
            trust, height, base_fee = self._unanswered(error)
        return NetworkView(
            name=session.network.name,
            local=session.network.local,
            chain_id=session.network.chain_id,
            genesis_hash="0x" + (session.network.genesis_hash or b"").hex(),
            height=height,
            trust=trust,
            node_running=session.node.running,
            base_fee=base_fee,
            contracts=self._contracts(),
            blocks=self._blocks(None if trust.state == "stale" else height),
            ledger_bytes=self._client.paths.ledger.stat().st_size if self._client.paths.ledger.exists() else 0,
            endpoint=session.pinned["joined"]["endpoint"] if "joined" in session.pinned else None,
            checkpoint=session.network.checkpoint.number if session.network.checkpoint is not None else None,
        )

    def _unanswered(self, error: OpenLedgerError) -> tuple[TrustView, int | None, int | None]:
        """A node of others may be away for a while: then what was proven last still stands, as of that block."""
        session = self._client.session
        if isinstance(error, NodeUnreachable) and self._client.joining.joined:
            with contextlib.suppress(NodeError, ProofError):
                head = session.light.head()
                return trust_view(head.trust), head.value.number, head.value.base_fee
        return TrustView("failed", type(error).__name__), None, None

    def _contracts(self) -> tuple[tuple[str, str, bool], ...]:
        """Whether the code on the ledger, by proof, is the code this program ships (immutables apart)."""
        session = self._client.session
        found = []
        with contextlib.suppress(OpenLedgerError):  # each of them says why itself
            session.light.prefetch([Wish(session.contract(name).address) for name in session.pinned["contracts"]])
        for name in session.pinned["contracts"]:
            deployed = session.contract(name)
            try:
                deployed.contract.check_code(session.light.code(deployed.address).value)
                matches = True
            except OpenLedgerError:
                matches = False
            found.append((name, str(deployed.address), matches))
        return tuple(found)

    def _blocks(self, height: int | None) -> tuple[BlockView, ...]:
        if height is None:
            return ()
        light = self._client.session.light
        first = max(0, height - _BLOCKS + 1)
        counts = light.transaction_counts(max(first, 1), height) if height else {}
        return tuple(
            BlockView(one.number, "0x" + one.hash.hex(), one.timestamp, counts.get(one.number, 0), one.gas_used)
            for one in reversed(light.headers(first, height))
        )

    def names(self) -> Mapping[Address, str]:
        """Of every address that is known here: contracts, contacts and accounts."""
        from core.client import receipts

        return receipts.names(self._client)

    def receipt(self, tx_hash: str) -> ReceiptView | None:
        """A transaction's outcome, proven by its block; None when the node knows of none.

        Raises BadInput ("not a hash"), NodeError, ProofError.
        """
        from core.client import receipts

        return receipts.receipt(self._client, tx_hash)

    def restart_node(self, progress: Progress | None = None) -> None:
        """Stop the embedded node and start it again on its ledger; one that is elsewhere is only asked again."""
        progress = progress or silent()
        session = self._client.session
        if not self._client.joining.joined:
            session.node.stop()
            progress.step("node")
            session.node.call("ping")
        progress.step("sync")
        session.light.sync()
        self._client.said(Changed(network=True))
