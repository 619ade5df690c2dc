// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IParams} from "./interfaces/IParams.sol";

/// @title Params: the figures that holders of GOPEN can move, each within bounds that nobody can move
/// @notice Read when something is posted or registered. Nothing already posted or registered changes with it.
/// @dev The governor is meant to be the Timelock. It holds no money here and can reach none through this contract:
///      the most it can do is to set every figure to the worse end of its bounds for what comes later.
contract Params is IParams {
    uint256 public constant BASIS = 10_000;
    /// @notice How long a settlement can be challenged, in seconds.
    uint64 public constant MIN_WINDOW = 10 seconds;
    uint64 public constant MAX_WINDOW = 30 days;
    /// @notice The least bond of a settlement, in wei.
    uint128 public constant MIN_BOND = 0.001 ether;
    uint128 public constant MAX_BOND = 1_000 ether;
    /// @notice The bond as a part of the amount settled, in basis points.
    uint16 public constant MIN_BOND_BPS = 100;
    uint16 public constant MAX_BOND_BPS = 10_000;
    /// @notice What a demand for one leaf costs the demander, in wei.
    uint128 public constant MIN_DEMAND_FEE = 0.00001 ether;
    uint128 public constant MAX_DEMAND_FEE = 1 ether;
    /// @notice Bounds of every split, the default one and that of each model, in basis points.
    uint16 public constant MIN_CONTRIBUTORS = 5_000;
    uint16 public constant MAX_BUILDER = 4_000;
    uint16 public constant MAX_SUPPORTERS = 2_000;
    uint16 public constant MAX_TREASURY = 1_000;

    /// @dev One slot: a settlement reads it once. The bounds above fit the narrow types.
    struct Terms {
        uint32 window;
        uint96 bond;
        uint16 bondBps;
        uint96 demandFee;
    }

    /// @dev One slot.
    struct Shares {
        address treasury;
        uint16 contributors;
        uint16 builder;
        uint16 supporters;
        uint16 fromTreasury;
    }

    /// @notice Who may change what stands here.
    address public immutable governor;

    Terms private _terms;
    Shares private _shares;

    event WindowSet(uint64 window);
    event BondSet(uint128 bond, uint16 bondBps);
    event DemandFeeSet(uint128 demandFee);
    event TreasurySet(address indexed treasury);
    event DefaultSplitSet(uint16[4] split);

    error NotGovernor(address who);
    error ZeroAddress();
    /// @param name which figure, as ASCII
    error OutOfBounds(bytes32 name, uint256 value, uint256 least, uint256 most);
    error SplitSum(uint256 sum);

    modifier onlyGovernor() {
        if (msg.sender != governor) revert NotGovernor(msg.sender);
        _;
    }

    /// @param window seconds; a network of one person starts with a short one, a shared one with a day
    /// @param split default split: contributors, builder, supporters, treasury in basis points
    constructor(
        address governor_,
        address treasury_,
        uint64 window,
        uint128 bond,
        uint16 bondBps,
        uint128 demandFee,
        uint16[4] memory split
    ) {
        if (governor_ == address(0)) revert ZeroAddress();
        governor = governor_;
        _setTreasury(treasury_);
        _setWindow(window);
        _setBond(bond, bondBps);
        _setDemandFee(demandFee);
        _setDefaultSplit(split);
    }

    /// @notice Challenge window of later settlements, in seconds.
    function setWindow(uint64 window) external onlyGovernor {
        _setWindow(window);
    }

    /// @notice Bond of later settlements: the greater of `bond` wei and `bondBps` of the amount.
    function setBond(uint128 bond, uint16 bondBps) external onlyGovernor {
        _setBond(bond, bondBps);
    }

    /// @notice Fee for each demand on later settlements, in wei.
    function setDemandFee(uint128 demandFee) external onlyGovernor {
        _setDemandFee(demandFee);
    }

    /// @notice Where the treasury's part of later settlements goes.
    function setTreasury(address treasury_) external onlyGovernor {
        _setTreasury(treasury_);
    }

    /// @notice The split that builders are offered. A model keeps the split it was registered with.
    function setDefaultSplit(uint16[4] calldata split) external onlyGovernor {
        _setDefaultSplit(split);
    }

    /// @inheritdoc IParams
    /// @dev One storage slot.
    function settlementTerms()
        external
        view
        returns (uint64 window, uint128 bond, uint16 bondBps, uint128 demandFee)
    {
        Terms memory terms = _terms;
        return (terms.window, terms.bond, terms.bondBps, terms.demandFee);
    }

    /// @inheritdoc IParams
    function treasury() external view returns (address) {
        return _shares.treasury;
    }

    /// @return split contributors, builder, supporters, treasury in basis points
    function defaultSplit() external view returns (uint16[4] memory split) {
        Shares memory shares = _shares;
        return [shares.contributors, shares.builder, shares.supporters, shares.fromTreasury];
    }

    /// @inheritdoc IParams
    function checkSplit(uint16[4] memory split) public pure {
        uint256 sum = uint256(split[0]) + split[1] + split[2] + split[3];
        if (sum != BASIS) revert SplitSum(sum);
        _check("contributors", split[0], MIN_CONTRIBUTORS, BASIS);
        _check("builder", split[1], 0, MAX_BUILDER);
        _check("supporters", split[2], 0, MAX_SUPPORTERS);
        _check("treasury", split[3], 0, MAX_TREASURY);
    }

    function _setWindow(uint64 window) private {
        _check("window", window, MIN_WINDOW, MAX_WINDOW);
        _terms.window = uint32(window);
        emit WindowSet(window);
    }

    function _setBond(uint128 bond, uint16 bondBps) private {
        _check("bond", bond, MIN_BOND, MAX_BOND);
        _check("bondBps", bondBps, MIN_BOND_BPS, MAX_BOND_BPS);
        _terms.bond = uint96(bond);
        _terms.bondBps = bondBps;
        emit BondSet(bond, bondBps);
    }

    function _setDemandFee(uint128 demandFee) private {
        _check("demandFee", demandFee, MIN_DEMAND_FEE, MAX_DEMAND_FEE);
        _terms.demandFee = uint96(demandFee);
        emit DemandFeeSet(demandFee);
    }

    function _setTreasury(address treasury_) private {
        if (treasury_ == address(0)) revert ZeroAddress();
        _shares.treasury = treasury_;
        emit TreasurySet(treasury_);
    }

    function _setDefaultSplit(uint16[4] memory split) private {
        checkSplit(split);
        _shares.contributors = split[0];
        _shares.builder = split[1];
        _shares.supporters = split[2];
        _shares.fromTreasury = split[3];
        emit DefaultSplitSet(split);
    }

    function _check(bytes32 name, uint256 value, uint256 least, uint256 most) private pure {
        if (value < least || value > most) revert OutOfBounds(name, value, least, most);
    }
}
