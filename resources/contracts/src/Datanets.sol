// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDatanets} from "./interfaces/IDatanets.sol";

/// @title Datanets: who gave which records to which collection, who accepted them, and what was released
/// @notice Records themselves never come here: a contribution is one Merkle root of salted commitments, a release is
///         one Merkle root of the records in it. Ids are given in order from 1, so a smaller contribution id is the
///         older commitment.
/// @dev No owner, no upgrade, no money. Every root follows OpenZeppelin's MerkleProof: pairs sorted, leaves hashed
///      twice. Nothing loops over contributors or records.
contract Datanets is IDatanets {
    /// @dev `version` is the latest release (0: none yet); `accepted` counts accepted records over all contributions.
    struct Datanet {
        string name;
        bytes32 metaHash;
        address creator;
        uint32 version;
        uint64 accepted;
    }

    /// @dev What a contributor gave. Only its hash is kept: keccak256(abi.encode(datanetId, contributor, root, count,
    ///      consentHash)). `Contributed` tells all of it, and whoever acts on a contribution brings it along.
    struct Contribution {
        uint256 datanetId;
        address contributor;
        bytes32 root;
        uint32 count;
        bytes32 consentHash;
    }

    /// @dev The last review. `preparesVersion` is the release that it prepares (0: not reviewed).
    struct Decision {
        bytes32 acceptedRoot;
        uint32 acceptedCount;
        uint32 preparesVersion;
    }

    /// @dev All that was taken back of a contribution so far.
    struct Withdrawal {
        bytes32 withdrawnRoot;
        uint32 count;
    }

    struct Release {
        bytes32 recordsRoot;
        bytes32 manifestHash;
        address curator;
        uint32 count;
        uint64 releasedAt;
    }

    /// @notice Longest name in bytes of UTF-8, and most curators named at creation (more by setCurator).
    uint256 public constant MAX_NAME = 100;
    uint256 public constant MAX_CURATORS = 32;

    /// @dev One slot for both counts.
    uint128 public datanetCount;
    uint128 public contributionCount;
    mapping(uint256 datanetId => Datanet) public datanets;
    mapping(uint256 datanetId => mapping(address who => bool)) public isCurator;
    mapping(uint256 datanetId => mapping(uint32 version => Release)) public releases;
    /// @notice Hash of a Contribution, 0 for an unknown id.
    mapping(uint256 contributionId => bytes32) public contributions;
    mapping(uint256 contributionId => Decision) public decisions;
    mapping(uint256 contributionId => Withdrawal) public withdrawals;
    /// @notice How many contributions of an account have at least one accepted record.
    mapping(uint256 datanetId => mapping(address who => uint32)) public acceptedContributions;

    event DatanetCreated(uint256 indexed datanetId, address indexed creator, string name, bytes32 metaHash);
    event CuratorSet(uint256 indexed datanetId, address indexed curator, bool active);
    event Contributed(
        uint256 indexed contributionId,
        uint256 indexed datanetId,
        address indexed contributor,
        bytes32 root,
        uint32 count,
        bytes32 consentHash
    );
    event Reviewed(
        uint256 indexed contributionId,
        uint256 indexed datanetId,
        address indexed curator,
        bytes32 acceptedRoot,
        uint32 acceptedCount,
        bytes32 decisionsHash
    );
    event Released(
        uint256 indexed datanetId,
        uint32 indexed version,
        address indexed curator,
        bytes32 recordsRoot,
        uint32 count,
        bytes32 manifestHash
    );
    event Withdrawn(
        uint256 indexed contributionId,
        uint256 indexed datanetId,
        address indexed contributor,
        bytes32 withdrawnRoot,
        uint32 count
    );

    error BadName(uint256 length);
    error TooManyCurators(uint256 count);
    error UnknownDatanet(uint256 datanetId);
    error UnknownContribution(uint256 contributionId);
    error NotThisContribution(uint256 contributionId);
    error NotCreator(address who);
    error NotCurator(address who);
    error NotContributor(address who);
    error EmptyRoot();
    error BadCount(uint32 count, uint64 limit);
    error AlreadyReleased(uint256 contributionId, uint32 version);

    /// @notice Open a collection. The caller is its creator and first curator.
    /// @param name what people call it, 1 to 100 bytes of UTF-8
    /// @param metaHash hash of the off-chain description: labels, languages, licence, consent text
    /// @param curators further accounts that may review and release
    /// @return datanetId from 1 upwards
    function createDatanet(string calldata name, bytes32 metaHash, address[] calldata curators)
        external
        returns (uint256 datanetId)
    {
        if (bytes(name).length == 0 || bytes(name).length > MAX_NAME) revert BadName(bytes(name).length);
        if (curators.length > MAX_CURATORS) revert TooManyCurators(curators.length);
        datanetId = ++datanetCount;
        Datanet storage datanet = datanets[datanetId];
        datanet.name = name;
        datanet.metaHash = metaHash;
        datanet.creator = msg.sender;
        emit DatanetCreated(datanetId, msg.sender, name, metaHash);
        _setCurator(datanetId, msg.sender, true);
        for (uint256 i = 0; i < curators.length; ++i) {
            if (!isCurator[datanetId][curators[i]]) _setCurator(datanetId, curators[i], true);
        }
    }

    /// @notice The creator names or dismisses a curator.
    function setCurator(uint256 datanetId, address who, bool active) external {
        if (msg.sender != _datanet(datanetId).creator) revert NotCreator(msg.sender);
        _setCurator(datanetId, who, active);
    }

    /// @notice Commit to records. The order of these calls decides whose records are the earlier ones.
    /// @param root Merkle root of the salted record commitments
    /// @param count how many records stand under it, at least 1
    /// @param consentHash hash of the signed consent and licence statement
    /// @return contributionId from 1 upwards, over all Datanets
    function contribute(uint256 datanetId, bytes32 root, uint32 count, bytes32 consentHash)
        external
        returns (uint256 contributionId)
    {
        _datanet(datanetId);
        if (root == 0) revert EmptyRoot();
        if (count == 0) revert BadCount(count, type(uint32).max);
        contributionId = ++contributionCount;
        contributions[contributionId] = keccak256(abi.encode(datanetId, msg.sender, root, count, consentHash));
        emit Contributed(contributionId, datanetId, msg.sender, root, count, consentHash);
    }

    /// @notice A curator's decision on a contribution. May be given again until a release has taken it up; a
    ///         contribution with nothing accepted may be looked at again at any time.
    /// @param given the contribution as its event told it
    /// @param acceptedRoot Merkle root of the accepted commitments; zero if and only if none is accepted
    /// @param acceptedCount how many are accepted, 0 to the contribution's count
    /// @param decisionsHash hash of the off-chain list of decisions with a reason each
    function review(
        uint256 contributionId,
        Contribution calldata given,
        bytes32 acceptedRoot,
        uint32 acceptedCount,
        bytes32 decisionsHash
    ) external {
        _check(contributionId, given);
        if (!isCurator[given.datanetId][msg.sender]) revert NotCurator(msg.sender);
        Datanet storage datanet = datanets[given.datanetId];
        Decision storage decision = decisions[contributionId];
        uint32 before = decision.acceptedCount;
        if (before != 0 && datanet.version >= decision.preparesVersion) {
            revert AlreadyReleased(contributionId, decision.preparesVersion);
        }
        if (acceptedCount > given.count) revert BadCount(acceptedCount, given.count);
        if ((acceptedRoot == 0) != (acceptedCount == 0)) revert EmptyRoot();

        datanet.accepted = datanet.accepted - before + acceptedCount;
        if (before == 0 && acceptedCount != 0) ++acceptedContributions[given.datanetId][given.contributor];
        if (before != 0 && acceptedCount == 0) --acceptedContributions[given.datanetId][given.contributor];
        decision.acceptedRoot = acceptedRoot;
        decision.acceptedCount = acceptedCount;
        decision.preparesVersion = datanet.version + 1;
        emit Reviewed(contributionId, given.datanetId, msg.sender, acceptedRoot, acceptedCount, decisionsHash);
    }

    /// @notice A curator publishes a version: from here on, reviews that led to it stand.
    /// @param recordsRoot Merkle root of all records in the release
    /// @param count how many; never more than were accepted
    /// @param manifestHash hash of the off-chain manifest
    /// @return version from 1 upwards
    function release(uint256 datanetId, bytes32 recordsRoot, uint32 count, bytes32 manifestHash)
        external
        returns (uint32 version)
    {
        Datanet storage datanet = _datanet(datanetId);
        if (!isCurator[datanetId][msg.sender]) revert NotCurator(msg.sender);
        if (recordsRoot == 0) revert EmptyRoot();
        if (count == 0 || count > datanet.accepted) revert BadCount(count, datanet.accepted);
        version = ++datanet.version;
        releases[datanetId][version] =
            Release(recordsRoot, manifestHash, msg.sender, count, uint64(block.timestamp));
        emit Released(datanetId, version, msg.sender, recordsRoot, count, manifestHash);
    }

    /// @notice The contributor takes records back. Later releases leave them out and models are retrained without
    ///         them; copies that others already hold cannot be recalled.
    /// @param given the contribution as its event told it
    /// @param withdrawnRoot Merkle root of all records of this contribution withdrawn so far
    /// @param count how many that are in all: more than before, never more than were contributed
    function withdraw(uint256 contributionId, Contribution calldata given, bytes32 withdrawnRoot, uint32 count)
        external
    {
        _check(contributionId, given);
        if (msg.sender != given.contributor) revert NotContributor(msg.sender);
        if (withdrawnRoot == 0) revert EmptyRoot();
        if (count <= withdrawals[contributionId].count || count > given.count) revert BadCount(count, given.count);
        withdrawals[contributionId] = Withdrawal(withdrawnRoot, count);
        emit Withdrawn(contributionId, given.datanetId, msg.sender, withdrawnRoot, count);
    }

    /// @inheritdoc IDatanets
    /// @dev Withdrawing does not end it: what was earned before can still be settled. A review that takes all
    ///      acceptance back before a release does.
    function isContributor(uint256 datanetId, address who) external view returns (bool) {
        return acceptedContributions[datanetId][who] != 0;
    }

    /// @inheritdoc IDatanets
    function latestVersion(uint256 datanetId) external view returns (uint32) {
        return datanets[datanetId].version;
    }

    function _setCurator(uint256 datanetId, address who, bool active) private {
        isCurator[datanetId][who] = active;
        emit CuratorSet(datanetId, who, active);
    }

    function _datanet(uint256 datanetId) private view returns (Datanet storage datanet) {
        datanet = datanets[datanetId];
        if (datanet.creator == address(0)) revert UnknownDatanet(datanetId);
    }

    /// @dev `given` is what stands under this id.
    function _check(uint256 contributionId, Contribution calldata given) private view {
        bytes32 kept = contributions[contributionId];
        if (kept == 0) revert UnknownContribution(contributionId);
        bytes32 found = keccak256(
            abi.encode(given.datanetId, given.contributor, given.root, given.count, given.consentHash)
        );
        if (found != kept) revert NotThisContribution(contributionId);
    }
}
