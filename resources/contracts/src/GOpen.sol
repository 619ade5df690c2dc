// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";

/// @title GOpen: native OPEN that votes, one to one
/// @notice Wrap OPEN, delegate (to oneself or another: until then nothing votes), and unwrap at any time. Votes are
///         counted as they stood at a past second, so OPEN that arrives after a proposal has no say in it.
/// @dev No owner, no upgrade. Each token stands for one wei held here; nothing but a withdrawal pays out. Transfers
///      to the zero address and to nobody are refused by ERC-20 itself.
contract GOpen is ERC20("Governance OPEN", "GOPEN"), ERC20Permit, ERC20Votes {
    event Deposit(address indexed account, uint256 amount);
    event Withdrawal(address indexed account, address indexed to, uint256 amount);

    constructor() ERC20Permit("Governance OPEN") {}

    /// @notice As many tokens for the sender as wei are sent.
    function deposit() external payable {
        _mint(msg.sender, msg.value);
        emit Deposit(msg.sender, msg.value);
    }

    /// @notice Give `amount` tokens back and receive as many wei.
    function withdraw(uint256 amount) external returns (bool) {
        return withdrawTo(msg.sender, amount);
    }

    /// @notice Give `amount` tokens back; `account` receives as many wei.
    function withdrawTo(address account, uint256 amount) public returns (bool) {
        if (account == address(0)) revert ERC20InvalidReceiver(account);
        _burn(msg.sender, amount);
        emit Withdrawal(msg.sender, account, amount);
        Address.sendValue(payable(account), amount);
        return true;
    }

    /// @notice Votes are counted by seconds (ERC-6372).
    function clock() public view override returns (uint48) {
        return uint48(block.timestamp);
    }

    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() public pure override returns (string memory) {
        return "mode=timestamp";
    }

    function nonces(address owner) public view override(ERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Votes) {
        super._update(from, to, value);
    }
}
