"""What sets headers of OP Stack chains apart (specs.optimism.io: Bedrock, Holocene, Isthmus and Jovian, "exec-engine").

`extraData` may carry the parameters of EIP-1559, and `withdrawalsRoot` the storage root of the L2ToL1MessagePasser:
neither means there what it means on Ethereum.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import ProofMismatch
from core.eth.header import Header
from core.keccak import keccak256

EMPTY_UNCLES = keccak256(b"\xc0")
NO_REQUESTS = bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")  # sha256 of nothing
MESSAGE_PASSER = bytes.fromhex("4200000000000000000000000000000000000016")
MAX_EXTRA = 32  # bytes
_SIZES = {9: 0, 17: 1}  # length of extraData: the version that it must name


@dataclass(frozen=True)
class FeeRule:
    """How the base fee moves: by at most a `denominator`th a block, towards a block filled one `elasticity`th.

    `least` is the lowest base fee (wei a gas), 0 before Jovian.
    """

    denominator: int
    elasticity: int
    least: int = 0


def fee_rule(extra: bytes) -> FeeRule | None:
    """Of a Holocene (9 bytes) or Jovian (17 bytes) header's extraData; None before. Raises ProofMismatch."""
    if len(extra) not in _SIZES:
        return None
    denominator, elasticity = int.from_bytes(extra[1:5], "big"), int.from_bytes(extra[5:9], "big")
    if extra[0] != _SIZES[len(extra)] or not denominator or not elasticity:
        raise ProofMismatch(what="extra data", expected="version and fee parameters", found=extra.hex())
    return FeeRule(denominator, elasticity, int.from_bytes(extra[9:17], "big"))


def check_header(header: Header) -> None:
    """Raises ProofMismatch for a header that no OP Stack chain since Bedrock can have. A genesis may be anything."""
    if header.number == 0:
        return
    if header.difficulty:
        raise ProofMismatch(what="difficulty", expected=0, found=header.difficulty)
    if header.uncles_hash != EMPTY_UNCLES:
        raise ProofMismatch(what="uncles", expected=EMPTY_UNCLES.hex(), found=header.uncles_hash.hex())
    if header.nonce != bytes(8):
        raise ProofMismatch(what="header nonce", expected=bytes(8).hex(), found=header.nonce.hex())
    if len(header.extra_data) > MAX_EXTRA:
        raise ProofMismatch(what="extra data", expected=MAX_EXTRA, found=len(header.extra_data))
    if header.requests_hash not in {None, NO_REQUESTS}:
        raise ProofMismatch(what="requests", expected=NO_REQUESTS.hex(), found=(header.requests_hash or b"").hex())
    fee_rule(header.extra_data)
