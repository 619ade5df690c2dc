"""What a node does beside answering: it looks over a large file once after the start, and gives up old states."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from core.errors import DatabaseCorrupt, OpenLedgerError
from core.node.history import History, Policy
from core.node.ledger import Ledger
from core.node.store import FULL_CHECK_BYTES
from core.storage import check

_PAUSE = 2.0  # seconds between looks whether a sweep is due
_PATIENCE = 5.0  # seconds for the thread to end
_SHARE = 3  # a sweep rests this many times as long as it works, so that requests come first


class Upkeep:
    """A thread of its own until `stop`. `history` is for checkpoints and for what must be kept in the meantime.

    A damaged file condemns the store: every later request raises DatabaseCorrupt instead of going on in good faith.
    """

    def __init__(self, ledger: Ledger, key: bytes, policy: Policy | None = None) -> None:
        self.history = History(ledger.store, ledger.lock, policy)
        self._ledger = ledger
        self.key = key
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ledger-upkeep", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Returns when the step in hand is done; a look over a very large file may go on alone for a while."""
        self._over.set()
        self._thread.join(_PATIENCE)

    def _run(self) -> None:
        try:
            path = self._ledger.store.path
            if path.stat().st_size > FULL_CHECK_BYTES:
                self._look_over(path)
            while not self._over.wait(_PAUSE):
                while self.history.due() and not self._over.is_set():
                    started = time.monotonic()
                    self.history.step()
                    self._over.wait((time.monotonic() - started) * _SHARE)
        except DatabaseCorrupt as error:
            self._ledger.store.condemn(error)
        except (OpenLedgerError, OSError):
            return  # a full disk, a ledger closed under us: the next start takes it up again

    def _look_over(self, path: Path) -> None:
        """On a connection of its own. Pages may be moved from the log into the file while they are read, so bad news
        counts only when it comes again with nobody writing.
        """
        try:
            check(path, self.key)
        except DatabaseCorrupt:
            with self._ledger.lock:
                if not self._over.is_set():
                    check(path, self.key)
