"""What changed, said once by the writer, heard by whoever shows it. Called on the writer's thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Changed:
    """What a write touched; a page decides by these whether to read again."""

    profile: bool = False
    accounts: bool = False
    balances: bool = False
    activity: bool = False
    datanets: bool = False
    records: bool = False
    models: bool = False
    earnings: bool = False
    network: bool = False
    jobs: bool = False
    settings: bool = False

    def __or__(self, other: Changed) -> Changed:
        return Changed(**{name: getattr(self, name) or getattr(other, name) for name in self.__dataclass_fields__})


Listener = Callable[[Changed], None]


class Events:
    """A list of listeners. `subscribe` returns the function that ends the subscription."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        with self._lock:
            self._listeners.append(listener)

        def end() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return end

    def say(self, changed: Changed) -> None:
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            listener(changed)
