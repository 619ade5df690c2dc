"""One password for the vault and for the signer, changed together."""

from __future__ import annotations

from core.vault.vault import Vault
from core.wallet.signer import Signer


def change_password(vault: Vault, signer: Signer, old: str, new: str) -> None:
    """Both or neither, whatever happens in between. An open signer stays open. Raises WrongPassword, DiskFull."""
    reseal = (lambda cost: signer.reseal(old, new, cost)) if signer.exists else None
    vault.change_password(old, new, reseal=reseal)
