"""The cost of guessing is measured on this machine and has a floor that no machine goes below."""

from __future__ import annotations

import pytest

from core.vault.kdf import FLOOR, Cost, calibrate, derive

# RFC 9106 section 5.3 uses a secret and associated data; this one is argon2's own test (test.c, Argon2id v19, 2 passes)
KNOWN = "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"


def machine(speed: float):
    """Seconds one derivation takes where 64 MiB in three passes take `speed`."""
    return lambda cost: speed * (cost.memory_kib / FLOOR.memory_kib) * (cost.time / FLOOR.time)


def test_the_derivation_is_argon2id():
    assert derive("password", b"somesalt", Cost(memory_kib=65536, time=2, lanes=1)).hex() == KNOWN


def test_the_floor_is_64_mib_and_three_passes():
    assert (FLOOR.memory_kib, FLOOR.time) == (65536, 3)


@pytest.mark.parametrize("speed", [0.002, 0.01, 0.05, 0.1, 0.2, 0.3, 0.49, 0.5, 0.8])
@pytest.mark.parametrize("memory_gib", [4, 16, 64])
def test_on_any_machine_that_can_it_takes_half_a_second_to_one(speed, memory_gib):
    clock = machine(speed)
    cost = calibrate(clock, memory_gib * 1024 * 1024)
    assert cost.memory_kib <= 512 * 1024
    if clock(Cost(512 * 1024, 16)) >= 0.5 and clock(Cost(memory_gib * 1024 * 128, 16)) >= 0.5:
        assert 0.45 <= clock(cost) <= 1.0


@pytest.mark.parametrize("speed", [1.5, 10])
def test_a_slow_machine_gets_the_floor_not_less(speed):
    assert calibrate(machine(speed)) == FLOOR


def test_a_small_machine_gives_no_more_than_an_eighth_of_its_memory_but_the_floor():
    cost = calibrate(machine(0.1), 2 * 1024 * 1024)
    assert cost.memory_kib == 256 * 1024
    assert calibrate(machine(0.1), 100 * 1024).memory_kib == FLOOR.memory_kib


def test_a_busy_moment_does_not_push_it_below_the_floor():
    times = iter([0.1, 9.0, 9.0])
    assert calibrate(lambda _cost: next(times)).memory_kib >= FLOOR.memory_kib


def test_here_it_is_calibrated_for_real():
    cost = calibrate()  # .5 to 1 s on a quiet machine; a busy one tells nothing of how long it takes
    assert FLOOR.memory_kib <= cost.memory_kib <= 512 * 1024
    assert cost.time >= FLOOR.time
    assert len(derive("x", bytes(16), cost)) == 32
