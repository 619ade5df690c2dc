"""Key derivation that costs nothing, for tests of what comes after it. Never used by the product."""

from __future__ import annotations

from core.vault.kdf import Bounds, Cost

COST = Cost(memory_kib=64, time=1, lanes=1)
BOUNDS = Bounds(memory_kib=(8, 1024 * 1024), time=(1, 16), lanes=(1, 16))
PASSWORD = "correct horse battery staple"
