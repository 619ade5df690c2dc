"""What the person stopped before it left stays here for good, even where the node is away at that very moment."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from core.client.wallet import Wallet
from core.clock import SystemClock
from core.errors import Cancelled, NodeUnreachable
from core.storage import Database
from core.vault.migrations import MIGRATIONS

CHAIN, HASH = 161_200_001, bytes([3]) * 32


class Away:
    def receipt(self, _tx_hash: bytes) -> Any:
        raise NodeUnreachable(endpoint="node", reason="closed")


def test_what_was_stopped_is_not_sent_at_the_next_start(tmp_path: Path) -> None:
    database = Database(tmp_path / "vault.db", bytes(32), MIGRATIONS)
    try:
        database.run(
            "INSERT INTO transactions (chain_id, hash, sender, nonce, value, gas, max_fee, tip, data, raw, since, "
            "kind, state, created) VALUES (?, ?, ?, 0, '1', 21000, '1', '0', x'', x'02', 0, 'send', 'pending', 1)",
            CHAIN, HASH, bytes(20),
        )  # fmt: skip
        session = SimpleNamespace(
            db=database, clock=SystemClock(), network=SimpleNamespace(chain_id=CHAIN), light=Away()
        )
        Wallet(SimpleNamespace(session=session)).failed(HASH, Cancelled())  # type: ignore[arg-type]
        assert [row["state"] for row in database.all("SELECT state FROM transactions")] == ["dropped"]
    finally:
        database.close()
