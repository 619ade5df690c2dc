"""The tree of errors. Errors carry values; `ui/text.py` is the one place that words them for people.

OpenLedgerError
├── BadInput                    what a person or a file gave us cannot be used
│   ├── BadAddress              not an account address, or its checksum is wrong
│   ├── BadAmount               not an amount of OPEN
│   ├── BadPhrase               not a recovery phrase
│   ├── BadFile                 a file that cannot be read as what it claims to be
│   └── TooLarge                more than the stated limit
├── Locked                      needs the password first
├── WrongPassword
├── Cancelled                   the person stopped the job
├── StorageError
│   ├── DatabaseCorrupt         cannot be opened or fails its integrity check
│   ├── DiskFull
│   ├── ProfileInUse            another copy of the program has this profile open
│   ├── NewerProfile            written by a newer version of the program
│   └── RolledBack              older than what the freshness counter saw
├── WorkerError                 a child process
│   ├── WorkerDied
│   ├── WorkerTimeout
│   └── WorkerLimit             went past its memory, CPU, time or message limit
├── NodeError                   the ledger node
│   ├── NodeUnreachable
│   ├── RpcError                the node answered with an error
│   ├── NotKept                 a state or a block's content that the node gave up or never had
│   ├── PortInUse               another program listens on the port
│   ├── WrongChain              another chain id or genesis than pinned
│   ├── OtherContract           one of our contracts stands there as another version of this program made it
│   ├── NoQuorum                too few endpoints agree on the newest block
│   └── HeadLost                the node no longer has the newest block that we saw
├── ProofError                  the node's word does not hold
│   ├── ProofMismatch
│   └── BadEncoding             not canonical RLP, not a trie node, ...
├── TransactionError
│   ├── InsufficientFunds
│   ├── FeeTooHigh
│   ├── Reverted                the contract refused
│   ├── NotConfirmed            not in a block within the time given
│   ├── Replaced                another transaction of the account took its place
│   └── RefusedToSign           our own validator says no
├── DatanetError                a rule of a Datanet is not met
├── ModelError
│   ├── PackageRefused          a model package that fails its structure or digest check
│   └── TooFewRecords
├── AttributionError
│   └── Uncertified             a rounding that its residual does not prove
└── EconomyError                a rule of metering, settlement or claims is not met
    ├── NonceGap                a statement or voucher out of its gapless order
    └── NothingToSettle         no call since the last settlement
"""

from __future__ import annotations


class OpenLedgerError(Exception):
    """Base of everything this program raises on purpose. Values stand in `values`, by name."""

    def __init__(self, **values: object) -> None:
        self.values = values
        super().__init__(", ".join(f"{name}={value!r}" for name, value in values.items()))

    def __getattr__(self, name: str) -> object:
        try:
            return self.__dict__["values"][name]
        except KeyError:
            raise AttributeError(name) from None

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.values))


def _rebuild(kind: type[OpenLedgerError], values: dict[str, object]) -> OpenLedgerError:
    return kind(**values)


class BadInput(OpenLedgerError):
    """`field`, `reason` (a short key such as "checksum"), and the `value` where it is not secret."""


class BadAddress(BadInput): ...


class BadAmount(BadInput): ...


class BadPhrase(BadInput): ...


class BadFile(BadInput):
    """`path`, `reason`, `line` where known."""


class TooLarge(BadInput):
    """`what`, `found`, `limit`."""


class Locked(OpenLedgerError): ...


class WrongPassword(OpenLedgerError): ...


class Cancelled(OpenLedgerError): ...


class StorageError(OpenLedgerError): ...


class DatabaseCorrupt(StorageError):
    """`path`, `reason`."""


class DiskFull(StorageError):
    """`path`."""


class ProfileInUse(StorageError):
    """`path`, `pid`."""


class NewerProfile(StorageError):
    """`found`, `known`."""


class RolledBack(StorageError):
    """`what`, `expected`, `found`."""


class WorkerError(OpenLedgerError): ...


class WorkerDied(WorkerError):
    """`name`, `code` (exit code, negative for a signal), `tail` (its last words)."""


class WorkerTimeout(WorkerError):
    """`name`, `method`, `seconds`."""


class WorkerLimit(WorkerError):
    """`name`, `what`, `limit`."""


class NodeError(OpenLedgerError): ...


class NodeUnreachable(NodeError):
    """`endpoint`, `reason`."""


class RpcError(NodeError):
    """`method`, `code`, `message` (text from outside: plain text always), `data`."""


class NotKept(NodeError):
    """`what` ("state", "body"), `block`, and the `first` block of which it is kept."""


class PortInUse(NodeError):
    """`port`."""


class WrongChain(NodeError):
    """`expected`, `found`."""


class OtherContract(NodeError):
    """`contract` (its name)."""


class NoQuorum(NodeError):
    """`needed`, `agreeing` and `endpoints` (how many there are)."""


class HeadLost(NodeError):
    """`reason` ("rolled back", "reorganised"), `known` and `found` (block numbers)."""


class ProofError(OpenLedgerError): ...


class ProofMismatch(ProofError):
    """`what`, `expected`, `found`."""


class BadEncoding(ProofError):
    """`what`, `reason`."""


class TransactionError(OpenLedgerError): ...


class InsufficientFunds(TransactionError):
    """`needed`, `available` (wei)."""


class FeeTooHigh(TransactionError):
    """`fee`, `limit` (wei)."""


class Reverted(TransactionError):
    """`reason` (custom error name or text), `tx_hash` where it was mined."""


class NotConfirmed(TransactionError):
    """`tx_hash`, `seconds`."""


class Replaced(TransactionError):
    """`tx_hash`, `by` (the hash of the one in its place)."""


class RefusedToSign(TransactionError):
    """`reason`, `field`."""


class DatanetError(OpenLedgerError):
    """`reason` (a short key), and what it concerns."""


class ModelError(OpenLedgerError):
    """`reason`."""


class PackageRefused(ModelError): ...


class TooFewRecords(ModelError):
    """`label`, `found`, `needed`."""


class AttributionError(OpenLedgerError):
    """`reason`."""


class Uncertified(AttributionError): ...


class EconomyError(OpenLedgerError):
    """`reason` (a short key), and what it concerns."""


class NonceGap(EconomyError):
    """`what`, `expected`, `found`."""


class NothingToSettle(EconomyError):
    """`payer`, `model`."""
