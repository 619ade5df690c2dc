// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IDatanets} from "./interfaces/IDatanets.sol";
import {IModels} from "./interfaces/IModels.sol";
import {IParams} from "./interfaces/IParams.sol";
import {ModelRoots} from "./libraries/Game.sol";

/// @title Models: which model was built from which release, what a call costs and how the fee is split
/// @notice Packages are content-addressed and stay off the chain; their hashes, and one hash of the roots that an
///         attribution is checked against, stand here (the roots themselves in the events). The split is fixed at
///         registration: nobody's part can be changed later.
/// @dev No owner, no upgrade, no money. Ids are given in order from 1.
contract Models is IModels {
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
    }

    /// @notice Bounds of PoA-1: features d, labels K, norm class b, width z of a record's credits.
    uint256 public constant MAX_FEATURES = 4096;
    uint256 public constant MAX_LABELS = 64;
    uint256 public constant MAX_NORM = 12;
    uint256 public constant MAX_Z = 62;
    uint256 public constant MAX_WIDTH = 1300; // K d of a softmax head: the length of its rows

    IDatanets public immutable datanets;
    IParams public immutable params;
    uint256 public modelCount;
    mapping(uint256 modelId => Model) public models;
    /// @notice keccak256(abi.encode(ModelRoots)) of every package a model has had.
    mapping(uint256 modelId => mapping(bytes32 packageHash => bytes32)) public rootsOf;

    event ModelRegistered(
        uint256 indexed modelId,
        uint256 indexed datanetId,
        address indexed builder,
        uint32 release,
        bytes32 packageHash,
        bytes32 encoderHash,
        ModelRoots roots,
        uint256 fee,
        uint16[4] split
    );
    event ModelVersion(
        uint256 indexed modelId,
        uint32 indexed version,
        uint32 release,
        bytes32 packageHash,
        bytes32 encoderHash,
        ModelRoots roots
    );
    event Retrained(
        uint256 indexed modelId,
        uint32 indexed version,
        bytes32 oldPackageHash,
        bytes32 newPackageHash,
        ModelRoots roots,
        bytes32 receiptHash
    );
    event FeeSet(uint256 indexed modelId, uint256 fee);
    event Retired(uint256 indexed modelId);

    error UnknownModel(uint256 modelId);
    error UnknownRelease(uint256 datanetId, uint32 release);
    error NotBuilder(address who);
    error EmptyHash();
    error SamePackage(bytes32 packageHash);
    error OtherRoots(bytes32 packageHash);
    error BadRoots();
    error ZeroAddress();
    error AlreadyRetired(uint256 modelId);

    constructor(IDatanets datanets_, IParams params_) {
        if (address(datanets_) == address(0) || address(params_) == address(0)) revert ZeroAddress();
        datanets = datanets_;
        params = params_;
    }

    /// @notice Publish a model. The caller is its builder.
    /// @param datanetId the collection it was trained on
    /// @param release the version of that collection
    /// @param packageHash hash of the package (fused graph and manifest)
    /// @param encoderHash hash of the frozen encoder inside it
    /// @param roots of features, inverse and credits, with the package's sizes
    /// @param fee what one call costs, in wei
    /// @param split contributors, builder, supporters, treasury in basis points, within the bounds of `Params`
    /// @return modelId from 1 upwards
    function register(
        uint256 datanetId,
        uint32 release,
        bytes32 packageHash,
        bytes32 encoderHash,
        ModelRoots calldata roots,
        uint256 fee,
        uint16[4] calldata split
    ) external returns (uint256 modelId) {
        params.checkSplit(split);
        modelId = ++modelCount;
        Model storage model = models[modelId];
        model.builder = msg.sender;
        model.datanetId = datanetId.toUint64();
        model.contributorsBps = split[0];
        model.builderBps = split[1];
        model.supportersBps = split[2];
        model.treasuryBps = split[3];
        model.fee = fee.toUint128();
        if (encoderHash == 0) revert EmptyHash();
        _put(modelId, release, packageHash, roots);
        emit ModelRegistered(
            modelId, datanetId, msg.sender, release, packageHash, encoderHash, roots, fee, split
        );
    }

    /// @notice The builder publishes a new package of the same model, from any existing release of its Datanet.
    function newVersion(
        uint256 modelId,
        uint32 release,
        bytes32 packageHash,
        bytes32 encoderHash,
        ModelRoots calldata roots
    ) external {
        Model storage model = _ofBuilder(modelId);
        if (model.retired) revert AlreadyRetired(modelId);
        if (encoderHash == 0) revert EmptyHash();
        _put(modelId, release, packageHash, roots);
        emit ModelVersion(modelId, model.version, release, packageHash, encoderHash, roots);
    }

    /// @notice The builder puts a package trained without withdrawn records in place of the present one; the encoder
    ///         stays. A retired model may still be retrained: forgetting does not end with use.
    /// @param receiptHash hash of the off-chain receipt: snapshot without the records, metrics before and after
    function retrain(uint256 modelId, bytes32 newPackageHash, ModelRoots calldata roots, bytes32 receiptHash)
        external
    {
        Model storage model = _ofBuilder(modelId);
        if (receiptHash == 0) revert EmptyHash();
        bytes32 oldPackageHash = model.packageHash;
        _put(modelId, model.release, newPackageHash, roots);
        emit Retrained(modelId, model.version, oldPackageHash, newPackageHash, roots, receiptHash);
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

    /// @inheritdoc IModels
    function terms(uint256 modelId, bytes32 packageHash)
        external
        view
        returns (address builder, uint256 datanetId, uint16[4] memory split, bytes32 rootsHash)
    {
        Model storage model = _model(modelId);
        split = [model.contributorsBps, model.builderBps, model.supportersBps, model.treasuryBps];
        return (model.builder, model.datanetId, split, rootsOf[modelId][packageHash]);
    }

    /// @dev A package may come back, but never under other roots.
    function _put(uint256 modelId, uint32 release, bytes32 packageHash, ModelRoots calldata roots) private {
        Model storage model = models[modelId];
        if (release == 0 || release > datanets.latestVersion(model.datanetId)) {
            revert UnknownRelease(model.datanetId, release);
        }
        if (packageHash == 0) revert EmptyHash();
        if (packageHash == model.packageHash) revert SamePackage(packageHash);
        bytes32 rootsHash = _check(roots);
        bytes32 known = rootsOf[modelId][packageHash];
        if (known != 0 && known != rootsHash) revert OtherRoots(packageHash);
        rootsOf[modelId][packageHash] = rootsHash;
        model.release = release;
        ++model.version;
        model.packageHash = packageHash;
    }

    /// @dev The bounds keep the gas of every challenge within bounds.
    function _check(ModelRoots calldata roots) private pure returns (bytes32) {
        if (
            roots.featuresRoot == 0 || roots.inverseRoot == 0 || roots.creditRoot == 0 || roots.records == 0
                || roots.features == 0 || roots.features > MAX_FEATURES || roots.labels < 2
                || roots.labels > MAX_LABELS || roots.norm > MAX_NORM || roots.z > MAX_Z
                || (roots.blocks != 1
                    && (roots.blocks != roots.labels || uint256(roots.features) * roots.labels > MAX_WIDTH))
        ) revert BadRoots();
        return keccak256(abi.encode(roots));
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
