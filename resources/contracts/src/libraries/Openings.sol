// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Leaf, ModelRoots, SumLeaf} from "./Game.sol";
import {Lanes} from "./Lanes.sol";
import {SumTrees} from "./SumTrees.sol";

/// @title Opened leaves: that they stand under their root, and where their numbers are (PoA-1, section 9)
/// @dev Places are offsets in calldata. A function that takes a payload apart checks its form first.
library Openings {
    bytes16 private constant FEATURE = "PoA1.feature";
    bytes16 private constant INVERSE = "PoA1.inverse";
    bytes16 private constant CREDIT = "PoA1.credit";
    bytes16 private constant SUMS = "PoA1.sums";
    bytes16 private constant U = "PoA1.u";
    bytes16 private constant SCORE = "PoA1.score";

    uint256 private constant INDEX = 16; // after the tag, in every payload
    uint256 private constant RECORD = 52;
    uint256 private constant ACCOUNT = 84;
    uint256 private constant SCORE_Q = 104;
    uint256 private constant SCORE_TERMS = 112;
    uint256 private constant FEATURE_X = 112;
    uint256 private constant INVERSE_V = 24;
    uint256 private constant U_SCALE = 52;
    uint256 private constant U_ROW = 56;

    /// @notice A leaf, with this path, is not under the root it has to be under.
    error NotUnderRoot();
    /// @notice A leaf that the evidence leans on has another form, or belongs to something else.
    error Malformed();

    function startOf(bytes calldata payload) internal pure returns (uint256 place) {
        assembly ("memory-safe") {
            place := payload.offset
        }
    }

    function require_(bool holds) internal pure {
        if (!holds) revert Malformed();
    }

    /// @notice ceil(log2 count), the depth of a sum tree; 0 for one leaf.
    function depthOf(uint256 count) internal pure returns (uint256 depth) {
        while (1 << depth < count) ++depth;
    }

    // Plain trees

    function prove(Leaf calldata leaf, bytes32 root) internal pure {
        if (!MerkleProof.verifyCalldata(leaf.path, root, _hash(leaf.payload))) revert NotUnderRoot();
    }

    /// @return i the record
    /// @return place of the credits, int64 [K]
    function credits(Leaf calldata leaf, ModelRoots calldata roots) internal pure returns (uint256 i, uint256 place) {
        prove(leaf, roots.creditRoot);
        return _row(leaf.payload, CREDIT, RECORD, 8 * uint256(roots.labels));
    }

    /// @return i the record
    /// @return place of the features, int16 [d]; the payload begins FEATURE_X bytes before
    function features(Leaf calldata leaf, ModelRoots calldata roots) internal pure returns (uint256 i, uint256 place) {
        prove(leaf, roots.featuresRoot);
        return _row(leaf.payload, FEATURE, FEATURE_X, 2 * uint256(roots.features));
    }

    /// @notice The length of a row of V, and of a leaf of sums: d, or K d of a softmax head.
    function widthOf(ModelRoots calldata roots) internal pure returns (uint256) {
        return uint256(roots.features) * roots.blocks;
    }

    /// @return j the row of V
    /// @return place of its numbers, int64 [width]
    function inverse(Leaf calldata leaf, ModelRoots calldata roots) internal pure returns (uint256 j, uint256 place) {
        prove(leaf, roots.inverseRoot);
        return _row(leaf.payload, INVERSE, INVERSE_V, 8 * widthOf(roots));
    }

    /// @return k the label; 0 where one leaf has the sums of all
    /// @return place of its sums, int128 [width]
    function sums(Leaf calldata leaf, bytes32 root, ModelRoots calldata roots)
        internal
        pure
        returns (uint256 k, uint256 place)
    {
        prove(leaf, root);
        return _row(leaf.payload, SUMS, RECORD, 16 * widthOf(roots));
    }

    /// @notice Whether a payload is a row of u for one of the labels, whatever its scale.
    function isU(bytes calldata payload, ModelRoots calldata roots) internal pure returns (bool) {
        return payload.length == U_ROW + 4 * uint256(roots.features) && bytes16(payload) == U
            && Lanes.u32(startOf(payload) + INDEX) < roots.labels;
    }

    /// @return k the label
    /// @return e the scale it says
    /// @return place of its numbers, int32 [d]
    function u(bytes calldata payload) internal pure returns (uint256 k, uint256 e, uint256 place) {
        place = startOf(payload);
        return (Lanes.u32(place + INDEX), Lanes.u32(place + U_SCALE), place + U_ROW);
    }

    // Sum trees

    /// @return total sum of the tree
    /// @return before sum of all leaves left of this one
    function open(SumLeaf calldata leaf, bytes32 root) internal pure returns (uint256 total, uint256 before) {
        bytes32 top = leaf.payload.length == 0 ? bytes32(0) : _hash(leaf.payload);
        (top, total, before) = SumTrees.climb(top, leaf.sum, leaf.position, leaf.path);
        if (SumTrees.rootOf(top, total, leaf.path.length) != root) revert NotUnderRoot();
    }

    function isScore(bytes calldata payload, uint256 labels) internal pure returns (bool) {
        return payload.length == SCORE_TERMS + 8 * labels && bytes16(payload) == SCORE;
    }

    /// @return i the record that a score or features leaf is of
    /// @return account whose record it is
    /// @return record its id
    function whose(bytes calldata payload) internal pure returns (uint256 i, uint256 account, uint256 record) {
        uint256 place = startOf(payload);
        i = Lanes.u32(place + INDEX);
        assembly ("memory-safe") {
            account := shr(96, calldataload(add(place, ACCOUNT)))
            record := calldataload(add(place, RECORD))
        }
    }

    function score(bytes calldata payload) internal pure returns (int256) {
        return Lanes.i64(startOf(payload) + SCORE_Q);
    }

    function terms(bytes calldata payload) internal pure returns (uint256 place) {
        return startOf(payload) + SCORE_TERMS;
    }

    /// @notice The three words of a payout leaf.
    function payout(bytes calldata payload) internal pure returns (uint256 index, uint256 account, uint256 amount) {
        require_(payload.length == 96);
        (index, account, amount) = abi.decode(payload, (uint256, uint256, uint256));
        require_(account >> 160 == 0);
    }

    /// @notice Whether a leaf of the payout tree says something else than its place and its sum.
    function isBadPayout(SumLeaf calldata leaf) internal pure returns (bool) {
        if (leaf.payload.length == 0) return leaf.sum != 0;
        if (leaf.payload.length != 96) return true;
        (uint256 index, uint256 account, uint256 amount) = abi.decode(leaf.payload, (uint256, uint256, uint256));
        return index != leaf.position || account >> 160 != 0 || amount != leaf.sum;
    }

    function _hash(bytes calldata payload) private pure returns (bytes32) {
        return keccak256(abi.encode(keccak256(payload)));
    }

    function _row(bytes calldata payload, bytes16 tag, uint256 start, uint256 length)
        private
        pure
        returns (uint256 index, uint256 place)
    {
        require_(payload.length == start + length && bytes16(payload) == tag);
        place = startOf(payload);
        return (Lanes.u32(place + INDEX), place + start);
    }
}
