// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IChallenges} from "./interfaces/IChallenges.sol";
import {IDatanets} from "./interfaces/IDatanets.sol";
import {IModels} from "./interfaces/IModels.sol";
import {IParams} from "./interfaces/IParams.sol";
import {ISupport} from "./interfaces/ISupport.sol";
import {Body, ModelRoots, Node, Posting, Voucher} from "./libraries/Game.sol";
import {SumTrees} from "./libraries/SumTrees.sol";
import {Purse} from "./parts/Purse.sol";

/// @title Settlement: fees from payers' deposits to those whose records made the answers
/// @notice A payer deposits OPEN and signs, off the chain, ever larger totals for a model, and what was asked. The
///         model's builder or an accepted contributor posts the latest voucher with a bond and the roots of all that
///         follows from it. While the window is open, one opened leaf that does not follow brings it down; after it,
///         each contributor's part is paid against a path in the payout tree. The whole game is GAME.md.
/// @dev No owner, no upgrade, and no way to money but: a payer's deposit by the payer's signature or the payer's own
///      refund; a settlement's pool by a path under its payout root; earned amounts by the account that earned them.
///      A settlement is named by the hash of all that it says: one word is kept, the rest is brought along.
contract Settlement is EIP712, Purse {
    using SafeCast for uint256;

    struct ClaimData {
        bytes32 bodyHash;
        uint256 index;
        address account;
        uint256 amount;
        Node[] path;
    }

    /// @dev What is settled between a payer and a model, and until when the present settlement can fall.
    struct Channel {
        uint128 settled;
        uint64 nonce;
        uint64 busyUntil;
    }

    struct Posted {
        uint64 claimableAt;
        uint64 serial;
        uint8 status;
        bool demanded;
    }

    struct Demand {
        address demander;
        uint64 deadline;
        bool settled;
    }

    uint256 public constant BASIS = 10_000;
    uint256 public constant MAX_PAYOUT_DEPTH = 32;
    uint8 public constant POSTED = 1;
    uint8 public constant FINISHED = 2;
    uint8 public constant VOID = 3;
    /// @notice In `Voided`: a demand was not answered.
    uint8 public constant UNANSWERED = 0;
    bytes32 public constant VOUCHER_TYPEHASH = keccak256(
        "Voucher(address payer,uint256 modelId,bytes32 packageHash,uint64 first,uint64 nonce,uint128 totalFee,bytes32 statementsRoot,bytes32 sumsRoot)"
    );
    uint256 private constant BODY_SIZE = 29 * 32;

    IModels public immutable models;
    IDatanets public immutable datanets;
    IParams public immutable params;
    ISupport public immutable support;
    IChallenges public immutable challenges;

    /// @notice The serial number of the next settlement; from 1, so that the first one costs no more than others.
    uint256 public nextSerial = 1;
    mapping(address payer => mapping(uint256 modelId => Channel)) public channels;
    mapping(bytes32 id => Posted) public settlements;
    /// @notice Bit `serial % 256` of word `serial / 256` of an account: its part of that settlement is paid.
    mapping(address account => mapping(uint256 word => uint256)) public claimed;
    /// @notice The block in which a hash was first announced.
    mapping(bytes32 hash => uint256) public announced;
    mapping(bytes32 demandKey => Demand) public demands;
    /// @notice Whose settlement fell posts no other until then, so that nobody keeps a channel busy with false ones.
    mapping(address poster => uint256) public barredUntil;

    event Settled(
        bytes32 indexed id, address indexed payer, uint256 indexed modelId, Body body, bytes32 payoutHash
    );
    event Claimed(bytes32 indexed id, address indexed account, uint256 amount);
    event Finished(bytes32 indexed id);
    event Announced(bytes32 indexed hash, address indexed challenger);
    event Voided(bytes32 indexed id, address indexed challenger, uint8 kind);
    event Demanded(bytes32 indexed id, address indexed demander, uint8 kind, uint256 index, uint64 deadline);
    event Answered(bytes32 indexed id, uint8 kind, uint256 index, bytes answer);
    event FeeReturned(bytes32 indexed id, address indexed demander, uint256 amount);

    error NotParty(address who);
    error Barred(uint256 until);
    error BadSignature();
    error UnknownPackage(bytes32 packageHash);
    error BadRange(uint256 first, uint256 nonce, uint256 latest);
    error ChannelBusy(uint256 until);
    error WrongAmount(uint256 amount, uint256 expected);
    error WrongPool(uint256 pool, uint256 expected);
    error WrongValue(uint256 sent, uint256 expected);
    error BadDepth(uint256 depth);
    error EmptyRoot();
    error UnknownSettlement(bytes32 id);
    error NotFinal(uint256 claimableAt);
    error Final(uint256 claimableAt);
    error AlreadyFinished(bytes32 id);
    error AlreadyClaimed(bytes32 id, address account);
    error NotAnnounced(bytes32 hash);
    error AlreadyAnnounced(bytes32 hash);
    error NothingShown();
    error NotDemandable(uint8 kind, uint256 index);
    error AlreadyDemanded(bytes32 demandKey);
    error NoDemand(bytes32 demandKey);
    error DeadlinePassed(uint256 deadline);
    error DeadlineAhead(uint256 deadline);
    error WrongAnswer();

    constructor(
        IModels models_,
        IDatanets datanets_,
        IParams params_,
        ISupport support_,
        IChallenges challenges_
    ) EIP712("OpenLedger Settlement", "1") {
        if (
            address(models_) == address(0) || address(datanets_) == address(0) || address(params_) == address(0)
                || address(support_) == address(0) || address(challenges_) == address(0)
        ) revert ZeroAddress();
        models = models_;
        datanets = datanets_;
        params = params_;
        support = support_;
        challenges = challenges_;
    }

    /// @notice Post a payer's latest voucher with the roots of all that follows from it. The value sent is the bond.
    /// @param voucher as the payer signed it (EIP-712; accounts with code by ERC-1271)
    /// @param posting roots and scales
    /// @param amount wei settled now: the voucher's total less what was settled before
    /// @return id keccak256(body hash, payout root)
    function settle(Voucher calldata voucher, bytes calldata signature, Posting calldata posting, uint256 amount)
        external
        payable
        nonReentrant
        returns (bytes32 id)
    {
        if (block.timestamp < barredUntil[msg.sender]) revert Barred(barredUntil[msg.sender]);
        Body memory body;
        _divide(body, voucher, amount);
        if (posting.pool != body.pool) revert WrongPool(posting.pool, body.pool);
        _takeTerms(body, amount);
        _spend(body, voucher, amount);
        if (!SignatureChecker.isValidSignatureNow(voucher.payer, voucherDigest(voucher), signature)) {
            revert BadSignature();
        }
        _take(body, voucher, posting);
        bytes32 bodyHash;
        assembly ("memory-safe") {
            bodyHash := keccak256(body, BODY_SIZE)
        }
        bytes32 payoutRoot = SumTrees.rootOf(posting.payoutHash, body.pool, posting.payoutDepth);
        id = keccak256(abi.encode(bodyHash, payoutRoot));
        settlements[id] = Posted(body.settledAt + body.window, body.serial, POSTED, false);
        emit Settled(id, voucher.payer, voucher.modelId, body, posting.payoutHash);
    }

    /// @notice Pay one leaf of a final settlement to its account. Anyone may send it; the money goes to `account`.
    /// @param bodyHash keccak256 of the settlement's body
    /// @param index the leaf's position, `amount` its sum
    /// @param path siblings from the leaf up
    function claim(bytes32 bodyHash, uint256 index, address account, uint256 amount, Node[] calldata path)
        external
        nonReentrant
    {
        _claim(bodyHash, index, account, amount, path);
        Address.sendValue(payable(account), amount);
    }

    /// @notice Several claims in one transaction, all or none. What follows each other for one account is paid in one.
    function claimMany(ClaimData[] calldata claims) external nonReentrant {
        uint256 due;
        for (uint256 i = 0; i < claims.length; ++i) {
            ClaimData calldata one = claims[i];
            _claim(one.bodyHash, one.index, one.account, one.amount, one.path);
            due += one.amount;
            if (i + 1 == claims.length || claims[i + 1].account != one.account) {
                Address.sendValue(payable(one.account), due);
                due = 0;
            }
        }
    }

    /// @notice Hand out bond and parts of a final settlement. Anyone may, once; claims do not wait for it.
    function finish(Body calldata body, bytes32 payoutRoot) external nonReentrant {
        bytes32 id = idOf(body, payoutRoot);
        Posted storage posted = settlements[id];
        if (posted.status == FINISHED) revert AlreadyFinished(id);
        if (posted.status != POSTED) revert UnknownSettlement(id);
        if (block.timestamp < posted.claimableAt) revert NotFinal(posted.claimableAt);
        posted.status = FINISHED;
        emit Finished(id);
        _earn(id, body.poster, body.bond);
        _earn(id, body.builder, body.builderPart);
        if (body.treasuryPart != 0) _earn(id, params.treasury(), body.treasuryPart);
        if (body.supportersPart != 0) support.reward{value: body.supportersPart}(body.modelId);
    }

    /// @notice Say that a challenge will come, without saying which: nobody can copy what is not yet said.
    /// @param hash keccak256(abi.encode(challenger, id, kind, keccak256(evidence), salt))
    function announce(bytes32 hash) external {
        if (announced[hash] != 0) revert AlreadyAnnounced(hash);
        announced[hash] = block.number;
        emit Announced(hash, msg.sender);
    }

    /// @notice Show that an open settlement is false, announced in an earlier block. It falls; half of its bond is the
    ///         challenger's.
    /// @param roots what the settlement's package is registered with
    /// @param kind see `IChallenges.proves`
    function challenge(
        Body calldata body,
        bytes32 payoutRoot,
        ModelRoots calldata roots,
        uint8 kind,
        bytes calldata evidence,
        bytes32 salt
    ) external nonReentrant {
        bytes32 id = idOf(body, payoutRoot);
        Posted storage posted = _open(id);
        bytes32 hash = keccak256(abi.encode(msg.sender, id, kind, keccak256(evidence), salt));
        if (announced[hash] == 0 || announced[hash] == block.number) revert NotAnnounced(hash);
        delete announced[hash];
        if (!challenges.proves(body, payoutRoot, roots, kind, evidence)) revert NothingShown();
        _void(id, posted, body, msg.sender, kind);
    }

    /// @notice Ask the poster of an open settlement for one leaf, within the first window. The value sent is the fee.
    /// @param kind, index see `IChallenges.demandable`
    function demand(
        Body calldata body,
        bytes32 payoutRoot,
        ModelRoots calldata roots,
        uint8 kind,
        uint256 index
    ) external payable nonReentrant {
        bytes32 id = idOf(body, payoutRoot);
        Posted storage posted = _open(id);
        uint256 end = uint256(body.settledAt) + body.window;
        if (block.timestamp >= end) revert DeadlinePassed(end);
        if (msg.value != body.demandFee) revert WrongValue(msg.value, body.demandFee);
        if (!challenges.demandable(body, roots, kind, index)) revert NotDemandable(kind, index);
        bytes32 key = demandKey(id, kind, index);
        if (demands[key].demander != address(0)) revert AlreadyDemanded(key);
        uint64 deadline = uint64(block.timestamp + body.window / 2);
        demands[key] = Demand(msg.sender, deadline, false);
        if (!posted.demanded) {
            end += body.window;
            (posted.demanded, posted.claimableAt) = (true, uint64(end));
            channels[body.payer][body.modelId].busyUntil = uint64(end);
            _hold(deposits[body.payer], end);
        }
        emit Demanded(id, msg.sender, kind, index, deadline);
    }

    /// @notice Give the leaf demanded, before the deadline. Anyone may; the fee is the poster's.
    /// @param leaf see `IChallenges.answers`
    function answer(
        Body calldata body,
        bytes32 payoutRoot,
        ModelRoots calldata roots,
        uint8 kind,
        uint256 index,
        bytes calldata leaf
    ) external nonReentrant {
        bytes32 id = idOf(body, payoutRoot);
        _open(id);
        Demand storage demanded = _demanded(id, kind, index);
        if (block.timestamp >= demanded.deadline) revert DeadlinePassed(demanded.deadline);
        if (!challenges.answers(body, payoutRoot, roots, kind, index, leaf)) revert WrongAnswer();
        demanded.settled = true;
        emit Answered(id, kind, index, leaf);
        _earn(id, body.poster, body.demandFee);
    }

    /// @notice End a demand that was not answered: while the settlement is open it falls. The demander gets the fee
    ///         back, here and when the settlement fell otherwise. Anyone may send it.
    function expire(Body calldata body, bytes32 payoutRoot, uint8 kind, uint256 index) external nonReentrant {
        bytes32 id = idOf(body, payoutRoot);
        Demand storage demanded = _demanded(id, kind, index);
        Posted storage posted = settlements[id];
        demanded.settled = true;
        emit FeeReturned(id, demanded.demander, body.demandFee);
        _earn(id, demanded.demander, body.demandFee);
        if (posted.status != POSTED || block.timestamp >= posted.claimableAt) return;
        if (block.timestamp < demanded.deadline) revert DeadlineAhead(demanded.deadline);
        _void(id, posted, body, demanded.demander, UNANSWERED);
    }

    /// @notice Whether an account's part of the settlement with this serial number is paid.
    function isClaimed(address account, uint256 serial) external view returns (bool) {
        return (claimed[account][serial >> 8] >> (serial & 255)) & 1 != 0;
    }

    /// @notice The EIP-712 digest that the payer signs.
    function voucherDigest(Voucher calldata voucher) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(VOUCHER_TYPEHASH, voucher)));
    }

    /// @notice The name of a settlement that says this.
    function idOf(Body calldata body, bytes32 payoutRoot) public pure returns (bytes32) {
        bytes32 bodyHash;
        assembly ("memory-safe") {
            let copy := mload(0x40)
            calldatacopy(copy, body, BODY_SIZE)
            bodyHash := keccak256(copy, BODY_SIZE)
        }
        return keccak256(abi.encode(bodyHash, payoutRoot));
    }

    function demandKey(bytes32 id, uint8 kind, uint256 index) public pure returns (bytes32) {
        return keccak256(abi.encode(id, kind, index));
    }

    /// @dev Who gets what. Rounded down, so that what cannot be split stays in the contributors' pool.
    function _divide(Body memory body, Voucher calldata voucher, uint256 amount) private view {
        (address builder, uint256 datanetId, uint16[4] memory split, bytes32 rootsHash) =
            models.terms(voucher.modelId, voucher.packageHash);
        if (rootsHash == 0) revert UnknownPackage(voucher.packageHash);
        if (msg.sender != builder && !datanets.isContributor(datanetId, msg.sender)) revert NotParty(msg.sender);
        body.builder = builder;
        body.modelRoots = rootsHash;
        body.amount = amount.toUint128();
        body.builderPart = uint128(amount * split[1] / BASIS);
        if (split[2] != 0 && support.backed(voucher.modelId) != 0) {
            body.supportersPart = uint128(amount * split[2] / BASIS);
        }
        body.treasuryPart = uint128(amount * split[3] / BASIS);
        body.pool = body.amount - body.builderPart - body.supportersPart - body.treasuryPart;
    }

    function _takeTerms(Body memory body, uint256 amount) private {
        uint256 bond;
        uint256 bondBps;
        (body.window, bond, bondBps, body.demandFee) = params.settlementTerms();
        uint256 part = amount * bondBps / BASIS;
        if (part > bond) bond = part;
        if (msg.value != bond) revert WrongValue(msg.value, bond);
        body.bond = bond.toUint128();
        body.settledAt = uint64(block.timestamp);
        body.serial = uint64(nextSerial++);
    }

    function _spend(Body memory body, Voucher calldata voucher, uint256 amount) private {
        Channel memory channel = channels[voucher.payer][voucher.modelId];
        if (block.timestamp < channel.busyUntil) revert ChannelBusy(channel.busyUntil);
        if (voucher.nonce <= channel.nonce || voucher.first == 0 || voucher.first > channel.nonce + 1) {
            revert BadRange(voucher.first, voucher.nonce, channel.nonce);
        }
        uint256 expected = voucher.totalFee > channel.settled ? voucher.totalFee - channel.settled : 0;
        if (amount == 0 || amount != expected) revert WrongAmount(amount, expected);
        Deposit storage held = deposits[voucher.payer];
        uint256 available = held.amount;
        if (amount > available) revert InsufficientDeposit(amount, available);
        uint64 end = body.settledAt + body.window;
        held.amount = uint128(available - amount);
        _hold(held, end);
        body.previous = channel.nonce;
        channels[voucher.payer][voucher.modelId] = Channel(voucher.totalFee, voucher.nonce, end);
    }

    function _take(Body memory body, Voucher calldata voucher, Posting calldata posting) private view {
        if (voucher.statementsRoot == 0 || voucher.sumsRoot == 0 || posting.uRoot == 0 || posting.scoresRoot == 0) {
            revert EmptyRoot();
        }
        if (posting.payoutDepth > MAX_PAYOUT_DEPTH) revert BadDepth(posting.payoutDepth);
        body.poster = msg.sender;
        body.payer = voucher.payer;
        body.modelId = voucher.modelId;
        body.first = voucher.first;
        body.nonce = voucher.nonce;
        body.packageHash = voucher.packageHash;
        body.statementsRoot = voucher.statementsRoot;
        body.sumsRoot = voucher.sumsRoot;
        body.uRoot = posting.uRoot;
        body.scoresRoot = posting.scoresRoot;
        body.payoutDepth = posting.payoutDepth;
        body.e = posting.e;
        body.v = posting.v;
        body.maxLabel = posting.maxLabel;
        body.maxFeature = posting.maxFeature;
        body.normLabel = posting.normLabel;
    }

    /// @dev Marks a part as paid. A path that does not add up leads to an id that does not exist; and of all paths
    ///      that lead to one id the amounts add up to no more than its pool.
    function _claim(bytes32 bodyHash, uint256 index, address account, uint256 amount, Node[] calldata path)
        private
    {
        bytes32 leaf = keccak256(abi.encode(keccak256(abi.encode(index, account, amount))));
        (bytes32 top, uint256 pool,) = SumTrees.climb(leaf, amount, index, path);
        bytes32 id = keccak256(abi.encode(bodyHash, SumTrees.rootOf(top, pool, path.length)));
        Posted memory posted = settlements[id];
        if (posted.status != POSTED && posted.status != FINISHED) revert UnknownSettlement(id);
        if (block.timestamp < posted.claimableAt) revert NotFinal(posted.claimableAt);
        uint256 bit = 1 << (posted.serial & 255);
        uint256 word = claimed[account][posted.serial >> 8];
        if (word & bit != 0) revert AlreadyClaimed(id, account);
        claimed[account][posted.serial >> 8] = word | bit;
        emit Claimed(id, account, amount);
    }

    /// @dev A settlement that can still fall.
    function _open(bytes32 id) private view returns (Posted storage posted) {
        posted = settlements[id];
        if (posted.status != POSTED && posted.status != FINISHED) revert UnknownSettlement(id);
        if (block.timestamp >= posted.claimableAt) revert Final(posted.claimableAt);
    }

    function _demanded(bytes32 id, uint8 kind, uint256 index) private view returns (Demand storage demanded) {
        bytes32 key = demandKey(id, kind, index);
        demanded = demands[key];
        if (demanded.demander == address(0) || demanded.settled) revert NoDemand(key);
    }

    /// @dev Everything as before the settlement, but for the bond and its poster. The channel has not moved on: the
    ///      next settlement waits until this one is final.
    function _void(bytes32 id, Posted storage posted, Body calldata body, address challenger, uint8 kind) private {
        posted.status = VOID;
        deposits[body.payer].amount += body.amount;
        Channel storage channel = channels[body.payer][body.modelId];
        channel.settled -= body.amount;
        channel.nonce = body.previous;
        channel.busyUntil = 0;
        barredUntil[body.poster] = block.timestamp + 2 * uint256(body.window);
        emit Voided(id, challenger, kind);
        uint256 half = body.bond / 2;
        _earn(id, challenger, half);
        _earn(id, params.treasury(), body.bond - half);
    }
}
