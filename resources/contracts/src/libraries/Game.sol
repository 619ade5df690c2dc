// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// What the contracts of the settlement game say to each other (GAME.md, sections 2, 4 and 8).

/// @dev What the payer signs (EIP-712). `totalFee` is the sum of all fees of calls 1..nonce of this payer and model;
///      the roots cover calls first..nonce, all answered by `packageHash`.
struct Voucher {
    address payer;
    uint256 modelId;
    bytes32 packageHash;
    uint64 first;
    uint64 nonce;
    uint128 totalFee;
    bytes32 statementsRoot;
    bytes32 sumsRoot;
}

/// @dev What the poster says follows from the sums. (maxLabel, maxFeature) names an entry of U of greatest magnitude,
///      `normLabel` the longest row of u; e and v are the scales of u and of the terms. `pool` is what the payout tree
///      adds up to: were it not said, a stake that comes in between would make a true posting a false one.
struct Posting {
    bytes32 uRoot;
    bytes32 scoresRoot;
    bytes32 payoutHash;
    uint8 payoutDepth;
    uint8 e;
    uint8 v;
    uint8 maxLabel;
    uint16 maxFeature;
    uint8 normLabel;
    uint128 pool;
}

/// @dev All that a settlement is bound to but its payout root; 29 words.
struct Body {
    address poster;
    address payer;
    uint256 modelId;
    uint64 first;
    uint64 nonce;
    uint64 previous;
    uint128 amount;
    uint128 pool;
    address builder;
    uint128 builderPart;
    uint128 supportersPart;
    uint128 treasuryPart;
    uint128 bond;
    uint128 demandFee;
    uint64 window;
    uint64 settledAt;
    uint64 serial;
    bytes32 packageHash;
    bytes32 modelRoots;
    bytes32 statementsRoot;
    bytes32 sumsRoot;
    bytes32 uRoot;
    bytes32 scoresRoot;
    uint8 payoutDepth;
    uint8 e;
    uint8 v;
    uint8 maxLabel;
    uint16 maxFeature;
    uint8 normLabel;
}

/// @dev What a package's attribution is checked against: three Merkle roots and n, d, K, b, z of PoA-1. `blocks`: 1 for
///      a ridge head; K for a softmax head, whose rows of V and of sums are of K d numbers (PoA-1, section 14).
struct ModelRoots {
    bytes32 featuresRoot;
    bytes32 inverseRoot;
    bytes32 creditRoot;
    uint32 records;
    uint16 features;
    uint8 labels;
    uint8 norm;
    uint8 z;
    uint8 blocks;
}

/// @dev A node of a sum tree.
struct Node {
    bytes32 hash;
    uint256 sum;
}

/// @dev A leaf of a plain tree with its siblings from the leaf up.
struct Leaf {
    bytes payload;
    bytes32[] path;
}

/// @dev A leaf of a sum tree with its siblings from the leaf up. No payload: the empty leaf.
struct SumLeaf {
    uint256 position;
    uint256 sum;
    bytes payload;
    Node[] path;
}
