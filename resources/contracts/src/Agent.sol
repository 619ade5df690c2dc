// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title Agent: an account that a program works with, within limits that its owner sets
/// @notice The owner can do everything with the account. The agent's key can do only this: call the methods that the
///         owner named on the contracts that the owner named, with at most so much OPEN in each period; and sign
///         vouchers of models that the owner named, up to a total for each. The owner ends it with one transaction.
/// @dev What it bounds is the OPEN that leaves by calls and by vouchers. It does not bound what an allowed method does
///      with other things that the account owns: a method that moves tokens moves them whatever the cap, so it should
///      not be among the allowed. A period begins with the first spending after the one before has ended, so in any
///      stretch of time as long as a period at most twice the cap is spent.
contract Agent is IERC1271, ReentrancyGuardTransient {
    /// @dev As `Settlement` has it; see voucherDigest there.
    struct Voucher {
        address payer;
        uint256 modelId;
        bytes32 packageHash;
        uint64 first;
        uint64 nonce;
        uint128 totalFee;
        bytes32 statementsRoot;
        bytes32 sumsRoot;
    }

    /// @dev `spent` since `since`; a cap of 0 lets nothing leave by calls.
    struct Budget {
        uint128 cap;
        uint64 period;
        uint64 since;
        uint128 spent;
    }

    bytes32 public constant VOUCHER_TYPEHASH = keccak256(
        "Voucher(address payer,uint256 modelId,bytes32 packageHash,uint64 first,uint64 nonce,uint128 totalFee,bytes32 statementsRoot,bytes32 sumsRoot)"
    );
    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes4 private constant REFUSED = 0xffffffff;
    uint64 public constant MIN_PERIOD = 1 minutes;

    address public immutable owner;

    /// @notice The key of the program; zero while there is none.
    address public key;
    Budget private _budget;
    /// @notice Which method of which contract the key may call. Four zero bytes stand for a plain payment.
    mapping(address target => mapping(bytes4 selector => bool)) public allowed;
    /// @notice Up to which total the key may sign vouchers of a model, in wei.
    mapping(address settlement => mapping(uint256 modelId => uint256)) public voucherLimit;

    event KeySet(address indexed key);
    event Killed(address indexed key);
    event BudgetSet(uint128 cap, uint64 period);
    event AllowedSet(address indexed target, bytes4 indexed selector, bool active);
    event VoucherLimitSet(address indexed settlement, uint256 indexed modelId, uint256 limit);
    event Executed(address indexed by, address indexed target, bytes4 indexed selector, uint256 value);
    event Received(address indexed from, uint256 amount);

    error ZeroAddress();
    error NotOwner(address who);
    error NotAllowed(address who, address target, bytes4 selector);
    error OverCap(uint256 value, uint256 left);
    error BadPeriod(uint64 period);
    error BadCall(uint256 length);

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        _;
    }

    /// @param cap wei that may leave by calls in each `period` of seconds
    constructor(address owner_, address key_, uint128 cap, uint64 period) payable {
        if (owner_ == address(0)) revert ZeroAddress();
        owner = owner_;
        _setKey(key_);
        _setBudget(cap, period);
    }

    receive() external payable {
        emit Received(msg.sender, msg.value);
    }

    /// @notice A call with this account as its sender: of any kind by the owner, within the limits by the key. When
    ///         the call fails, so does this, with the same words, and nothing is spent.
    /// @return result what the call returned
    function execute(address target, uint256 value, bytes calldata data)
        external
        nonReentrant
        returns (bytes memory result)
    {
        bytes4 selector = data.length < 4 ? bytes4(0) : bytes4(data);
        if (msg.sender != owner) _spend(target, selector, value, data.length);
        emit Executed(msg.sender, target, selector, value);
        if (data.length != 0) return Address.functionCallWithValue(target, data, value);
        Address.sendValue(payable(target), value);
    }

    /// @notice The owner takes OPEN out.
    function withdraw(address to, uint256 amount) external onlyOwner nonReentrant {
        if (to == address(0)) revert ZeroAddress();
        Address.sendValue(payable(to), amount);
    }

    /// @notice From this transaction on the key can do nothing, and what it signed and nobody has posted is worth
    ///         nothing. Limits stay as they are; `setKey` begins again.
    function kill() external onlyOwner {
        emit Killed(key);
        key = address(0);
    }

    /// @notice Another key in place of the present one.
    function setKey(address key_) external onlyOwner {
        _setKey(key_);
    }

    /// @notice Another cap and period; what is spent in the present one still counts.
    function setBudget(uint128 cap, uint64 period) external onlyOwner {
        _setBudget(cap, period);
    }

    /// @notice Let the key call methods of a contract, or no longer.
    function setAllowed(address target, bytes4[] calldata selectors, bool active) external onlyOwner {
        for (uint256 i = 0; i < selectors.length; ++i) {
            allowed[target][selectors[i]] = active;
            emit AllowedSet(target, selectors[i], active);
        }
    }

    /// @notice Let the key sign vouchers of a model up to a total of `limit` wei since its first call; 0 ends it.
    function setVoucherLimit(address settlement, uint256 modelId, uint256 limit) external onlyOwner {
        voucherLimit[settlement][modelId] = limit;
        emit VoucherLimitSet(settlement, modelId, limit);
    }

    /// @notice ERC-1271, for vouchers alone: says yes only while all of this holds. `signature` is
    ///         abi.encode(settlement, voucher, 65 bytes of the key); the voucher is this account's and its digest under
    ///         that settlement's domain is `digest`; its total is within the limit of settlement and model.
    /// @dev Never reverts on a voucher of the right form; malformed data reverts, which callers take for a no. The
    ///      owner's own signature is not taken: the owner acts by `execute`.
    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4) {
        (address settlement, Voucher memory voucher, bytes memory signed) =
            abi.decode(signature, (address, Voucher, bytes));
        if (key == address(0) || voucher.payer != address(this)) return REFUSED;
        if (voucher.totalFee > voucherLimit[settlement][voucher.modelId]) return REFUSED;
        if (voucherDigest(settlement, voucher) != digest) return REFUSED;
        (address signer, ECDSA.RecoverError problem,) = ECDSA.tryRecover(digest, signed);
        if (problem != ECDSA.RecoverError.NoError || signer != key) return REFUSED;
        return IERC1271.isValidSignature.selector;
    }

    /// @notice What the key signs for a voucher of the settlement contract at `settlement` on this chain.
    function voucherDigest(address settlement, Voucher memory voucher) public view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                DOMAIN_TYPEHASH, keccak256("OpenLedger Settlement"), keccak256("1"), block.chainid, settlement
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, keccak256(abi.encode(VOUCHER_TYPEHASH, voucher))));
    }

    /// @notice Cap and period, and what the key may still spend now, in wei.
    function budget() external view returns (uint128 cap, uint64 period, uint256 left) {
        Budget memory now_ = _budget;
        uint256 spent = block.timestamp >= uint256(now_.since) + now_.period ? 0 : now_.spent;
        return (now_.cap, now_.period, spent < now_.cap ? now_.cap - spent : 0);
    }

    function _spend(address target, bytes4 selector, uint256 value, uint256 length) private {
        if (length != 0 && length < 4) revert BadCall(length);
        bool plain = length == 0;
        if (msg.sender != key || target == address(this) || !allowed[target][selector] || plain != (selector == 0)) {
            revert NotAllowed(msg.sender, target, selector);
        }
        if (value == 0) return;
        Budget memory now_ = _budget;
        if (block.timestamp >= uint256(now_.since) + now_.period) {
            now_.since = uint64(block.timestamp);
            now_.spent = 0;
        }
        uint256 left = now_.spent < now_.cap ? now_.cap - now_.spent : 0;
        if (value > left) revert OverCap(value, left);
        now_.spent += uint128(value); // at most the cap
        _budget = now_;
    }

    function _setKey(address key_) private {
        if (key_ == address(0)) revert ZeroAddress();
        key = key_;
        emit KeySet(key_);
    }

    function _setBudget(uint128 cap, uint64 period) private {
        if (period < MIN_PERIOD) revert BadPeriod(period);
        _budget.cap = cap;
        _budget.period = period;
        emit BudgetSet(cap, period);
    }
}
