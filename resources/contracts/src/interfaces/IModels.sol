// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What settlements ask of the models
interface IModels {
    /// @notice Reverts for an unknown model; `rootsHash` is 0 when the model never had that package.
    function terms(uint256 modelId, bytes32 packageHash)
        external
        view
        returns (address builder, uint256 datanetId, uint16[4] memory split, bytes32 rootsHash);
}
