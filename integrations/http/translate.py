"""The one place where what happened on the wire becomes an error that says what to do.

The question that decides is not "did it fail" but "may it have been accepted". For a read nothing can
be accepted, so a failure is retried or reported. For a write, only what certainly came before any
processing (no connection, throttling, credentials, a refusal) leaves no doubt.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from billing.errors import (
    AccessDenied,
    ContractChanged,
    ErrorContext,
    OutcomeUnknown,
    PlatformError,
    Refused,
    RetryLater,
)

UNAUTHORISED = frozenset({401, 403})
PATH_UNKNOWN = frozenset({404, 405, 406, 410, 415})
"""The contract itself is not what we think. After a write this leaves a doubt: the engine asks before it resends."""
REQUEST_TIMEOUT = 408
THROTTLED = 429
UNAVAILABLE = 503


class Mode(StrEnum):
    """Whether a request may change something on the other side."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportFailure:
    """No whole answer came. `sent` is false only when surely not one byte of the request left us."""

    reason: str
    sent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """An answer with a status that is no success; their code and label when the body told them."""

    status: int
    retry_after: timedelta | None = None
    code: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """An answer came and is not what the contract says (HTML, cut, too big, redirect, fields missing)."""

    reason: str


Problem = TransportFailure | Status | Unreadable


def translate(
    problem: Problem, *, mode: Mode, context: ErrorContext, gateway_refuses_503: bool = False
) -> PlatformError:
    """Say what to do about a problem.

    Args:
        problem: what happened.
        mode: whether the request could change something.
        context: platform, subject, transcript.
        gateway_refuses_503: the platform documents that its gateway answers 503 before any processing.
    """
    match problem:
        case TransportFailure():
            return _transport(problem, mode, context)
        case Unreadable():
            if mode is Mode.WRITE:
                return OutcomeUnknown("platform_answer_lost", context=context, reason=problem.reason)
            return ContractChanged("platform_answer_unreadable", context=context, reason=problem.reason)
        case Status():
            return _status(problem, mode, context, gateway_refuses_503)


def _transport(problem: TransportFailure, mode: Mode, context: ErrorContext) -> PlatformError:
    if mode is Mode.READ or not problem.sent:
        return RetryLater("platform_unreachable", context=context, reason=problem.reason)
    return OutcomeUnknown("platform_answer_lost", context=context, reason=problem.reason)


def _status(
    problem: Status,
    mode: Mode,
    context: ErrorContext,
    gateway_refuses_503: bool,  # noqa: FBT001 - private, passed by position from one place
) -> PlatformError:
    status = problem.status
    context = replace(context, their_code=problem.code or str(status), their_label=problem.label)
    error: PlatformError
    if status in UNAUTHORISED:
        error = AccessDenied("platform_access_denied", context=context, status=status)
    elif status == THROTTLED:
        error = RetryLater("platform_throttled", context=context, retry_after=problem.retry_after, status=status)
    elif status in PATH_UNKNOWN:
        error = ContractChanged("platform_path_unknown", context=context, status=status)
    elif status >= 500 or status == REQUEST_TIMEOUT:  # noqa: PLR2004 - the class of server errors
        if mode is Mode.READ or (status == UNAVAILABLE and gateway_refuses_503):
            error = RetryLater("platform_unavailable", context=context, retry_after=problem.retry_after, status=status)
        else:
            error = OutcomeUnknown("platform_answer_lost", context=context, reason=f"http_{status}", status=status)
    elif 400 <= status < 500:  # noqa: PLR2004 - the class of client errors
        error = Refused(
            "platform_refused", context=context, status=status, their_code=context.their_code, label=problem.label
        )
    else:
        error = translate(Unreadable(reason=f"http_{status}"), mode=mode, context=context)
    return error
