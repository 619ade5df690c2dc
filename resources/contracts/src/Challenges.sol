// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IChallenges} from "./interfaces/IChallenges.sol";
import {Body, Leaf, ModelRoots, Node, SumLeaf} from "./libraries/Game.sol";
import {Lanes} from "./libraries/Lanes.sol";
import {Openings} from "./libraries/Openings.sol";
import {SumTrees} from "./libraries/SumTrees.sol";

/// @title Challenges: what shows that a settlement is false (GAME.md, sections 5 and 6)
/// @notice Each kind opens leaves of at most one row, so gas is bounded by features and labels; never by calls, records
///         or contributors. A settlement that follows PoA-1 to the letter survives all of them.
/// @dev No state, no money. `Settlement` asks, having checked that body and payout root are the posted ones. Evidence
///      is read where it lies in calldata: of an offset that leads astray only nonsense comes, which is under no root.
contract Challenges is IChallenges {
    uint8 public constant NODE = 1;
    uint8 public constant ENTRY = 2;
    uint8 public constant SCALE = 3;
    uint8 public constant TERM = 4;
    uint8 public constant SCORE = 5;
    uint8 public constant LEAF = 6;
    uint8 public constant ORDER = 7;
    uint8 public constant UNPAID = 8;

    uint8 public constant DEMAND_SUMS = 1;
    uint8 public constant DEMAND_U = 2;
    uint8 public constant DEMAND_SCORE = 3;
    uint8 public constant DEMAND_PAYOUT = 4;

    uint8 private constant SCORES = 0; // trees in evidence
    uint8 private constant PAYOUTS = 1;

    uint256 private constant U_BITS = 30;
    uint256 private constant LIMIT = 2047;

    struct NodeEvidence {
        uint8 tree;
        uint256 depth;
        uint256 position;
        uint256 sum;
        Node left;
        Node right;
        Node[] path;
    }

    /// @dev Of ENTRY and SCALE.
    struct RowEvidence {
        Leaf inverse;
        Leaf sums;
        Leaf u;
    }

    struct TermEvidence {
        Leaf features;
        Leaf u;
        SumLeaf score;
    }

    struct ScoreEvidence {
        Leaf credits;
        SumLeaf score;
    }

    struct LeafEvidence {
        SumLeaf score;
        Leaf features;
    }

    struct OrderEvidence {
        uint8 tree;
        SumLeaf first;
        SumLeaf second;
    }

    struct UnpaidEvidence {
        SumLeaf first;
        SumLeaf last;
        SumLeaf[] around;
    }

    error BadRoots();
    error BadKind(uint8 kind);

    /// @inheritdoc IChallenges
    function proves(
        Body calldata body,
        bytes32 payoutRoot,
        ModelRoots calldata roots,
        uint8 kind,
        bytes calldata evidence
    ) external pure returns (bool) {
        if (keccak256(abi.encode(roots)) != body.modelRoots) revert BadRoots();
        if (kind == NODE) return _node(body, payoutRoot, roots, evidence);
        if (kind == ENTRY) return _entry(body, roots, evidence);
        if (kind == SCALE) return _scale(body, roots, evidence);
        if (kind == TERM) return _term(body, roots, evidence);
        if (kind == SCORE) return _score(body, roots, evidence);
        if (kind == LEAF) return _leaf(body, roots, evidence);
        if (kind == ORDER) return _order(body, payoutRoot, roots, evidence);
        if (kind == UNPAID) return _unpaid(body, payoutRoot, roots, evidence);
        revert BadKind(kind);
    }

    /// @inheritdoc IChallenges
    function demandable(Body calldata body, ModelRoots calldata roots, uint8 kind, uint256 index)
        external
        pure
        returns (bool)
    {
        if (keccak256(abi.encode(roots)) != body.modelRoots) revert BadRoots();
        if (kind == DEMAND_SUMS) return index < roots.labels / roots.blocks;
        if (kind == DEMAND_U) return index < roots.labels;
        if (kind == DEMAND_SCORE) return index < roots.records;
        return kind == DEMAND_PAYOUT && index >> body.payoutDepth == 0;
    }

    /// @inheritdoc IChallenges
    function answers(
        Body calldata body,
        bytes32 payoutRoot,
        ModelRoots calldata roots,
        uint8 kind,
        uint256 index,
        bytes calldata answer
    ) external pure returns (bool) {
        if (keccak256(abi.encode(roots)) != body.modelRoots) revert BadRoots();
        if (kind == DEMAND_SUMS || kind == DEMAND_U) return _answersRow(body, roots, kind, index, answer);
        SumLeaf calldata leaf;
        assembly ("memory-safe") {
            leaf := add(answer.offset, calldataload(answer.offset))
        }
        _plain(abi.encode(leaf), answer);
        if (kind == DEMAND_PAYOUT) {
            Openings.open(leaf, payoutRoot);
            return leaf.position == index && !Openings.isBadPayout(leaf);
        }
        if (kind != DEMAND_SCORE) revert BadKind(kind);
        Openings.open(leaf, body.scoresRoot);
        return leaf.position == index && leaf.path.length == Openings.depthOf(roots.records)
            && Openings.isScore(leaf.payload, roots.labels);
    }

    function _answersRow(
        Body calldata body,
        ModelRoots calldata roots,
        uint8 kind,
        uint256 index,
        bytes calldata answer
    ) private pure returns (bool) {
        Leaf calldata leaf;
        assembly ("memory-safe") {
            leaf := add(answer.offset, calldataload(answer.offset))
        }
        _plain(abi.encode(leaf), answer);
        uint256 leaves = kind == DEMAND_SUMS ? roots.labels / roots.blocks : roots.labels;
        // A tree of so many leaves has no longer path; a longer one would answer and not be fit for a challenge.
        Openings.require_(leaf.path.length <= Openings.depthOf(leaves));
        uint256 k;
        if (kind == DEMAND_SUMS) {
            (k,) = Openings.sums(leaf, body.sumsRoot, roots);
            return k == index;
        }
        Openings.prove(leaf, body.uRoot);
        (k,,) = Openings.u(leaf.payload);
        return k == index && Openings.isU(leaf.payload, roots);
    }

    /// @dev Answers are for everybody: only the one form that every decoder reads counts.
    function _plain(bytes memory form, bytes calldata answer) private pure {
        Openings.require_(keccak256(form) == keccak256(answer));
    }

    /// @dev Two children do not add up to what stands above them. The highest such node is the one to show: the path
    ///      above it has to add up.
    function _node(Body calldata body, bytes32 payoutRoot, ModelRoots calldata roots, bytes calldata evidence)
        private
        pure
        returns (bool)
    {
        NodeEvidence calldata node;
        assembly ("memory-safe") {
            node := add(evidence.offset, calldataload(evidence.offset))
        }
        Openings.require_(node.tree <= PAYOUTS && node.path.length < node.depth);
        (Node calldata left, Node calldata right) = (node.left, node.right);
        (bytes32 top, uint256 total,) = SumTrees.climb(
            keccak256(abi.encode(left.hash, left.sum, right.hash, right.sum)), node.sum, node.position, node.path
        );
        if (SumTrees.rootOf(top, total, node.depth) != (node.tree == SCORES ? body.scoresRoot : payoutRoot)) {
            revert Openings.NotUnderRoot();
        }
        if (node.tree == SCORES && node.depth != Openings.depthOf(roots.records)) return true;
        if (node.sum >= SumTrees.LIMIT || left.sum >= SumTrees.LIMIT || right.sum >= SumTrees.LIMIT) return true;
        return left.sum + right.sum != node.sum;
    }

    function _entry(Body calldata body, ModelRoots calldata roots, bytes calldata evidence)
        private
        pure
        returns (bool)
    {
        RowEvidence calldata given = _rows(evidence);
        Openings.prove(given.u, body.uRoot);
        if (!Openings.isU(given.u.payload, roots)) return true;
        (uint256 k, uint256 e, uint256 row) = Openings.u(given.u.payload);
        if (e != body.e) return true;
        (uint256 j, int256 product) = _product(body, roots, given, k);
        if (_bits(product) > U_BITS + e) return true;
        return _shift(product, e) != Lanes.i32(row + 4 * j);
    }

    function _scale(Body calldata body, ModelRoots calldata roots, bytes calldata evidence)
        private
        pure
        returns (bool)
    {
        if (
            body.maxLabel >= roots.labels || body.normLabel >= roots.labels || body.maxFeature >= roots.features
        ) return true;
        RowEvidence calldata given = _rows(evidence);
        if (given.u.payload.length == 0) {
            (uint256 j, int256 product) = _product(body, roots, given, body.maxLabel);
            Openings.require_(j == body.maxFeature);
            return _above(_bits(product), U_BITS) != body.e;
        }
        Openings.prove(given.u, body.uRoot);
        Openings.require_(Openings.isU(given.u.payload, roots));
        (uint256 k,, uint256 row) = Openings.u(given.u.payload);
        uint256 most = Lanes.squares32(row, roots.features);
        uint256 bound = Math.sqrt((most * LIMIT * LIMIT) << roots.norm) + 1;
        uint256 v = _above(Math.log2(bound) + 1 + roots.z, 62);
        return k == body.normLabel ? v != body.v : v > body.v;
    }

    function _term(Body calldata body, ModelRoots calldata roots, bytes calldata evidence)
        private
        pure
        returns (bool)
    {
        TermEvidence calldata given;
        assembly ("memory-safe") {
            given := add(evidence.offset, calldataload(evidence.offset))
        }
        (uint256 i, uint256 x) = Openings.features(given.features, roots);
        Openings.prove(given.u, body.uRoot);
        Openings.require_(Openings.isU(given.u.payload, roots));
        (uint256 k,, uint256 row) = Openings.u(given.u.payload);
        Openings.require_(_record(given.score, body, roots) == i);
        int256 product = Lanes.dot16x32(x, row, roots.features);
        return _shift(product, body.v) != Lanes.i64(Openings.terms(given.score.payload) + 8 * k);
    }

    function _score(Body calldata body, ModelRoots calldata roots, bytes calldata evidence)
        private
        pure
        returns (bool)
    {
        ScoreEvidence calldata given;
        assembly ("memory-safe") {
            given := add(evidence.offset, calldataload(evidence.offset))
        }
        (uint256 i, uint256 c) = Openings.credits(given.credits, roots);
        Openings.require_(_record(given.score, body, roots) == i);
        bytes calldata payload = given.score.payload;
        return Lanes.dot64x64(c, Openings.terms(payload), roots.labels) != Openings.score(payload);
    }

    function _leaf(Body calldata body, ModelRoots calldata roots, bytes calldata evidence)
        private
        pure
        returns (bool)
    {
        LeafEvidence calldata given;
        assembly ("memory-safe") {
            given := add(evidence.offset, calldataload(evidence.offset))
        }
        SumLeaf calldata leaf = given.score;
        (uint256 total, uint256 before) = Openings.open(leaf, body.scoresRoot);
        if (leaf.path.length != Openings.depthOf(roots.records)) return true;
        // Right of the last record there is nothing, not even a leaf that nobody can open.
        if (leaf.position + 1 == roots.records && before + leaf.sum != total) return true;
        if (leaf.payload.length == 0) return leaf.position < roots.records || leaf.sum != 0;
        if (leaf.position >= roots.records || !Openings.isScore(leaf.payload, roots.labels)) return true;
        int256 q = Openings.score(leaf.payload);
        if (leaf.sum != (q > 0 ? uint256(q) : 0)) return true;
        (uint256 i, uint256 account, uint256 record) = Openings.whose(leaf.payload);
        if (i >= roots.records) return true;
        (uint256 other,) = Openings.features(given.features, roots);
        Openings.require_(other == i);
        (, uint256 trueAccount, uint256 trueRecord) = Openings.whose(given.features.payload);
        return account != trueAccount || record != trueRecord;
    }

    function _order(Body calldata body, bytes32 payoutRoot, ModelRoots calldata roots, bytes calldata evidence)
        private
        pure
        returns (bool)
    {
        OrderEvidence calldata given;
        assembly ("memory-safe") {
            given := add(evidence.offset, calldataload(evidence.offset))
        }
        (SumLeaf calldata first, SumLeaf calldata second) = (given.first, given.second);
        Openings.require_(given.tree <= PAYOUTS);
        if (given.tree == PAYOUTS) {
            // There are never more accounts than records, nor places to look for one.
            if (body.payoutDepth > Openings.depthOf(roots.records)) return true;
            Openings.open(first, payoutRoot);
            if (second.path.length == 0) return Openings.isBadPayout(first);
            Openings.open(second, payoutRoot);
            Openings.require_(first.position < second.position && second.payload.length != 0);
            return first.payload.length == 0 || _account(first) >= _account(second);
        }
        _record(first, body, roots);
        _record(second, body, roots);
        Openings.require_(first.position < second.position);
        (uint256 i, uint256 account,) = Openings.whose(first.payload);
        (uint256 j, uint256 other,) = Openings.whose(second.payload);
        return account > other || (account == other && i >= j);
    }

    function _unpaid(Body calldata body, bytes32 payoutRoot, ModelRoots calldata roots, bytes calldata evidence)
        private
        pure
        returns (bool)
    {
        UnpaidEvidence calldata given;
        assembly ("memory-safe") {
            given := add(evidence.offset, calldataload(evidence.offset))
        }
        (uint256 total, uint256 before) = Openings.open(given.first, body.scoresRoot);
        if (total == 0) return body.pool != 0;
        (, uint256 until) = Openings.open(given.last, body.scoresRoot);
        Openings.require_(
            given.first.position <= given.last.position && Openings.isScore(given.first.payload, roots.labels)
                && Openings.isScore(given.last.payload, roots.labels)
        );
        (, uint256 account,) = Openings.whose(given.first.payload);
        (, uint256 same,) = Openings.whose(given.last.payload);
        Openings.require_(account == same);
        uint256 due = body.pool * (until + given.last.sum - before) / total;
        return due > _paid(given.around, payoutRoot, account);
    }

    /// @dev What an account's payout leaf says; 0 where neighbours show that there is none.
    function _paid(SumLeaf[] calldata around, bytes32 payoutRoot, uint256 account) private pure returns (uint256) {
        Openings.require_(around.length == 1 || around.length == 2);
        SumLeaf calldata left = around[0];
        Openings.open(left, payoutRoot);
        if (around.length == 2) {
            SumLeaf calldata right = around[1];
            Openings.open(right, payoutRoot);
            Openings.require_(right.position == left.position + 1 && _account(left) < account);
            Openings.require_(right.payload.length == 0 || _account(right) > account);
            return 0;
        }
        if (left.payload.length == 0) {
            Openings.require_(left.position == 0);
            return 0;
        }
        (, uint256 found, uint256 amount) = Openings.payout(left.payload);
        if (found == account) return amount;
        Openings.require_(
            found > account ? left.position == 0 : left.position + 1 == 1 << left.path.length
        );
        return 0;
    }

    /// @dev The account of a payout leaf that is not empty.
    function _account(SumLeaf calldata leaf) private pure returns (uint256 account) {
        (, account,) = Openings.payout(leaf.payload);
    }

    /// @dev The record of a score leaf that is under the scores' root and has the form of one.
    function _record(SumLeaf calldata leaf, Body calldata body, ModelRoots calldata roots)
        private
        pure
        returns (uint256 i)
    {
        Openings.open(leaf, body.scoresRoot);
        Openings.require_(Openings.isScore(leaf.payload, roots.labels));
        (i,,) = Openings.whose(leaf.payload);
    }

    /// @dev An entry of U for label k: row j of V times the label's sums; of a softmax head, row k d + j times all sums.
    function _product(Body calldata body, ModelRoots calldata roots, RowEvidence calldata given, uint256 k)
        private
        pure
        returns (uint256 j, int256 product)
    {
        uint256 row;
        uint256 sums;
        uint256 leaf;
        (j, row) = Openings.inverse(given.inverse, roots);
        (leaf, sums) = Openings.sums(given.sums, body.sumsRoot, roots);
        uint256 before = (k % roots.blocks) * roots.features; // rows of V that are of labels before this one
        Openings.require_(leaf == k / roots.blocks && j >= before && j - before < roots.features);
        return (j - before, Lanes.dot64x128(row, sums, Openings.widthOf(roots)));
    }

    function _rows(bytes calldata evidence) private pure returns (RowEvidence calldata given) {
        assembly ("memory-safe") {
            given := add(evidence.offset, calldataload(evidence.offset))
        }
    }

    /// @dev PoA-1's shift: half added, then an arithmetic shift. Magnitudes stay below 2^202, e below 2^8.
    function _shift(int256 value, uint256 e) private pure returns (int256) {
        return e == 0 ? value : (value + int256(1 << (e - 1))) >> e;
    }

    /// @dev Bits of the magnitude.
    function _bits(int256 value) private pure returns (uint256) {
        return value == 0 ? 0 : Math.log2(uint256(value < 0 ? -value : value)) + 1;
    }

    function _above(uint256 value, uint256 limit) private pure returns (uint256) {
        return value > limit ? value - limit : 0;
    }
}
