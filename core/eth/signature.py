"""Who signed: secp256k1 public key recovery (SEC 1, 4.1.6), as Ethereum's addresses use it."""

from __future__ import annotations

from core.errors import BadEncoding
from core.keccak import keccak256

CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def recover(digest: bytes, r: int, s: int, y_parity: int, *, what: str) -> bytes:
    """The 20-byte address whose key signed the 32-byte `digest`. Raises BadEncoding(what) where there is none."""
    from coincurve import PublicKey

    if y_parity not in {0, 1} or not 0 < r < CURVE_ORDER or not 0 < s < CURVE_ORDER:
        raise BadEncoding(what=what, reason="signature")
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes((y_parity,))
    try:
        key = PublicKey.from_signature_and_message(signature, digest, hasher=None)
    except Exception as error:  # coincurve raises bare Exception and ValueError
        raise BadEncoding(what=what, reason="signature") from error
    return keccak256(key.format(compressed=False)[1:])[12:]
