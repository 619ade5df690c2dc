// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Datanets} from "./Datanets.sol";

/// @title Models: which model was built from which release, what a call costs and how the fee is split
/// @notice Packages are content-addressed and stay off the chain; their hashes, and the roots that an attribution is
///         checked against, stand here. The split is fixed at registration: nobody's part can be changed later.
/// @dev No owner, no upgrade, no money. Ids are given in order from 1.
contract Models {
    using SafeCast for uint256;

    /// @dev Parts of a fee in basis points, in the order contributors, builder, supporters, treasury.
    ///      `version` counts the packages of this model from 1; `release` is the Datanet version of the newest.
    struct Model {
        address builder;
        uint32 release;
        uint32 version;
        bool retired;
        uint64 datanetId;
        uint16 contributorsBps;
        uint16 builderBps;
        uint16 supportersBps;
        uint16 treasuryBps;
        uint128 fee;
        bytes32 packageHash;
        bytes32 encoderHash;
        bytes32 featuresRoot;
        bytes32 inverseRoot;
    }

    uint256 public constant BASIS = 10_000;

    Datanets public immutable datanets;
    uint256 public modelCount;
    mapping(uint256 modelId => Model) public models;

    event ModelRegistered(
        uint256 indexed modelId,
        uint256 indexed datanetId,
        address indexed builder,
        uint32 release,
        bytes32 packageHash,
        bytes32 encoderHash,
        bytes32 featuresRoot,
        bytes32 inverseRoot,
        uint256 fee,
        uint16[4] split
    );
    event ModelVersion(
        uint256 indexed modelId,
        uint32 indexed version,
        uint32 release,
        bytes32 packageHash,
        bytes32 encoderHash,
        bytes32 featuresRoot,
        bytes32 inverseRoot
    );
    event Retrained(
        uint256 indexed modelId,
        uint32 indexed version,
        bytes32 oldPackageHash,
        bytes32 newPackageHash,
        bytes32 newFeaturesRoot,
        bytes32 newInverseRoot,
        bytes32 receiptHash
    );
    event FeeSet(uint256 indexed modelId, uint256 fee);
    event Retired(uint256 indexed modelId);

    error UnknownModel(uint256 modelId);
    error UnknownRelease(uint256 datanetId, uint32 release);
    error NotBuilder(address who);
    error EmptyHash();
    error SamePackage(bytes32 packageHash);
    error SplitSum(uint256 sum);
    error NoSupporters(uint16 supportersBps);
    error AlreadyRetired(uint256 modelId);

    constructor(Datanets datanets_) {
        datanets = datanets_;
    }

    /// @notice Publish a model. The caller is its builder.
    /// @param datanetId the collection it was trained on
    /// @param version the release of that collection
    /// @param packageHash hash of the package (fused graph and manifest)
    /// @param encoderHash hash of the frozen encoder inside it
    /// @param featuresRoot Merkle root of the training features
    /// @param inverseRoot Merkle root of the published inverse
    /// @param fee what one call costs, in wei
    /// @param split contributors, builder, supporters, treasury in basis points; together 10000. Supporters must be 0
    ///        as long as no contract holds what they would stake.
    /// @return modelId from 1 upwards
    function register(
        uint256 datanetId,
        uint32 version,
        bytes32 packageHash,
        bytes32 encoderHash,
        bytes32 featuresRoot,
        bytes32 inverseRoot,
        uint256 fee,
        uint16[4] calldata split
    ) external returns (uint256 modelId) {
        uint256 sum = uint256(split[0]) + split[1] + split[2] + split[3];
        if (sum != BASIS) revert SplitSum(sum);
        if (split[2] != 0) revert NoSupporters(split[2]);
        modelId = ++modelCount;
        Model storage model = models[modelId];
        model.builder = msg.sender;
        model.datanetId = datanetId.toUint64();
        model.contributorsBps = split[0];
        model.builderBps = split[1];
        model.treasuryBps = split[3];
        model.fee = fee.toUint128();
        _put(model, version, packageHash, encoderHash, featuresRoot, inverseRoot);
        emit ModelRegistered(
            modelId,
            datanetId,
            msg.sender,
            version,
            packageHash,
            encoderHash,
            featuresRoot,
            inverseRoot,
            fee,
            split
        );
    }

    /// @notice The builder publishes a new package of the same model, from any existing release of its Datanet.
    function newVersion(
        uint256 modelId,
        uint32 release,
        bytes32 packageHash,
        bytes32 encoderHash,
        bytes32 featuresRoot,
        bytes32 inverseRoot
    ) external {
        Model storage model = _ofBuilder(modelId);
        if (model.retired) revert AlreadyRetired(modelId);
        _put(model, release, packageHash, encoderHash, featuresRoot, inverseRoot);
        emit ModelVersion(modelId, model.version, release, packageHash, encoderHash, featuresRoot, inverseRoot);
    }

    /// @notice The builder puts a package trained without withdrawn records in place of the present one. A retired
    ///         model may still be retrained: forgetting does not end with use.
    /// @param receiptHash hash of the off-chain receipt: snapshot without the records, metrics before and after
    function retrain(
        uint256 modelId,
        bytes32 newPackageHash,
        bytes32 newFeaturesRoot,
        bytes32 newInverseRoot,
        bytes32 receiptHash
    ) external {
        Model storage model = _ofBuilder(modelId);
        if (receiptHash == 0) revert EmptyHash();
        bytes32 oldPackageHash = model.packageHash;
        _put(model, model.release, newPackageHash, model.encoderHash, newFeaturesRoot, newInverseRoot);
        emit Retrained(
            modelId, model.version, oldPackageHash, newPackageHash, newFeaturesRoot, newInverseRoot, receiptHash
        );
    }

    /// @notice The builder sets the price of later calls, in wei. What a payer has signed stays as signed.
    function setFee(uint256 modelId, uint256 fee) external {
        Model storage model = _ofBuilder(modelId);
        if (model.retired) revert AlreadyRetired(modelId);
        model.fee = fee.toUint128();
        emit FeeSet(modelId, fee);
    }

    /// @notice The builder ends the model. Calls already paid for can still be settled.
    function retire(uint256 modelId) external {
        Model storage model = _ofBuilder(modelId);
        if (model.retired) revert AlreadyRetired(modelId);
        model.retired = true;
        emit Retired(modelId);
    }

    /// @notice What a settlement needs. Reverts for an unknown model.
    function terms(uint256 modelId)
        external
        view
        returns (address builder, uint256 datanetId, uint16 builderBps, uint16 treasuryBps)
    {
        Model storage model = _model(modelId);
        return (model.builder, model.datanetId, model.builderBps, model.treasuryBps);
    }

    function _put(
        Model storage model,
        uint32 release,
        bytes32 packageHash,
        bytes32 encoderHash,
        bytes32 featuresRoot,
        bytes32 inverseRoot
    ) private {
        if (release == 0 || release > datanets.latestVersion(model.datanetId)) {
            revert UnknownRelease(model.datanetId, release);
        }
        if (packageHash == 0 || encoderHash == 0) revert EmptyHash();
        if (packageHash == model.packageHash) revert SamePackage(packageHash);
        model.release = release;
        ++model.version;
        model.packageHash = packageHash;
        model.encoderHash = encoderHash;
        model.featuresRoot = featuresRoot;
        model.inverseRoot = inverseRoot;
    }

    function _model(uint256 modelId) private view returns (Model storage model) {
        model = models[modelId];
        if (model.builder == address(0)) revert UnknownModel(modelId);
    }

    function _ofBuilder(uint256 modelId) private view returns (Model storage model) {
        model = _model(modelId);
        if (msg.sender != model.builder) revert NotBuilder(msg.sender);
    }
}
