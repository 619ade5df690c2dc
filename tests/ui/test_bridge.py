"""Core's events on any thread become one signal here."""

from __future__ import annotations

import threading

from pytestqt.qtbot import QtBot

from core.events import Changed, Events
from ui.bridge import Bridge


def test_many_events_from_another_thread_arrive_joined_and_here(qtbot: QtBot) -> None:
    events, heard = Events(), []
    bridge = Bridge(events)
    bridge.changed.connect(lambda changed: heard.append((changed, threading.current_thread())))

    def write() -> None:
        for _ in range(500):
            events.say(Changed(balances=True))
        events.say(Changed(models=True))

    thread = threading.Thread(target=write)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: bool(heard))
    qtbot.wait(100)
    joined = Changed()
    for changed, on in heard:
        assert on is threading.main_thread()
        joined |= changed
    assert joined == Changed(balances=True, models=True)
    assert len(heard) <= 3
    bridge.close()


def test_a_closed_bridge_hears_nothing(qtbot: QtBot) -> None:
    events, heard = Events(), []
    bridge = Bridge(events)
    bridge.changed.connect(heard.append)
    bridge.close()
    events.say(Changed(jobs=True))
    qtbot.wait(80)
    assert heard == []
