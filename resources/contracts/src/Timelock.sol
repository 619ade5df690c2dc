// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

/// @title Timelock: what was voted waits here, in sight, before anyone may carry it out
/// @notice Whoever deploys it (`OpenGovernor` does, in its constructor) is the only proposer and canceller; anyone may
///         carry out what has waited. Nobody is its administrator but itself, so only a vote changes its delay or
///         roles.
contract Timelock is TimelockController {
    /// @param delay seconds between queueing and execution
    constructor(uint256 delay)
        TimelockController(delay, _only(msg.sender), _only(address(0)), address(0))
    {}

    function _only(address who) private pure returns (address[] memory found) {
        found = new address[](1);
        found[0] = who;
    }
}
