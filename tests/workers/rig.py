"""Twins for the night shift's tests: a clock on which waiting takes no time, and a platform that answers as told."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from billing.errors import ErrorContext, Finding
from billing.identity import derive_id
from billing.money import Money
from billing.ports import Acceptance, Capability, Grade, Parcel, Platform, PlatformRole, Presence, UnitOfWork
from billing.submission import Absence, Submission, SubmissionContract, SubmissionKind, SubmissionState
from workers.bootstrap import Runtime
from workers.clock import SystemClock

SLUG = "acme"
ORGANISATION = derive_id("organisation", SLUG)
NOW = datetime(2026, 9, 30, 20, 0, tzinfo=UTC)


@dataclass(slots=True)
class FakeClock:
    """Starts at `NOW`; waiting moves it on, and is remembered."""

    instant: datetime = NOW
    waits: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.instant

    def wait(self, seconds: float) -> None:
        self.waits.append(round(seconds, 1))
        self.instant += timedelta(seconds=seconds)


class RigClock(SystemClock):
    """The same, where the runtime asks for its own class."""

    fake = FakeClock()

    def now(self) -> datetime:
        return self.fake.now()

    def wait(self, seconds: float) -> None:
        self.fake.wait(seconds)


@dataclass(slots=True)
class FakePlatform:
    """A connection that takes claims; `answer` is asked at each of them and may raise."""

    code: str
    answer: Callable[[Parcel], None] = lambda _parcel: None
    received: list[str] = field(default_factory=list)
    answers: bool = True

    @property
    def platform(self) -> Platform:
        return Platform(
            code=self.code,
            display_name=self.code,
            operator="nobody",
            role=PlatformRole.FUNDER,
            capabilities=frozenset({Capability.SUBMITS_CLAIMS}),
            contract=SubmissionContract(absence=Absence.REFUSES_DUPLICATES),
            grade=Grade.BRONZE,
            source="tests",
            answers=self.answers,
        )

    def check(self) -> tuple[Finding, ...]:
        return ()

    def close(self) -> None:
        """Nothing to let go of."""

    def submit_claim(self, parcel: Parcel) -> Acceptance:
        self.received.append(parcel.business_key)
        self.answer(parcel)
        return Acceptance(reference=f"R-{parcel.business_key}", final=True)

    def find_claim(self, parcel: Parcel) -> Presence:
        return Presence(found=parcel.business_key in self.received, reference=f"R-{parcel.business_key}")


def context(platform: str) -> ErrorContext:
    return ErrorContext(platform=platform, subject="FA-1")


def rig(runtime: Runtime, *platforms: FakePlatform, workers: int = 1) -> FakeClock:
    """Put twins in a runtime: the platforms, parcels made of nothing, and a clock."""
    clock = RigClock(runtime.settings.today)
    RigClock.fake = FakeClock()
    runtime.clock = clock
    runtime.settings = runtime.settings.model_copy(update={"workers": workers})
    runtime.engine = replace(runtime.engine, clock=clock, make_parcel=parcel_of)
    for platform in platforms:
        runtime._connections[SLUG, platform.code] = platform
    return RigClock.fake


def parcel_of(uow: UnitOfWork, row: Submission) -> Parcel:
    return Parcel(
        submission_id=row.id,
        business_key=row.business_key,
        number="FA-1",
        issue_on=NOW.date(),
        amount=Money(100),
        net=Money(100),
        vat=Money(0),
        document=b"",
        document_name="",
        buyer=None,
        seller=None,
        facts={},
    )


def a_row(platform: str, key: str, *, due_in_seconds: int = 0, **changes: object) -> Submission:
    made = Submission(
        id=derive_id("submission", platform, key),
        kind=SubmissionKind.CLAIM,
        subject_id=derive_id("claim", key),
        platform=platform,
        business_key=key,
        state=SubmissionState.READY,
        not_before=NOW + timedelta(seconds=due_in_seconds),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def put_rows(runtime: Runtime, *rows: Submission) -> None:
    with runtime.books.open_books(ORGANISATION, "test") as uow:
        uow.submissions.add(*rows)
        uow.commit()


def states(runtime: Runtime) -> dict[str, str]:
    """Tell the state of every submission, by business key."""
    with runtime.books.open_books(ORGANISATION, "test", read_only=True) as uow:
        return {row.business_key: row.state.value for row in uow.submissions.stream()}
