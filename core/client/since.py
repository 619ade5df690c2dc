"""What changed since the profile was last open: the figures Home showed then, kept in the vault, beside those now."""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.units import Amount
from core.values import SinceView

if TYPE_CHECKING:
    from core.client.session import Session

_KEPT = "seen"  # the vault's setting
_OFTEN = 60  # seconds: the moment alone is not written more often


@dataclass(frozen=True)
class Figures:
    """Calls made here, wei earned by all accounts, and own records accepted and refused: sums from the beginning."""

    calls: int
    earned: int
    accepted: int
    refused: int


class LastSeen:
    """`tell` on every look at Home: all looks between unlocking and locking are told against the same earlier one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._session: weakref.ref[Session] | None = None  # a locked one must be let go
        self._before: tuple[int, Figures] | None = None
        self._kept: tuple[int, Figures] | None = None

    def tell(self, session: Session, now: int, figures: Figures) -> SinceView | None:
        """None at the first time ever. What went down (a model was removed) counts as no change."""
        with self._lock:
            if self._session is None or session is not self._session():
                self._session = weakref.ref(session)
                self._before = self._kept = _read(session)
            kept, before = self._kept, self._before
            if kept is None or kept[1] != figures or now - kept[0] >= _OFTEN:
                self._kept = (now, figures)
                _write(session, now, figures)
        if before is None:
            return None
        time, old = before
        return SinceView(
            time=time,
            calls=max(0, figures.calls - old.calls),
            earned=Amount(max(0, figures.earned - old.earned)),
            accepted=max(0, figures.accepted - old.accepted),
            refused=max(0, figures.refused - old.refused),
        )


def _read(session: Session) -> tuple[int, Figures] | None:
    from core.client.session import setting

    kept: dict[str, Any] | None = setting(session.db, _KEPT)
    if kept is None:
        return None
    return int(kept["time"]), Figures(*(int(kept[name]) for name in ("calls", "earned", "accepted", "refused")))


def _write(session: Session, now: int, figures: Figures) -> None:
    from core.client.session import set_setting

    counts = {"calls": figures.calls, "accepted": figures.accepted, "refused": figures.refused}
    set_setting(session.db, _KEPT, {"time": now, "earned": str(figures.earned), **counts})
