// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Node} from "./Game.sol";

/// @title Binary Merkle trees whose nodes carry sums (GAME.md, section 3)
/// @dev Of leaves that lead to one root the sums add up to no more than the root's: whatever is hashed above a node
///      names the sums of both its children, and they have to add up here on every path.
library SumTrees {
    /// @notice Every sum stays below this.
    uint256 internal constant LIMIT = 1 << 128;

    /// @notice The path has a sum that is too great, or ends below the root for this position.
    error BadPath();

    /// @notice What commits to a whole tree, its sum and its depth included.
    function rootOf(bytes32 top, uint256 sum, uint256 depth) internal pure returns (bytes32) {
        return keccak256(abi.encode(top, sum, depth));
    }

    /// @notice From a node to the top of its tree.
    /// @param position of the node in its row; bit h says on which side sibling h stands
    /// @param path siblings from the node up
    /// @return top hash of the top
    /// @return total sum of the top
    /// @return before sum of everything left of the node
    function climb(bytes32 hash, uint256 sum, uint256 position, Node[] calldata path)
        internal
        pure
        returns (bytes32 top, uint256 total, uint256 before)
    {
        if (position >> path.length != 0 || (path.length != 0 && sum >= LIMIT)) revert BadPath();
        bool bad;
        assembly ("memory-safe") {
            let pair := mload(0x40)
            let node := path.offset
            for { let left := path.length } left { left := sub(left, 1) } {
                let other := calldataload(add(node, 32))
                switch and(position, 1)
                case 0 {
                    mstore(pair, hash)
                    mstore(add(pair, 32), sum)
                    calldatacopy(add(pair, 64), node, 64)
                }
                default {
                    calldatacopy(pair, node, 64)
                    mstore(add(pair, 64), hash)
                    mstore(add(pair, 96), sum)
                    before := add(before, other)
                }
                sum := add(sum, other)
                bad := or(bad, or(shr(128, other), shr(128, sum)))
                hash := keccak256(pair, 128)
                position := shr(1, position)
                node := add(node, 64)
            }
        }
        if (bad) revert BadPath();
        return (hash, sum, before);
    }
}
