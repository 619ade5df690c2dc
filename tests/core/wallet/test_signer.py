"""The signer is a process: it alone holds the phrase, it signs for pinned chains, and locking ends it."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import sys
import threading
import time
from pathlib import Path

import pytest

from core.errors import (
    BadInput,
    BadPhrase,
    DatabaseCorrupt,
    Locked,
    OpenLedgerError,
    RefusedToSign,
    WorkerDied,
    WorkerError,
    WrongPassword,
)
from core.eth.transaction import Transaction
from core.paths import ProfilePaths
from core.units import Address
from core.vault.vault import Vault
from core.wallet.password import change_password
from core.wallet.signer import Signer
from tests.doubles.cheap import BOUNDS, COST, PASSWORD

PHRASE = "test " * 11 + "junk"
FIRST = Address.parse("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266")
CHAIN = 1612
PROFILE = "ab" * 16
TX = {
    "type": 2,
    "chainId": CHAIN,
    "nonce": 0,
    "to": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    "value": 1,
    "data": "0x",
    "gas": 21_000,
    "maxFeePerGas": 10**9,
    "maxPriorityFeePerGas": 0,
}
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def paths(tmp_path) -> ProfilePaths:
    paths = ProfilePaths(tmp_path / "profile")
    paths.prepare()
    return paths


@pytest.fixture
def signer(paths):
    signer = Signer(paths.keys, cost=COST, bounds=BOUNDS)
    yield signer
    signer.lock()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One open signer for the tests that only ask it: it imports for two seconds."""
    signer = Signer(tmp_path_factory.mktemp("shared") / "keys.json", cost=COST, bounds=BOUNDS)
    signer.seal(PHRASE, PASSWORD, profile=PROFILE)
    signer.open(PASSWORD, CHAIN)
    yield signer
    signer.lock()


@pytest.fixture
def opened(signer):
    signer.seal(PHRASE, PASSWORD, profile=PROFILE)
    signer.open(PASSWORD, CHAIN)
    return signer


def test_a_phrase_is_made_checked_sealed_opened_and_signs(signer, paths):
    phrase = signer.new_phrase(24)
    assert signer.check_phrase(phrase.upper()) == phrase
    signer.seal(phrase, PASSWORD, profile=PROFILE)
    signer.open(PASSWORD, CHAIN)
    (address,) = signer.addresses([0])
    assert Address(Transaction.decode(signer.sign_transaction(0, TX)).sender) == address


def test_addresses_are_the_ones_of_other_wallets(shared):
    assert shared.addresses([0, 1]) == [FIRST, Address.parse("0x70997970C51812dc3A010C7d01b50e0d17dc79C8")]
    assert shared.addresses([]) == []


def test_each_account_signs_for_itself(shared):
    for index, address in enumerate(shared.addresses([0, 1, 2])):
        assert Address(Transaction.decode(shared.sign_transaction(index, TX)).sender) == address


def test_a_refusal_arrives_with_its_reason(shared):
    with pytest.raises(RefusedToSign) as caught:
        shared.sign_transaction(0, {**TX, "chainId": 1})
    assert caught.value.values == {"reason": "chain id", "field": "chainId"}


def test_typed_data_is_signed_for_the_pinned_chain_only(shared):
    def data(chain: int) -> dict:
        return {
            "types": {
                "EIP712Domain": [
                    {"name": "chainId", "type": "uint256"},
                    {"name": "verifyingContract", "type": "address"},
                ],
                "Note": [{"name": "text", "type": "string"}],
            },
            "primaryType": "Note",
            "domain": {"chainId": chain, "verifyingContract": str(FIRST)},
            "message": {"text": "hello"},
        }

    assert len(shared.sign_typed_data(0, data(CHAIN), CHAIN)) == 65
    for asked, inside in ((1, 1), (CHAIN, 1), (1, CHAIN)):
        with pytest.raises(RefusedToSign):
            shared.sign_typed_data(0, data(inside), asked)


def test_several_chains_may_be_pinned_and_none_means_none(signer):
    signer.seal(PHRASE, PASSWORD, profile=PROFILE)
    signer.open(PASSWORD, [CHAIN, 5])
    signer.sign_transaction(0, {**TX, "chainId": 5})
    signer.lock()
    signer.open(PASSWORD, [])
    with pytest.raises(RefusedToSign):
        signer.sign_transaction(0, TX)


def test_the_pin_cannot_be_changed_by_opening_again(shared):
    shared.open(PASSWORD, 1)
    with pytest.raises(RefusedToSign):
        shared.sign_transaction(0, {**TX, "chainId": 1})
    with pytest.raises(BadInput):
        shared._ask("open", path=str(shared._path), password=PASSWORD, chain_ids=[1], bounds=shared._bounds_json())


def test_the_data_key_comes_from_the_phrase_alone(opened, tmp_path):
    other = Signer(tmp_path / "keys.json", cost=COST, bounds=BOUNDS)
    try:
        other.seal(PHRASE, "another password", profile="cd" * 16)
        other.open("another password", 5)
        assert other.data_key() == opened.data_key()
        assert len(opened.data_key()) == 32
    finally:
        other.lock()


# --- locked ---


def test_before_opening_and_after_locking_every_use_says_locked(signer):
    signer.seal(PHRASE, PASSWORD, profile=PROFILE)

    def all_locked() -> None:
        assert signer.locked
        for use in (
            lambda: signer.addresses([0]),
            lambda: signer.sign_transaction(0, TX),
            lambda: signer.sign_typed_data(0, {}, CHAIN),
            signer.data_key,
        ):
            with pytest.raises(Locked):
                use()

    all_locked()
    signer.open(PASSWORD, CHAIN)
    assert not signer.locked
    signer.lock()
    all_locked()


def test_a_wrong_password_opens_nothing(signer):
    signer.seal(PHRASE, PASSWORD, profile=PROFILE)
    with pytest.raises(WrongPassword):
        signer.open("wrong", CHAIN)
    assert signer.locked
    signer.open(PASSWORD, CHAIN)


def test_locking_ends_the_process_at_once(opened):
    pid = opened._child.pid
    start = time.perf_counter()
    opened.lock()
    took = time.perf_counter() - start
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert took < 6  # who is asked to leave has eight


def test_a_lock_ends_a_signature_under_way(opened):
    ended: list[str] = []

    def sign() -> None:
        try:
            for _ in range(100_000):
                opened.sign_transaction(0, TX)
        except OpenLedgerError as error:
            ended.append(type(error).__name__)

    thread = threading.Thread(target=sign)
    thread.start()
    time.sleep(0.3)
    opened.lock()
    thread.join(100)
    assert ended == ["Locked"]


def test_a_lock_that_overtakes_an_opening_wins(signer):
    signer.seal(PHRASE, PASSWORD, profile=PROFILE)
    threading.Timer(0.01, signer.lock).start()
    for _ in range(5):
        with contextlib.suppress(Locked, WorkerDied):
            signer.open(PASSWORD, CHAIN)
            time.sleep(0.05)
            signer.lock()
    time.sleep(0.1)
    assert signer.locked


def test_a_killed_signer_is_a_locked_one(opened):
    os.kill(opened._child.pid, 9)
    with pytest.raises((WorkerDied, Locked)):
        opened.sign_transaction(0, TX)
    with pytest.raises(Locked):
        opened.sign_transaction(0, TX)
    opened.open(PASSWORD, CHAIN)
    opened.sign_transaction(0, TX)


# --- the file ---


def test_the_file_is_for_its_owner_and_says_nothing(shared):
    content = shared._path.read_bytes()
    assert stat.S_IMODE(shared._path.stat().st_mode) == 0o600
    assert b"test" not in content
    assert FIRST.raw.hex().encode() not in content.lower()


def test_the_file_does_not_tell_the_length_of_the_phrase(signer, tmp_path):
    sizes = set()
    for number, (words, passphrase) in enumerate([(12, ""), (24, ""), (24, "x" * 256)]):
        one = Signer(tmp_path / f"{number}.json", cost=COST)
        one.seal(signer.new_phrase(words), PASSWORD, profile=PROFILE, passphrase=passphrase)
        one.lock()
        sizes.add((tmp_path / f"{number}.json").stat().st_size)
    assert len(sizes) == 1


def test_a_phrase_that_is_there_is_never_overwritten(opened, paths):
    before = paths.keys.read_bytes()
    with pytest.raises(BadInput):
        opened.seal(opened.new_phrase(), PASSWORD, profile=PROFILE)
    assert paths.keys.read_bytes() == before


@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "flipped", "huge", "vault"])
def test_a_damaged_file_is_named_with_what_helps(signer, paths, damage):
    signer.seal(PHRASE, PASSWORD, profile=PROFILE)
    content = paths.keys.read_bytes()
    flipped = content.replace(b'"sealed": "', b'"sealed": "00', 1)
    changes = {"empty": b"", "cut": content[:-40], "flipped": flipped, "huge": content * 100}
    if damage == "missing":
        paths.keys.unlink()
    elif damage == "vault":
        with Vault.create(paths, PASSWORD, cost=COST, bounds=BOUNDS):
            paths.keys.write_bytes(paths.vault_header.read_bytes())
    else:
        paths.keys.write_bytes(changes[damage])
    with pytest.raises(DatabaseCorrupt) as caught:
        signer.open(PASSWORD, CHAIN)
    assert caught.value.remedy == "restore_phrase"


def test_by_default_a_cheap_file_is_refused(signer, paths):
    signer.seal(PHRASE, PASSWORD, profile=PROFILE)
    strict = Signer(paths.keys)
    with pytest.raises(DatabaseCorrupt) as caught:
        strict.open(PASSWORD, CHAIN)
    strict.lock()
    assert caught.value.reason == "keys cost"


def test_by_default_the_machine_is_measured_and_never_below_the_floor(paths):
    real = Signer(paths.keys)
    try:
        real.seal(PHRASE, PASSWORD, profile=PROFILE)
        kdf = json.loads(paths.keys.read_bytes())["kdf"]
        assert (kdf["memory_kib"] >= 64 * 1024, kdf["time"] >= 3) == (True, True)
        real.open(PASSWORD, CHAIN)
        assert real.addresses([0]) == [FIRST]
    finally:
        real.lock()


def test_the_phrase_is_shown_again_only_for_the_password(shared):
    assert shared.reveal(PASSWORD) == (PHRASE, "")
    with pytest.raises(WrongPassword):
        shared.reveal("wrong")


# --- secrets ---


def test_no_error_and_no_repr_holds_a_secret(signer, paths):
    secret = "zzsecretzz"
    attempts = [
        lambda: signer.check_phrase(f"{secret} " * 12),
        lambda: signer.seal(f"{secret} " * 12, PASSWORD, profile=PROFILE),
        lambda: signer.seal(PHRASE, secret, profile="not hex"),
        lambda: signer.seal(PHRASE, PASSWORD, profile=PROFILE, passphrase=secret * 100),
        lambda: signer._ask(
            "seal",
            path="/no/such/folder/keys.json",
            phrase=PHRASE,
            passphrase=secret,
            password=secret,
            profile=PROFILE,
            cost=COST.as_dict(),
        ),
        lambda: signer._ask("open", path=5, password=secret, chain_ids=[]),
        lambda: signer._ask(
            "seal",
            path="x",
            phrase=PHRASE,
            passphrase=[secret],
            password={secret: 1},
            profile=PROFILE,
            cost=COST.as_dict(),
        ),
    ]
    for attempt in attempts:
        with pytest.raises(OpenLedgerError) as caught:
            attempt()
        error: BaseException | None = caught.value
        while error is not None:
            assert secret not in f"{error!r} {error} {getattr(error, 'values', '')}"
            assert "junk" not in f"{error!r} {error}"
            error = error.__cause__ or error.__context__
    assert PASSWORD not in repr(signer)
    assert "\n".join(signer._child._life._tail) == ""


def test_a_refused_phrase_says_where_not_what(signer):
    with pytest.raises(BadPhrase) as caught:
        signer.check_phrase("test " * 4 + "secretword " + "test " * 7)
    assert caught.value.values == {"field": "phrase", "reason": "word", "position": 5}


def test_unexpected_failures_keep_their_words_to_themselves():
    from core.wallet.signer_worker import _quiet

    def fail() -> None:
        raise KeyError("a secret")

    with pytest.raises(WorkerError) as caught:
        _quiet(fail)()
    assert caught.value.values == {"kind": "KeyError", "reason": "unexpected"}


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_the_signers_memory_is_closed_to_other_programs_of_the_same_person(shared):
    process = Path(f"/proc/{shared._child.pid}")
    limits = (process / "limits").read_text()
    assert "Max core file size        0                    0" in limits
    # a process that may not be dumped belongs to root in /proc; when we are root that shows nothing
    if os.geteuid() != 0:
        assert (process / "mem").stat().st_uid == 0


def test_the_app_process_never_imports_what_holds_keys():
    import subprocess

    code = (
        "import sys, core.wallet.signer; print([m for m in sys.modules if m.startswith(('bip_utils', 'eth_', 'mnem'))])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


# --- one password for both ---


def test_a_change_of_password_is_for_vault_and_signer(paths, signer):
    signer.seal(PHRASE, PASSWORD, profile=PROFILE)
    with Vault.create(paths, PASSWORD, cost=COST, bounds=BOUNDS) as vault:
        signer.open(PASSWORD, CHAIN)
        change_password(vault, signer, PASSWORD, "new password")
        assert signer.addresses([0]) == [FIRST]
    signer.lock()
    with pytest.raises(WrongPassword):
        signer.open(PASSWORD, CHAIN)
    with pytest.raises(WrongPassword):
        Vault.open(paths, PASSWORD, bounds=BOUNDS)
    signer.open("new password", CHAIN)
    assert signer.addresses([0]) == [FIRST]
    Vault.open(paths, "new password", bounds=BOUNDS).close()


def test_a_wrong_old_password_changes_neither(paths, signer):
    signer.seal(PHRASE, PASSWORD, profile=PROFILE)
    with Vault.create(paths, PASSWORD, cost=COST, bounds=BOUNDS) as vault, pytest.raises(WrongPassword):
        change_password(vault, signer, "wrong", "new password")
    signer.open(PASSWORD, CHAIN)
    Vault.open(paths, PASSWORD, bounds=BOUNDS).close()


def test_a_signer_killed_in_the_middle_changes_neither(paths, signer):
    signer.seal(PHRASE, PASSWORD, profile=PROFILE)
    with Vault.create(paths, PASSWORD, cost=COST, bounds=BOUNDS) as vault:
        signer.open(PASSWORD, CHAIN)
        signer._child.call("ping")

        def reseal(cost):
            signer._child.kill()
            raise WorkerDied(name="signer", code=-9, tail="")

        with pytest.raises(WorkerDied):
            vault.change_password(PASSWORD, "new password", reseal=reseal)
    signer.lock()
    signer.open(PASSWORD, CHAIN)
    Vault.open(paths, PASSWORD, bounds=BOUNDS).close()


def test_a_profile_that_only_watches_changes_its_vault_alone(paths, signer):
    with Vault.create(paths, PASSWORD, cost=COST, bounds=BOUNDS) as vault:
        change_password(vault, signer, PASSWORD, "new password")
    Vault.open(paths, "new password", bounds=BOUNDS).close()


def test_opening_the_signer_finishes_a_change_that_was_cut_off(paths, signer):
    import hashlib

    signer.seal(PHRASE, PASSWORD, profile=PROFILE)
    content = signer.reseal(PASSWORD, "new password", COST)
    (paths.root / "keys.json.next").write_bytes(content)
    (paths.root / "change.json").write_text(json.dumps({"keys.json": hashlib.sha256(content).hexdigest()}))
    signer.open("new password", CHAIN)
    assert signer.addresses([0]) == [FIRST]
