// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What a settlement asks of the stakes behind models
interface ISupport {
    /// @notice How much is staked behind a model, in wei.
    function backed(uint256 modelId) external view returns (uint256);

    /// @notice Give the value sent to those who stake behind a model. Never refuses an amount above 0.
    function reward(uint256 modelId) external payable;
}
