// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";

/// @title WOpen: native OPEN as an ERC-20 token, one to one, for programs that speak only of tokens
/// @notice The interface of WETH9: deposit, withdraw, their events, and a plain payment that deposits.
/// @dev No owner, no upgrade. Each token stands for one wei held here; nothing but `withdraw` pays out.
contract WOpen is ERC20("Wrapped OPEN", "WOPEN") {
    event Deposit(address indexed dst, uint256 wad);
    event Withdrawal(address indexed src, uint256 wad);

    receive() external payable {
        deposit();
    }

    /// @notice As many tokens for the sender as wei are sent.
    function deposit() public payable {
        _mint(msg.sender, msg.value);
        emit Deposit(msg.sender, msg.value);
    }

    /// @notice Give `wad` tokens back and receive as many wei.
    function withdraw(uint256 wad) external {
        _burn(msg.sender, wad);
        emit Withdrawal(msg.sender, wad);
        Address.sendValue(payable(msg.sender), wad);
    }
}
