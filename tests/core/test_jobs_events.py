"""Long work can be watched and stopped; what changed is heard by all who listen."""

from __future__ import annotations

import pickle
import threading

import pytest

from core.errors import Cancelled, DatabaseCorrupt, InsufficientFunds
from core.events import Changed, Events
from core.jobs import Progress, silent


def test_a_step_reports_a_share_and_words():
    seen = []
    progress = Progress(report=lambda *step: seen.append(step))
    progress.step("Hashing", 0, 4)
    progress.step("Hashing", 4, 4)
    progress.step("Waiting")
    assert seen == [(0.0, "Hashing"), (1.0, "Hashing"), (None, "Waiting")]


def test_steps_in_quick_succession_are_reported_once_but_the_last_always():
    seen = []
    progress = Progress(report=lambda *step: seen.append(step))
    for i in range(1, 1001):
        progress.step("Counting", i, 1000)
    assert len(seen) < 20
    assert seen[-1] == (1.0, "Counting")


def test_a_new_kind_of_work_is_reported_at_once():
    seen = []
    progress = Progress(report=lambda *step: seen.append(step))
    progress.step("Reading", 1, 3)
    progress.step("Writing", 2, 3)
    assert [words for _, words in seen] == ["Reading", "Writing"]


def test_a_cancel_is_honoured_at_the_next_step():
    progress = Progress()
    progress.step("Going")
    threading.Thread(target=progress.cancel).run()
    assert progress.cancelled
    for stop in (progress.check, lambda: progress.step("Going on")):
        with pytest.raises(Cancelled):
            stop()


def test_silent_progress_says_nothing_and_can_still_be_cancelled():
    progress = silent()
    progress.step("x", 1, 2)
    progress.cancel()
    assert progress.cancelled
    assert not silent().cancelled


def test_two_changes_are_one_with_both():
    assert Changed(balances=True) | Changed(activity=True) == Changed(balances=True, activity=True)


def test_listeners_hear_until_they_end():
    events, heard = Events(), []
    end = events.subscribe(heard.append)
    events.subscribe(lambda changed: heard.append(("second", changed)))
    events.say(Changed(models=True))
    end()
    end()
    events.say(Changed(jobs=True))
    assert heard == [
        Changed(models=True),
        ("second", Changed(models=True)),
        ("second", Changed(jobs=True)),
    ]


def test_a_listener_may_end_itself_while_it_hears():
    events, heard = Events(), []

    def once(changed: Changed) -> None:
        heard.append(changed)
        end()

    end = events.subscribe(once)
    events.say(Changed(jobs=True))
    events.say(Changed(jobs=True))
    assert len(heard) == 1


def test_errors_carry_values_by_name_and_travel_between_processes():
    error = InsufficientFunds(needed=5, available=3)
    assert (error.needed, error.available) == (5, 3)
    with pytest.raises(AttributeError):
        _ = error.nothing
    back = pickle.loads(pickle.dumps(error))
    assert (type(back), back.values) == (InsufficientFunds, {"needed": 5, "available": 3})
    assert str(DatabaseCorrupt(path="a", reason="b")) == "path='a', reason='b'"
