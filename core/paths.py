"""Where a profile keeps its files. Only the headers, settings and lock read without a key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ProfilePaths:
    """The folder of one profile (mode 0700).

    vault.db / vault.json   the SQLCipher vault and its key header (Argon2id parameters, wrapped key)
    keys.json               the phrase, sealed under a key of its own; only the signer opens it
    ledger.db               the embedded node's SQLCipher ledger
    files/                  content-addressed artefacts (models, release files), encrypted unless public
    freshness.json          the counter that shows a rolled-back database
    change.json, *.next     a change of password on its way; lock, show: one running copy and how it is called
    *.orphan-N              what was in the way, moved aside and never deleted
    settings.json           what must be known before unlocking: theme, window, language
    """

    root: Path

    @property
    def vault(self) -> Path:
        return self.root / "vault.db"

    @property
    def vault_header(self) -> Path:
        return self.root / "vault.json"

    @property
    def keys(self) -> Path:
        return self.root / "keys.json"

    @property
    def ledger(self) -> Path:
        return self.root / "ledger.db"

    @property
    def files(self) -> Path:
        return self.root / "files"

    @property
    def freshness(self) -> Path:
        return self.root / "freshness.json"

    @property
    def settings(self) -> Path:
        return self.root / "settings.json"

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    @property
    def log(self) -> Path:
        return self.root / "openledger.log"

    def prepare(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.root.chmod(0o700)
        self.files.mkdir(exist_ok=True, mode=0o700)


def default_root() -> Path:
    import platformdirs  # 38 ms, not needed when --profile is given

    return Path(platformdirs.user_data_dir("openledger-contributor", appauthor=False)) / "default"
