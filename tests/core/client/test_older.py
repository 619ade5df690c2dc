"""Old files put back together with the file that counts their writes: the ledger tells, and nothing is done twice."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from app.terminal.output import Output
from app.terminal.session import _say_older
from core.client import Client
from core.jobs import silent
from core.paths import ProfilePaths
from core.units import Amount
from tests.doubles.cheap import BOUNDS, COST, PASSWORD
from ui.text import older_words

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]
PHRASE = "legal winner thank year wave sausage worth useful legal winner thank yellow"
ONE = Amount.parse("1")
FILES = ("vault.db", "freshness.json")


def pay(client: Client, account: int = 0) -> None:
    client.sign(client.wallet.prepare_send(account, client.wallet.address(1), ONE))


def test_an_older_copy_is_told_by_the_ledger_and_nothing_is_signed_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, copy = tmp_path / "profile", tmp_path / "copy"
    client = Client(ProfilePaths(folder), cost=COST, bounds=BOUNDS)
    try:
        client.profile.create(PHRASE, PASSWORD)
        client.wallet.add_account("Second")
        pay(client)
        client.session.db.one("PRAGMA wal_checkpoint(TRUNCATE)")
        client.session.vault.db.write_freshness()
        copy.mkdir()
        for name in FILES:
            shutil.copy(folder / name, copy / name)
        pay(client)
        third = client.wallet.add_account("Third")
        client.sign(client.wallet.prepare_send(0, third.address, ONE))
        made = client.session.artefacts.put(b"a file of the time that was lost")
        before = client.wallet.balance(client.wallet.address(1)).value
        sent = {row.tx_hash for row in client.wallet.activity()}
    finally:
        client.close()
    for name in FILES:
        shutil.copy(copy / name, folder / name)

    client = Client(ProfilePaths(folder), cost=COST, bounds=BOUNDS)
    try:
        client.profile.unlock(PASSWORD)
        found = client.older.found()
        assert found is not None
        assert found.transactions == 2
        _say_older(client, Output(as_json=False))
        assert older_words(found)[0] in capsys.readouterr().out
        assert client.home().older == found
        assert {row.tx_hash for row in client.wallet.activity()} == sent
        assert [row.what for row in client.wallet.activity()].count("elsewhere") == 2
        assert [row.address for row in client.wallet.rows()][2] == third.address  # used since: found by the ledger
        assert client.session.artefacts.has(made)  # newer files may come back and name it
        pay(client)
        assert client.wallet.balance(client.wallet.address(1)).value == before + ONE
        assert len({row.tx_hash for row in client.wallet.activity()}) == len(sent) + 1
        assert client.older.found() == found  # until somebody has read it
        client.older.read()
        client.older.look(silent())
        assert client.older.found() is None
        client.session.tidy()
        assert not client.session.artefacts.has(made)
    finally:
        client.close()
