// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title Purse: what payers put in and may take back, and what others have earned and may take out
/// @dev A part of `Settlement`.
abstract contract Purse is ReentrancyGuardTransient {
    using SafeCast for uint256;

    /// @dev `heldUntil`: when the last of the payer's settlements so far is final.
    struct Deposit {
        uint128 amount;
        uint64 heldUntil;
    }

    struct RefundRequest {
        uint128 amount;
        uint64 availableAt;
    }

    /// @notice A refund waits this long, and this long after the last settlement is final, so that a voucher signed
    ///         before it can still be settled ...
    uint256 public constant REFUND_NOTICE = 1 days;
    /// @notice ... and must be taken within this long, so that nobody keeps one ready for ever.
    uint256 public constant REFUND_WINDOW = 7 days;

    mapping(address payer => Deposit) public deposits;
    mapping(address payer => RefundRequest) public refundRequests;
    mapping(address account => uint256) public earned;

    event Deposited(address indexed payer, address indexed from, uint256 amount);
    event RefundRequested(address indexed payer, uint256 amount, uint256 availableAt);
    event Refunded(address indexed payer, uint256 amount);
    event Earned(bytes32 indexed id, address indexed account, uint256 amount);
    event Withdrawn(address indexed account, uint256 amount);

    error ZeroAddress();
    error ZeroAmount();
    error InsufficientDeposit(uint256 needed, uint256 available);
    error NoRefund(uint256 availableAt);

    /// @notice Add the value sent to what `payer` can spend on calls. Anyone may pay in for anyone.
    function deposit(address payer) external payable {
        if (payer == address(0)) revert ZeroAddress();
        if (msg.value == 0) revert ZeroAmount();
        deposits[payer].amount += msg.value.toUint128();
        emit Deposited(payer, msg.sender, msg.value);
    }

    /// @notice Announce that `amount` of the deposit will be taken back; 0 takes the announcement back. The deposit
    ///         stays good for vouchers until `refund`. A new request replaces the old one and its notice.
    function requestRefund(uint256 amount) external {
        uint256 available = deposits[msg.sender].amount;
        if (amount > available) revert InsufficientDeposit(amount, available);
        uint256 availableAt = amount == 0 ? 0 : block.timestamp + REFUND_NOTICE;
        refundRequests[msg.sender] = RefundRequest(uint128(amount), uint64(availableAt));
        emit RefundRequested(msg.sender, amount, availableAt);
    }

    /// @notice Take back what was announced, or what is left of it, after the notice and within the window.
    /// @return amount what was paid, in wei
    function refund() external nonReentrant returns (uint256 amount) {
        RefundRequest memory request = refundRequests[msg.sender];
        Deposit storage left = deposits[msg.sender];
        uint256 availableAt = left.heldUntil == 0 ? 0 : left.heldUntil + REFUND_NOTICE;
        if (availableAt < request.availableAt) availableAt = request.availableAt;
        if (
            request.amount == 0 || block.timestamp < availableAt || block.timestamp > availableAt + REFUND_WINDOW
        ) revert NoRefund(request.amount == 0 ? 0 : availableAt);
        amount = request.amount < left.amount ? request.amount : left.amount;
        delete refundRequests[msg.sender];
        left.amount -= uint128(amount);
        emit Refunded(msg.sender, amount);
        Address.sendValue(payable(msg.sender), amount);
    }

    /// @notice Take out what the caller has earned: parts of fees, bonds returned or won, demands paid.
    /// @return amount what was paid, in wei
    function withdrawEarned() external nonReentrant returns (uint256 amount) {
        amount = earned[msg.sender];
        if (amount == 0) revert ZeroAmount();
        earned[msg.sender] = 0;
        emit Withdrawn(msg.sender, amount);
        Address.sendValue(payable(msg.sender), amount);
    }

    function _earn(bytes32 id, address account, uint256 amount) internal {
        if (amount == 0) return;
        earned[account] += amount;
        emit Earned(id, account, amount);
    }

    function _hold(Deposit storage held, uint256 until) internal {
        if (until > held.heldUntil) held.heldUntil = uint64(until);
    }
}
