// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Body, ModelRoots} from "../libraries/Game.sol";

/// @title What settlements ask of the rules by which one falls
interface IChallenges {
    /// @notice Whether the evidence shows that a settlement is false. Reverts on evidence that shows nothing.
    /// @param kind 1 NODE, 2 ENTRY, 3 SCALE, 4 TERM, 5 SCORE, 6 LEAF, 7 ORDER, 8 UNPAID
    /// @param evidence abi.encode of the kind's struct
    function proves(
        Body calldata body,
        bytes32 payoutRoot,
        ModelRoots calldata roots,
        uint8 kind,
        bytes calldata evidence
    ) external pure returns (bool);

    /// @notice Whether there is such a leaf to be demanded.
    /// @param kind 1 SUMS, 2 U (index: label), 3 SCORE, 4 PAYOUT (index: position)
    function demandable(Body calldata body, ModelRoots calldata roots, uint8 kind, uint256 index)
        external
        pure
        returns (bool);

    /// @notice Whether this is the leaf demanded. Reverts on one that is not under the settlement's roots.
    /// @param answer abi.encode of a Leaf (SUMS, U) or of a SumLeaf (SCORE, PAYOUT)
    function answers(
        Body calldata body,
        bytes32 payoutRoot,
        ModelRoots calldata roots,
        uint8 kind,
        uint256 index,
        bytes calldata answer
    ) external pure returns (bool);
}
