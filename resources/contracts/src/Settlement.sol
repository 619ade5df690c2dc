// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {Datanets} from "./Datanets.sol";
import {Models} from "./Models.sol";

/// @title Settlement: fees from payers' deposits to those whose records made the answers
/// @notice A payer deposits OPEN and signs, off the chain, ever larger totals for a model. The model's builder or an
///         accepted contributor posts the latest voucher together with the roots of the computed payout; each
///         contributor's part is then paid out against a Merkle proof.
/// @dev No owner, no upgrade, and no way to money but: a payer's deposit by the payer's signature or the payer's own
///      refund; a settlement's pool by a proof under its payout root; earned parts by the account that earned them.
///      The roots are the poster's word: this form has no challenge, so a payer's fees go where the poster's payout
///      root says, within the split. It never touches another payer's or another settlement's money.
contract Settlement is EIP712, ReentrancyGuardTransient {
    using BitMaps for BitMaps.BitMap;

    /// @dev EIP-712. `totalFee` is the sum of all fees since the first call of `modelId` by `payer`.
    struct Voucher {
        address payer;
        uint256 modelId;
        uint256 nonce;
        uint256 totalFee;
        bytes32 statementsRoot;
    }

    struct Commitment {
        bytes32 sumsRoot;
        bytes32 uRoot;
        bytes32 scoresRoot;
        bytes32 payoutRoot;
    }

    struct ClaimData {
        bytes32 settlementId;
        uint256 index;
        address account;
        uint256 amount;
        bytes32[] proof;
    }

    /// @dev What is already settled between a payer and a model.
    struct Channel {
        uint256 nonce;
        uint256 settled;
    }

    struct RefundRequest {
        uint256 amount;
        uint256 availableAt;
    }

    /// @dev `commitment` = keccak256(abi.encode(statementsRoot, sumsRoot, uRoot, scoresRoot, payoutRoot)).
    struct Posted {
        address poster;
        uint64 settledAt;
        uint256 pool;
        uint256 claimed;
        bytes32 payoutRoot;
        bytes32 commitment;
    }

    uint256 public constant BASIS = 10_000;
    /// @notice A refund waits this long, so that a voucher signed before it can still be settled ...
    uint256 public constant REFUND_NOTICE = 1 days;
    /// @notice ... and must be taken within this long, so that nobody keeps one ready for ever.
    uint256 public constant REFUND_WINDOW = 7 days;
    bytes32 public constant VOUCHER_TYPEHASH = keccak256(
        "Voucher(address payer,uint256 modelId,uint256 nonce,uint256 totalFee,bytes32 statementsRoot)"
    );

    Models public immutable models;
    Datanets public immutable datanets;
    address public immutable treasury;

    mapping(address payer => uint256) public deposits;
    mapping(address payer => RefundRequest) public refundRequests;
    mapping(address payer => mapping(uint256 modelId => Channel)) public channels;
    mapping(bytes32 settlementId => Posted) public settlements;
    mapping(address account => uint256) public earned;
    mapping(bytes32 settlementId => BitMaps.BitMap) private _claimed;

    event Deposited(address indexed payer, address indexed from, uint256 amount);
    event RefundRequested(address indexed payer, uint256 amount, uint256 availableAt);
    event Refunded(address indexed payer, uint256 amount);
    event Settled(
        bytes32 indexed settlementId,
        address indexed payer,
        uint256 indexed modelId,
        address poster,
        uint256 nonce,
        uint256 amount,
        uint256 pool,
        bytes32 statementsRoot,
        Commitment commitment
    );
    event Claimed(bytes32 indexed settlementId, address indexed account, uint256 index, uint256 amount);
    event Earned(bytes32 indexed settlementId, address indexed account, uint256 amount);
    event Withdrawn(address indexed account, uint256 amount);

    error ZeroAddress();
    error ZeroAmount();
    error InsufficientDeposit(uint256 needed, uint256 available);
    error NoRefund(uint256 availableAt);
    error NotParty(address who);
    error BadSignature();
    error OldNonce(uint256 nonce, uint256 latest);
    error WrongAmount(uint256 amount, uint256 expected);
    error EmptyRoot();
    error UnknownSettlement(bytes32 settlementId);
    error AlreadyClaimed(bytes32 settlementId, uint256 index);
    error BadProof();
    error PoolExceeded(uint256 amount, uint256 left);

    constructor(Models models_, Datanets datanets_, address treasury_) EIP712("OpenLedger Settlement", "1") {
        if (address(models_) == address(0) || address(datanets_) == address(0) || treasury_ == address(0)) {
            revert ZeroAddress();
        }
        models = models_;
        datanets = datanets_;
        treasury = treasury_;
    }

    /// @notice Add the value sent to what `payer` can spend on calls. Anyone may pay in for anyone.
    function deposit(address payer) external payable {
        if (payer == address(0)) revert ZeroAddress();
        if (msg.value == 0) revert ZeroAmount();
        deposits[payer] += msg.value;
        emit Deposited(payer, msg.sender, msg.value);
    }

    /// @notice Announce that `amount` of the deposit will be taken back; 0 takes the announcement back. The deposit
    ///         stays good for vouchers until `refund`. A new request replaces the old one and its notice.
    function requestRefund(uint256 amount) external {
        if (amount > deposits[msg.sender]) revert InsufficientDeposit(amount, deposits[msg.sender]);
        uint256 availableAt = amount == 0 ? 0 : block.timestamp + REFUND_NOTICE;
        refundRequests[msg.sender] = RefundRequest(amount, availableAt);
        emit RefundRequested(msg.sender, amount, availableAt);
    }

    /// @notice Take back what was announced, or what is left of it, after the notice and within the window.
    /// @return amount what was paid, in wei
    function refund() external nonReentrant returns (uint256 amount) {
        RefundRequest memory request = refundRequests[msg.sender];
        if (
            request.amount == 0 || block.timestamp < request.availableAt
                || block.timestamp > request.availableAt + REFUND_WINDOW
        ) revert NoRefund(request.availableAt);
        uint256 left = deposits[msg.sender];
        amount = request.amount < left ? request.amount : left;
        delete refundRequests[msg.sender];
        deposits[msg.sender] = left - amount;
        emit Refunded(msg.sender, amount);
        Address.sendValue(payable(msg.sender), amount);
    }

    /// @notice Post a payer's latest voucher with the roots of the computed payout.
    /// @param voucher as the payer signed it (EIP-712; accounts with code by ERC-1271)
    /// @param commitment roots of the per-label sums, of u, of the record scores and of the payout
    /// @param amount wei settled now: the voucher's total less what was settled before
    /// @return settlementId keccak256(abi.encode(payer, modelId, nonce))
    function settle(
        Voucher calldata voucher,
        bytes calldata signature,
        Commitment calldata commitment,
        uint256 amount
    ) external nonReentrant returns (bytes32 settlementId) {
        (address builder, uint256 datanetId, uint16 builderBps, uint16 treasuryBps) = models.terms(voucher.modelId);
        if (msg.sender != builder && !datanets.isContributor(datanetId, msg.sender)) revert NotParty(msg.sender);
        if (voucher.statementsRoot == 0 || commitment.payoutRoot == 0) revert EmptyRoot();
        _spend(voucher, amount);
        if (!SignatureChecker.isValidSignatureNow(voucher.payer, voucherDigest(voucher), signature)) {
            revert BadSignature();
        }
        settlementId = settlementIdOf(voucher.payer, voucher.modelId, voucher.nonce);
        uint256 pool = amount - _earn(settlementId, builder, amount * builderBps / BASIS)
            - _earn(settlementId, treasury, amount * treasuryBps / BASIS);
        _post(settlementId, voucher, commitment, amount, pool);
    }

    /// @notice Pay one leaf of a payout root to its account. Anyone may send it; the money goes to `account`.
    /// @param proof siblings from the leaf up; the leaf is keccak256(keccak256(abi.encode(index, account, amount)))
    function claim(bytes32 settlementId, uint256 index, address account, uint256 amount, bytes32[] calldata proof)
        external
        nonReentrant
    {
        _claim(settlementId, index, account, amount, proof);
    }

    /// @notice Several claims in one transaction, all or none.
    function claimMany(ClaimData[] calldata claims) external nonReentrant {
        for (uint256 i = 0; i < claims.length; ++i) {
            ClaimData calldata one = claims[i];
            _claim(one.settlementId, one.index, one.account, one.amount, one.proof);
        }
    }

    /// @notice A builder or the treasury takes out what it has earned.
    /// @return amount what was paid, in wei
    function withdrawEarned() external nonReentrant returns (uint256 amount) {
        amount = earned[msg.sender];
        if (amount == 0) revert ZeroAmount();
        earned[msg.sender] = 0;
        emit Withdrawn(msg.sender, amount);
        Address.sendValue(payable(msg.sender), amount);
    }

    /// @notice Whether a leaf of a settlement has been paid.
    function isClaimed(bytes32 settlementId, uint256 index) external view returns (bool) {
        return _claimed[settlementId].get(index);
    }

    /// @notice The EIP-712 digest that the payer signs.
    function voucherDigest(Voucher calldata voucher) public view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(
                abi.encode(
                    VOUCHER_TYPEHASH,
                    voucher.payer,
                    voucher.modelId,
                    voucher.nonce,
                    voucher.totalFee,
                    voucher.statementsRoot
                )
            )
        );
    }

    /// @notice The name of the settlement that a voucher leads to.
    function settlementIdOf(address payer, uint256 modelId, uint256 nonce) public pure returns (bytes32) {
        return keccak256(abi.encode(payer, modelId, nonce));
    }

    function _spend(Voucher calldata voucher, uint256 amount) private {
        Channel storage channel = channels[voucher.payer][voucher.modelId];
        if (voucher.nonce <= channel.nonce) revert OldNonce(voucher.nonce, channel.nonce);
        uint256 expected = voucher.totalFee > channel.settled ? voucher.totalFee - channel.settled : 0;
        if (amount == 0 || amount != expected) revert WrongAmount(amount, expected);
        uint256 available = deposits[voucher.payer];
        if (amount > available) revert InsufficientDeposit(amount, available);
        channel.nonce = voucher.nonce;
        channel.settled = voucher.totalFee;
        deposits[voucher.payer] = available - amount;
    }

    /// @dev Rounded down, so that what cannot be split stays in the contributors' pool.
    function _earn(bytes32 settlementId, address account, uint256 amount) private returns (uint256) {
        if (amount != 0) {
            earned[account] += amount;
            emit Earned(settlementId, account, amount);
        }
        return amount;
    }

    function _post(
        bytes32 settlementId,
        Voucher calldata voucher,
        Commitment calldata commitment,
        uint256 amount,
        uint256 pool
    ) private {
        settlements[settlementId] = Posted({
            poster: msg.sender,
            settledAt: uint64(block.timestamp),
            pool: pool,
            claimed: 0,
            payoutRoot: commitment.payoutRoot,
            commitment: keccak256(
                abi.encode(
                    voucher.statementsRoot,
                    commitment.sumsRoot,
                    commitment.uRoot,
                    commitment.scoresRoot,
                    commitment.payoutRoot
                )
            )
        });
        emit Settled(
            settlementId,
            voucher.payer,
            voucher.modelId,
            msg.sender,
            voucher.nonce,
            amount,
            pool,
            voucher.statementsRoot,
            commitment
        );
    }

    function _claim(bytes32 settlementId, uint256 index, address account, uint256 amount, bytes32[] calldata proof)
        private
    {
        Posted storage posted = settlements[settlementId];
        if (posted.poster == address(0)) revert UnknownSettlement(settlementId);
        if (_claimed[settlementId].get(index)) revert AlreadyClaimed(settlementId, index);
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(index, account, amount))));
        if (!MerkleProof.verifyCalldata(proof, posted.payoutRoot, leaf)) revert BadProof();
        uint256 left = posted.pool - posted.claimed;
        if (amount > left) revert PoolExceeded(amount, left);
        _claimed[settlementId].set(index);
        posted.claimed += amount;
        emit Claimed(settlementId, account, index, amount);
        Address.sendValue(payable(account), amount);
    }
}
