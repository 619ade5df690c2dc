"""A damaged settings file keeps nobody out, and nothing that another version wrote is lost."""

from __future__ import annotations

import json
import stat
import threading
from dataclasses import asdict, fields

import pytest

from core.errors import BadInput, DiskFull
from core.settings import LOCK_MINUTES, Settings, SettingsFile, read


@pytest.fixture
def path(tmp_path):
    return tmp_path / "profile" / "settings.json"


def test_before_there_is_a_file_everything_has_its_default(path):
    file = SettingsFile(path)
    assert file.values == Settings()
    assert file.broken == ()
    assert not path.exists()


def test_every_default_is_allowed():
    assert read(json.dumps(asdict(Settings()))).broken == ()
    assert all(one.metadata["allowed"](one.default) for one in fields(Settings))


def test_a_change_is_there_after_a_restart(path):
    SettingsFile(path).change(theme="dark", lock_minutes=5, window="AdnQywADAAA=", reduce_motion=True)
    again = SettingsFile(path).values
    assert (again.theme, again.lock_minutes, again.window, again.reduce_motion) == ("dark", 5, "AdnQywADAAA=", True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("theme", "pink"),
        ("theme", None),
        ("theme", ["dark"]),
        ("lock_minutes", 7),
        ("lock_minutes", -1),
        ("lock_minutes", True),
        ("lock_minutes", 1.0),
        ("lock_minutes", "15"),
        ("language", "english please"),
        ("language", ""),
        ("network", "../evil"),
        ("network", 1612),
        ("reduce_motion", 1),
        ("window", "<html>"),
        ("window", "A" * 5000),
    ],
)
def test_a_value_that_is_not_allowed_falls_back_and_is_reported(path, name, value):
    path.parent.mkdir()
    path.write_text(json.dumps({"reduce_motion": True, "theme": "dark", name: value}))
    file = SettingsFile(path)
    assert getattr(file.values, name) == getattr(Settings(), name)
    assert file.broken == (name,)
    if name not in {"theme", "reduce_motion"}:
        assert (file.values.theme, file.values.reduce_motion) == ("dark", True)
    with pytest.raises(BadInput) as caught:
        file.change(**{name: value})
    assert caught.value.field == name


@pytest.mark.parametrize(
    "content", [b"{", b"[]", b"5", b"\xff\xfe", b"[" * 100_000, b'{"theme": "dark"} x', bytes(2**21)]
)
def test_a_file_that_is_no_settings_file_is_reported_and_replaced_by_the_next_change(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    file = SettingsFile(path)
    assert file.values == Settings()
    assert file.broken == ("",)
    file.change(theme="light")
    assert file.broken == ()
    assert SettingsFile(path).values.theme == "light"


def test_what_another_version_wrote_is_kept(path):
    path.parent.mkdir()
    path.write_text(json.dumps({"theme": "dark", "holograms": {"on": [1, 2]}}))
    SettingsFile(path).change(lock_minutes=1)
    assert json.loads(path.read_text())["holograms"] == {"on": [1, 2]}


def test_an_unknown_setting_cannot_be_set(path):
    with pytest.raises(BadInput):
        SettingsFile(path).change(holograms=True)
    assert not path.exists()


def test_a_full_disk_changes_nothing(path):
    resource = pytest.importorskip("resource")
    file = SettingsFile(path)
    file.change(theme="dark")
    before = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
    try:
        with pytest.raises(DiskFull):
            file.change(theme="light")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (file.values.theme, path.read_bytes()) == ("dark", before)
    assert [entry.name for entry in path.parent.iterdir()] == ["settings.json"]


def test_threads_lose_no_change(path):
    file = SettingsFile(path)
    changes = [{"theme": "dark"}, {"lock_minutes": 60}, {"reduce_motion": True}, {"language": "pt-BR"}]
    threads = [threading.Thread(target=lambda change=change: file.change(**change)) for change in changes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = SettingsFile(path).values
    assert (found.theme, found.lock_minutes, found.reduce_motion, found.language) == ("dark", 60, True, "pt-BR")


def test_the_choices_for_locking_end_with_never():
    assert LOCK_MINUTES[-1] == 0
