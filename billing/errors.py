"""The error tree: each class is named by what its catcher must do.

Errors carry a code and typed values. The French sentence for a code lives in `billing/texts/*.toml`
(a platform's own words come from its adapter); `str(error)` is for logs only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

Value = str | int | bool | None
Values = Mapping[str, Value]
NO_VALUES: Values = MappingProxyType({})


class Severity(StrEnum):
    """How much a finding weighs before something is sent."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"
    """Something to know: what was checked is not wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong with a piece of input or a document, as a value: never raised, always kept.

    Attributes:
        code: stable snake_case code; its French sentence is in `billing/texts`.
        where: file, line, column or path to the faulty place; empty when it concerns the whole.
        values: what the sentence needs; never a name, an NIR or an IBAN in full.
    """

    code: str
    where: str = ""
    severity: Severity = Severity.ERROR
    values: Values = field(default_factory=lambda: NO_VALUES)


class QuitusError(Exception):
    """What happened, to which object, and what to do about it.

    Attributes:
        code: stable snake_case code; its French sentence is in `billing/texts`.
        values: what the sentence needs.
    """

    def __init__(self, code: str, /, **values: Value) -> None:
        """Keep the code and the values; the log line is `code key=value …`."""
        self.code = code
        self.values: Values = MappingProxyType(values)
        super().__init__(" ".join([code, *(f"{key}={value!r}" for key, value in values.items())]))


class InvalidInput(QuitusError):
    """The value or file given cannot be used: correct it where the message points, and give it again."""


class NotFound(QuitusError):
    """No such object in these books: check the number or the organisation."""


class InvalidInvoice(QuitusError):
    """Our own data cannot make a valid invoice: never sent; the gestionnaire corrects each finding."""

    def __init__(self, code: str, /, findings: tuple[Finding, ...] = (), **values: Value) -> None:
        """Keep every finding, so that all of them can be mended at once."""
        super().__init__(code, **values)
        self.findings = findings


class IllegalTransition(QuitusError):
    """A state was asked to move where it cannot: a bug or a race. Stop, change nothing."""


class BrokenBooks(QuitusError):
    """An invariant of the books would be broken: the act is refused whole. Stop, change nothing."""


class Conflict(QuitusError):
    """Somebody else changed or created the same thing first: read again, then decide."""


class Misconfigured(QuitusError):
    """The settings cannot work: found at start, all problems at once."""

    def __init__(self, code: str, /, findings: tuple[Finding, ...] = (), **values: Value) -> None:
        """Keep every problem found."""
        super().__init__(code, **values)
        self.findings = findings


class Locked(QuitusError):
    """Another engine works on this home: wait for it, or stop it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorContext:
    """Where a platform error comes from."""

    platform: str
    subject: str = ""
    transcript: str = ""
    their_code: str = ""
    their_label: str = ""
    extra: Values = field(default_factory=lambda: NO_VALUES)


class PlatformError(QuitusError):
    """A platform did not do what we asked. Always raised from its cause; subclasses say what to do."""

    def __init__(self, code: str, /, *, context: ErrorContext, **values: Value) -> None:
        """Keep the platform, the object concerned and the reference of the recorded exchange."""
        super().__init__(code, platform=context.platform, **values)
        self.context = context


class RetryLater(PlatformError):
    """Nothing was accepted: safe to send again, after `retry_after` when the platform said so."""

    def __init__(
        self,
        code: str,
        /,
        *,
        context: ErrorContext,
        retry_after: timedelta | None = None,
        **values: Value,
    ) -> None:
        """Keep the delay that the platform asked for, None when it gave none."""
        super().__init__(code, context=context, **values)
        self.retry_after = retry_after


class OutcomeUnknown(PlatformError):
    """It may have been accepted: never send again; ask the platform by our reference."""


class Refused(PlatformError):
    """They said no, with their code and label (in the context): correct, then prepare anew."""


class AccessDenied(PlatformError):
    """Credentials or rights: this platform pauses, the others run. Mend the credentials."""


class ContractChanged(PlatformError):
    """The answer can no longer be read: this platform pauses until its adapter is mended."""


class NotSupported(PlatformError):
    """The platform has no such capability: offer the portal path instead."""
