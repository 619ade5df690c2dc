// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IParams} from "./interfaces/IParams.sol";
import {ISupport} from "./interfaces/ISupport.sol";

/// @title Support: OPEN staked behind models, and the supporters' part of their fees
/// @notice A stake earns its share of every reward that arrives while it stands. It can be taken back at any time,
///         after a notice during which it earns nothing. It is never lent, slashed or moved: principal leaves only to
///         the account that staked it.
/// @dev No owner, no upgrade. Rewards are counted per wei staked (one accumulator for each model), so nothing loops
///      over supporters. Its balance is at least `principal + unpaid + forTreasury`, exactly that unless somebody
///      forces OPEN upon it; what rounding leaves (less than one wei for each movement of a position) stays in
///      `unpaid` for ever. Whether a model exists is not asked: an id nobody uses earns nothing.
contract Support is ISupport, ReentrancyGuardTransient {
    using SafeCast for uint256;

    /// @dev `reward` is what was counted so far and not paid, `counted` the accumulator up to which it was.
    struct Position {
        uint128 staked;
        uint128 reward;
        uint256 counted;
        uint128 leaving;
        uint64 availableAt;
    }

    /// @dev `perWei` is reward per wei staked, times SCALE; `carry` what did not divide, in wei times SCALE.
    struct Backing {
        uint256 staked;
        uint256 perWei;
        uint256 carry;
    }

    /// @notice A stake is nothing or at least this much, in wei. It bounds `perWei`: no sum of rewards that a supply
    ///         of 10^27 wei could pay in 10^9 rounds overflows it.
    uint256 public constant MIN_STAKE = 0.01 ether;
    /// @notice Seconds between the notice and the day when a stake can be taken out.
    uint256 public constant COOLDOWN = 7 days;
    uint256 public constant SCALE = 1e18;

    IParams public immutable params;

    /// @notice Everything staked or leaving; everything given to supporters and not paid; what waits for the treasury.
    uint256 public principal;
    uint256 public unpaid;
    uint256 public forTreasury;
    mapping(uint256 modelId => Backing) public backings;
    mapping(uint256 modelId => mapping(address who => Position)) public positions;

    event Staked(uint256 indexed modelId, address indexed who, uint256 amount, uint256 staked);
    event Leaving(uint256 indexed modelId, address indexed who, uint256 amount, uint256 staked, uint256 availableAt);
    event Unstaked(uint256 indexed modelId, address indexed who, uint256 amount);
    event Rewarded(uint256 indexed modelId, address indexed from, uint256 amount, uint256 staked);
    event RewardPaid(uint256 indexed modelId, address indexed who, uint256 amount);
    event TreasuryPaid(address indexed treasury, uint256 amount);

    error ZeroAddress();
    error ZeroAmount();
    error StakeTooSmall(uint256 staked, uint256 least);
    error NotStaked(uint256 amount, uint256 staked);
    error TooEarly(uint256 availableAt);

    constructor(IParams params_) {
        if (address(params_) == address(0)) revert ZeroAddress();
        params = params_;
    }

    /// @notice Put the value sent behind a model. It earns from the next reward on.
    function stake(uint256 modelId) external payable {
        if (msg.value == 0) revert ZeroAmount();
        Position storage position = _count(modelId, msg.sender);
        uint256 staked = position.staked + msg.value;
        if (staked < MIN_STAKE) revert StakeTooSmall(staked, MIN_STAKE);
        position.staked = staked.toUint128();
        backings[modelId].staked += msg.value;
        principal += msg.value;
        emit Staked(modelId, msg.sender, msg.value, staked);
    }

    /// @notice Give notice of `amount`: it stops earning now and can be taken out after the cooldown, which begins
    ///         anew for everything of this model that is leaving. What stays is nothing or at least MIN_STAKE.
    function unstake(uint256 modelId, uint256 amount) external {
        if (amount == 0) revert ZeroAmount();
        Position storage position = _count(modelId, msg.sender);
        if (amount > position.staked) revert NotStaked(amount, position.staked);
        uint256 staked = position.staked - amount;
        if (staked != 0 && staked < MIN_STAKE) revert StakeTooSmall(staked, MIN_STAKE);
        uint256 availableAt = block.timestamp + COOLDOWN;
        position.staked = uint128(staked); // smaller than before
        position.leaving = (position.leaving + amount).toUint128();
        position.availableAt = uint64(availableAt);
        backings[modelId].staked -= amount;
        emit Leaving(modelId, msg.sender, amount, staked, availableAt);
    }

    /// @notice Take out what has been leaving long enough.
    /// @return amount what was paid, in wei
    function withdraw(uint256 modelId) external nonReentrant returns (uint256 amount) {
        Position storage position = positions[modelId][msg.sender];
        amount = position.leaving;
        if (amount == 0) revert ZeroAmount();
        if (block.timestamp < position.availableAt) revert TooEarly(position.availableAt);
        position.leaving = 0;
        position.availableAt = 0;
        principal -= amount;
        emit Unstaked(modelId, msg.sender, amount);
        Address.sendValue(payable(msg.sender), amount);
    }

    /// @notice Take out what the stake has earned. It never depends on the stake's leaving.
    /// @return amount what was paid, in wei
    function claim(uint256 modelId) external nonReentrant returns (uint256 amount) {
        Position storage position = _count(modelId, msg.sender);
        amount = position.reward;
        if (amount == 0) revert ZeroAmount();
        position.reward = 0;
        unpaid -= amount;
        emit RewardPaid(modelId, msg.sender, amount);
        Address.sendValue(payable(msg.sender), amount);
    }

    /// @inheritdoc ISupport
    /// @dev To those who stake now, each by what is staked. While nobody stakes it goes to the treasury: `Settlement`
    ///      asks `backed` when a settlement is posted and then leaves the part in the contributors' pool; but the last
    ///      supporter may leave before the settlement is finished, and must not hold up the poster's bond by that.
    function reward(uint256 modelId) external payable {
        if (msg.value == 0) revert ZeroAmount();
        Backing storage backing = backings[modelId];
        uint256 staked = backing.staked;
        if (staked == 0) {
            forTreasury += msg.value;
        } else {
            uint256 scaled = msg.value * SCALE + backing.carry;
            backing.perWei += scaled / staked;
            backing.carry = scaled % staked;
            unpaid += msg.value;
        }
        emit Rewarded(modelId, msg.sender, msg.value, staked);
    }

    /// @notice Send what waits for the treasury to the treasury of `Params`. Anyone may.
    /// @return amount what was paid, in wei
    function payTreasury() external nonReentrant returns (uint256 amount) {
        amount = forTreasury;
        if (amount == 0) revert ZeroAmount();
        forTreasury = 0;
        address treasury = params.treasury();
        emit TreasuryPaid(treasury, amount);
        Address.sendValue(payable(treasury), amount);
    }

    /// @inheritdoc ISupport
    /// @dev Without what is leaving.
    function backed(uint256 modelId) external view returns (uint256) {
        return backings[modelId].staked;
    }

    /// @notice What `claim` would pay, in wei.
    function claimable(uint256 modelId, address who) external view returns (uint256) {
        Position storage position = positions[modelId][who];
        return position.reward + _since(position, backings[modelId].perWei);
    }

    /// @dev Counts what a position earned until now, before it changes. Late joiners start at the present figure.
    function _count(uint256 modelId, address who) private returns (Position storage position) {
        position = positions[modelId][who];
        uint256 perWei = backings[modelId].perWei;
        if (position.counted != perWei) {
            uint256 more = _since(position, perWei);
            if (more != 0) position.reward = (position.reward + more).toUint128();
            position.counted = perWei;
        }
    }

    function _since(Position storage position, uint256 perWei) private view returns (uint256) {
        return Math.mulDiv(position.staked, perWei - position.counted, SCALE);
    }
}
