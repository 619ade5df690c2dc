"""Small copies of pictures for the screens, made in the model's process and kept for a while in memory only."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from core.values import PictureView

if TYPE_CHECKING:
    from core.client.session import Session

_KEPT = 32 * 1024 * 1024  # bytes of copies


class Thumbnails:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, int], PictureView] = OrderedDict()
        self._held = 0

    def get(self, text: str, side: int) -> PictureView:
        """At most `side` pixels wide and high. Raises BadInput (no picture), DatabaseCorrupt, WorkerError."""
        with self._lock:
            found = self._known.get((text, side))
            if found is not None:
                self._known.move_to_end((text, side))
                return found
        session = self._session
        found = PictureView(*session.runtime.small(session.pictures.file(text), side))
        with self._lock:
            if (text, side) not in self._known:
                self._known[text, side] = found
                self._held += len(found.rgb)
            while self._held > _KEPT:
                self._held -= len(self._known.popitem(last=False)[1].rgb)
        return found
