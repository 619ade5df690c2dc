// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Products of rows of little-endian integers, read from calldata (PoA-1, section 9)
/// @dev A word holds 4 lanes of 64 bits, say; its bytes are swapped within all lanes at once, so that each lane becomes
///      a signed number by one shift. At the end of a row the first factor is masked: what follows it does not count.
///      Nothing overflows: the longest row has 4096 entries, so the largest sum is below 2^(63 + 127 + 12).
library Lanes {
    uint256 private constant BYTES = 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
    uint256 private constant PAIRS = 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;
    uint256 private constant QUADS = 0x00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff;
    uint256 private constant OCTETS = 0x0000000000000000ffffffffffffffff0000000000000000ffffffffffffffff;

    /// @notice The unsigned 32-bit number at a place in calldata.
    function u32(uint256 place) internal pure returns (uint256) {
        return _swap4(_load(place)) >> 224;
    }

    /// @notice The signed 64-bit number at a place in calldata.
    function i64(uint256 place) internal pure returns (int256) {
        return int256(_swap8(_load(place))) >> 192;
    }

    /// @notice Sum of int64 times int128 over `length` lanes at two places in calldata.
    function dot64x128(uint256 a, uint256 b, uint256 length) internal pure returns (int256 sum) {
        unchecked {
            for (uint256 left = length; left != 0;) {
                uint256 x = _swap8(_load(a));
                uint256 y = _swap16(_load(b));
                uint256 z = _swap16(_load(b + 32));
                if (left < 4) {
                    x &= ~(type(uint256).max >> (64 * left));
                    left = 4;
                }
                assembly ("memory-safe") {
                    sum := add(sum, mul(sar(192, x), sar(128, y)))
                    sum := add(sum, mul(sar(192, shl(64, x)), signextend(15, y)))
                    sum := add(sum, mul(sar(192, shl(128, x)), sar(128, z)))
                    sum := add(sum, mul(signextend(7, x), signextend(15, z)))
                }
                (a, b, left) = (a + 32, b + 64, left - 4);
            }
        }
    }

    /// @notice Sum of int64 times int64 over `length` lanes at two places in calldata.
    function dot64x64(uint256 a, uint256 b, uint256 length) internal pure returns (int256 sum) {
        unchecked {
            for (uint256 left = length; left != 0;) {
                uint256 x = _swap8(_load(a));
                uint256 y = _swap8(_load(b));
                if (left < 4) {
                    x &= ~(type(uint256).max >> (64 * left));
                    left = 4;
                }
                assembly ("memory-safe") {
                    sum := add(sum, mul(sar(192, x), sar(192, y)))
                    sum := add(sum, mul(sar(192, shl(64, x)), sar(192, shl(64, y))))
                    sum := add(sum, mul(sar(192, shl(128, x)), sar(192, shl(128, y))))
                    sum := add(sum, mul(signextend(7, x), signextend(7, y)))
                }
                (a, b, left) = (a + 32, b + 32, left - 4);
            }
        }
    }

    /// @notice Sum of int16 times int32 over `length` lanes at two places in calldata.
    function dot16x32(uint256 a, uint256 b, uint256 length) internal pure returns (int256 sum) {
        unchecked {
            for (uint256 left = length; left != 0;) {
                uint256 x = _swap2(_load(a));
                uint256 y = _swap4(_load(b));
                if (left < 8) {
                    x &= ~(type(uint256).max >> (16 * left));
                    left = 8;
                }
                assembly ("memory-safe") {
                    sum := add(sum, mul(sar(240, x), sar(224, y)))
                    sum := add(sum, mul(sar(240, shl(16, x)), sar(224, shl(32, y))))
                    sum := add(sum, mul(sar(240, shl(32, x)), sar(224, shl(64, y))))
                    sum := add(sum, mul(sar(240, shl(48, x)), sar(224, shl(96, y))))
                    sum := add(sum, mul(sar(240, shl(64, x)), sar(224, shl(128, y))))
                    sum := add(sum, mul(sar(240, shl(80, x)), sar(224, shl(160, y))))
                    sum := add(sum, mul(sar(240, shl(96, x)), sar(224, shl(192, y))))
                    sum := add(sum, mul(sar(240, shl(112, x)), signextend(3, y)))
                }
                (a, b, left) = (a + 16, b + 32, left - 8);
            }
        }
    }

    /// @notice Sum of the squares of `length` int32 lanes at a place in calldata.
    function squares32(uint256 a, uint256 length) internal pure returns (uint256 sum) {
        unchecked {
            for (uint256 left = length; left != 0;) {
                uint256 x = _swap4(_load(a));
                if (left < 8) {
                    x &= ~(type(uint256).max >> (32 * left));
                    left = 8;
                }
                for (uint256 lane = 0; lane < 8; ++lane) {
                    int256 value = int256(x) >> 224;
                    sum += uint256(value * value);
                    x <<= 32;
                }
                (a, left) = (a + 32, left - 8);
            }
        }
    }

    /// @notice The signed 32-bit number at a place in calldata.
    function i32(uint256 place) internal pure returns (int256) {
        return int256(_swap4(_load(place))) >> 224;
    }

    function _load(uint256 place) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(place)
        }
    }

    function _swap2(uint256 word) private pure returns (uint256) {
        return ((word >> 8) & BYTES) | ((word & BYTES) << 8);
    }

    function _swap4(uint256 word) private pure returns (uint256) {
        word = _swap2(word);
        return ((word >> 16) & PAIRS) | ((word & PAIRS) << 16);
    }

    function _swap8(uint256 word) private pure returns (uint256) {
        word = _swap4(word);
        return ((word >> 32) & QUADS) | ((word & QUADS) << 32);
    }

    function _swap16(uint256 word) private pure returns (uint256) {
        word = _swap8(word);
        return ((word >> 64) & OCTETS) | ((word & OCTETS) << 64);
    }
}
