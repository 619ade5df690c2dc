// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What models and settlements ask of the governed parameters
interface IParams {
    /// @notice What a settlement reads when it is posted: challenge window in seconds, least bond in wei, bond in basis
    ///         points of the amount, fee for one demand in wei.
    function settlementTerms()
        external
        view
        returns (uint64 window, uint128 bond, uint16 bondBps, uint128 demandFee);

    /// @notice Where the treasury's part is credited.
    function treasury() external view returns (address);

    /// @notice Reverts unless the split (contributors, builder, supporters, treasury in basis points) is within bounds.
    function checkSplit(uint16[4] calldata split) external view;
}
