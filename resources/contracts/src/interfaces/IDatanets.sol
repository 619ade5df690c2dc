// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What models and settlements ask of the collections
interface IDatanets {
    /// @notice Whether at least one record of `who` was ever accepted.
    function isContributor(uint256 datanetId, address who) external view returns (bool);

    /// @notice The latest release, 0 when there is none or no such Datanet.
    function latestVersion(uint256 datanetId) external view returns (uint32);
}
