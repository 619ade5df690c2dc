// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Agent} from "./Agent.sol";

/// @title Agents: where agents' accounts are made, so that others can tell them
/// @dev Holds nothing and has no power over the accounts that it made.
contract Agents {
    /// @notice Whether an account was made here: it then runs the code of `Agent`.
    mapping(address agent => bool) public isAgent;

    event AgentCreated(address indexed agent, address indexed owner, address indexed key, uint128 cap, uint64 period);

    /// @notice A new account of the caller's; the value sent is its first OPEN.
    /// @param key the address whose key the program holds
    /// @param cap wei that the key may spend in each `period` of seconds
    /// @return agent the account's address
    function create(address key, uint128 cap, uint64 period) external payable returns (address agent) {
        agent = address(new Agent{value: msg.value}(msg.sender, key, cap, period));
        isAgent[agent] = true;
        emit AgentCreated(agent, msg.sender, key, cap, period);
    }
}
