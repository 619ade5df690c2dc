"""A new profile on disk: the signer's keys and the vault, both or neither."""

from __future__ import annotations

import os

from core.errors import BadInput
from core.files import set_aside
from core.jobs import Progress, silent
from core.paths import ProfilePaths
from core.vault.kdf import BOUNDS, Bounds, Cost, calibrate
from core.vault.vault import Vault, exists
from core.wallet.signer import Signer


def create_profile(
    paths: ProfilePaths,
    signer: Signer,
    phrase: str,
    password: str,
    *,
    passphrase: str = "",
    cost: Cost | None = None,
    bounds: Bounds = BOUNDS,
    progress: Progress | None = None,
) -> Vault:
    """The vault, open; the signer stays locked until it is opened for its chains. A profile begins to exist with the
    vault's header, which is written last; whatever goes wrong before takes the keys file away again.

    `cost` None measures this machine once for both. Raises BadPhrase, BadInput ("exists"), DiskFull, Cancelled.
    """
    progress = progress or silent()
    if exists(paths):
        raise BadInput(field="profile", reason="exists", value=str(paths.root))
    paths.prepare()
    set_aside(paths.keys)  # of a creation that a crash cut off
    progress.step("Measuring this computer", 0, 3)
    cost = cost or calibrate()
    profile = os.urandom(16).hex()
    try:
        progress.step("Sealing the recovery phrase", 1, 3)
        signer.seal(phrase, password, profile=profile, passphrase=passphrase, cost=cost)
        progress.step("Creating the vault", 2, 3)
        vault = Vault.create(paths, password, cost=cost, bounds=bounds, profile=profile)
    except BaseException:
        if not exists(paths):
            paths.keys.unlink(missing_ok=True)
        raise
    progress.report(1.0, "Creating the vault")
    return vault
