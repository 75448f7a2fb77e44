"""A virtual world for the submission engine: clock, books, platform and processes, all in memory and by seed.

What runs is the product's own code (`billing.usecases.submit.carry`, hence `billing.submission.step`); what is virtual
is around it. A run is decided by its seed alone and replays exactly.

How things overlap: wherever a process lets go (a crash point, a request), the world may stall it for longer than every
lease, and have other threads or hosts take turns meanwhile; or it may kill it. A request that has left arrives whatever
becomes of its sender. So every order of commits and arrivals that a real machine could show can be drawn.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

from billing.errors import (
    ErrorContext,
    OutcomeUnknown,
    PlatformError,
    Refused,
    RetryLater,
)
from billing.identity import derive_id
from billing.money import Money
from billing.ports import Acceptance, Parcel, Presence, UnitOfWork
from billing.submission import (
    DUE_STATES,
    Absence,
    Submission,
    SubmissionContract,
    SubmissionKind,
    SubmissionState,
    is_due,
)
from billing.usecases.submit import Engine, carry

BEGIN = datetime(2026, 11, 3, 21, 0, tzinfo=UTC)
PATIENCE = timedelta(seconds=60)
PROMISED = SubmissionContract(absence=Absence.BOUNDED_LISTING)
"""The delays that the product ships; the kind of absence differs from run to run."""
CONTEXT = ErrorContext(platform="virtual")
LATEST_BYTE = timedelta(minutes=30)
"""How long a process may be stopped between two instructions."""


HOLDING_THE_LOCK = {"before_claim_commit", "before_conclude_commit"}
"""Points inside a transaction that writes: whoever wants the row waits for it."""


class Killed(BaseException):
    """Stands for SIGKILL: nothing may catch it."""


@dataclass(slots=True)
class Clock:
    """Virtual time; it moves only when the world moves it."""

    instant: datetime = BEGIN

    def now(self) -> datetime:
        return self.instant

    def today(self) -> date:
        return self.instant.date()

    def pass_by(self, span: timedelta) -> None:
        self.instant += span


# --- the books -------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Books:
    """Rows and attempts; a transaction sees its own writes, and nothing of it is left unless it commits."""

    rows: dict[str, Submission] = field(default_factory=dict)
    attempts: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By submission, then by id."""

    @contextmanager
    def open_books(self, organisation_id: str, actor: str, *, read_only: bool = False) -> Iterator[UnitOfWork]:
        assert organisation_id
        assert actor
        yield cast("UnitOfWork", Transaction(self, read_only=read_only))


class Transaction:
    """As much of a unit of work as carrying needs."""

    def __init__(self, books: Books, *, read_only: bool) -> None:
        self._books = books
        self._read_only = read_only
        self._rows: dict[str, Submission] = {}
        self._attempts: list[Any] = []
        self.submissions = self
        self.attempts = Attempts(books, self._attempts)
        self.claims = Nothing()

    def get(self, id_: str, *, lock: bool = False) -> Submission | None:
        assert not (lock and self._read_only)
        return self._rows.get(id_) or self._books.rows.get(id_)

    def put(self, row: Submission) -> None:
        assert not self._read_only
        self._rows[row.id] = row

    def record(self, **_said: object) -> None:
        """Journal nothing: no run reads it."""

    def commit(self) -> None:
        self._books.rows.update(self._rows)
        for attempt in self._attempts:
            self._books.attempts.setdefault(attempt.submission_id, {})[attempt.id] = attempt


class Attempts:
    """The attempts of a transaction."""

    def __init__(self, books: Books, waiting: list[Any]) -> None:
        self._books = books
        self._waiting = waiting

    def find(self, *, submission_id: str, owner: str | None = None) -> list[Any]:
        kept = self._books.attempts.get(submission_id, {}).values()
        return [item for item in kept if owner is None or item.owner == owner]

    def add(self, attempt: object) -> None:
        self._waiting.append(attempt)

    put = add


class Nothing:
    """A repository that holds nothing: what a submission carries is no matter here."""

    def get(self, _id: str, *, lock: bool = False) -> None:
        assert lock


# --- the platform ----------------------------------------------------------------------------------------

FAULTS = {
    "accept_then_lost": 0.12,
    "late_accept": 0.08,
    "drop_before": 0.08,
    "refuse_503": 0.08,
    "throttle": 0.06,
    "refused": 0.02,
}
"""About 44 % of what is sent goes wrong."""


@dataclass(slots=True)
class Platform:
    """Their side: what arrived, when it may be seen, and whether a second copy is refused.

    Attributes:
        accepted: how often each business key was accepted: the judge.
        in_flight: what has left its sender and arrives at this instant.
        visible: since when a key may be found.
    """

    rng: random.Random
    clock: Clock
    absence: Absence
    contract: SubmissionContract
    accepted: dict[str, int] = field(default_factory=dict)
    refused_duplicates: int = 0
    in_flight: list[tuple[datetime, str]] = field(default_factory=list)
    visible: dict[str, datetime] = field(default_factory=dict)
    by_hand: bool = False
    calm: bool = False
    meanwhile: Any = None
    """Called while a request is on its way: others may work, the sender may die."""

    def send(self, _kind: SubmissionKind, parcel: Parcel) -> Acceptance:
        fault = self._fault()
        took = self.contract.deadline * self.rng.random()
        key = parcel.business_key
        if fault in {"refuse_503", "throttle"}:
            self.clock.pass_by(took / 10)
            raise RetryLater(fault, context=CONTEXT, retry_after=timedelta(seconds=30) if fault == "throttle" else None)
        if fault == "refused":
            self.clock.pass_by(took)
            raise Refused("refused", context=CONTEXT)
        if fault != "drop_before":
            late = self.contract.listing_delay * 0.9 * self.rng.random() if fault == "late_accept" else timedelta()
            self.in_flight.append((self.clock.now() + took + late, key))
        if self.meanwhile is not None:
            self.meanwhile("request")
        self.clock.pass_by(took)
        self.settle()
        if fault or self.accepted.get(key, 0) == 0:
            raise OutcomeUnknown("lost", context=CONTEXT)
        return Acceptance(reference=f"R-{key}", final=False)

    def find(self, _kind: SubmissionKind, parcel: Parcel) -> Presence:
        if self.meanwhile is not None:
            self.meanwhile("question")
        self.clock.pass_by(self.contract.deadline * self.rng.random() / 4)
        self.settle()
        if not self.calm and self.rng.random() < 0.1:
            raise PlatformError("busy", context=CONTEXT)
        since = self.visible.get(parcel.business_key)
        if since is None or since > self.clock.now():
            return Presence(found=False)
        return Presence(found=True, reference=f"R-{parcel.business_key}")

    def settle(self) -> None:
        """Take in what has arrived by now."""
        now = self.clock.now()
        left = []
        for when, key in self.in_flight:
            if when > now:
                left.append((when, key))
            elif self.absence is Absence.REFUSES_DUPLICATES and self.accepted.get(key):
                self.refused_duplicates += 1
            else:
                self.accepted[key] = self.accepted.get(key, 0) + 1
                hidden = timedelta() if self.calm else self.contract.listing_delay * 0.1 * self.rng.random()
                self.visible[key] = min(self.visible.get(key, when + hidden), when + hidden)
        self.in_flight = left

    def _fault(self) -> str:
        if self.calm:
            return ""
        drawn = self.rng.random()
        for name, share in FAULTS.items():
            drawn -= share
            if drawn < 0:
                return name
        return ""


# --- the processes ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class Host:
    """One process with its threads; killed, it starts again under another name."""

    name: str
    holds_lock: bool
    """Embedded: nobody else may run the engine, so an owner that is not of this life is over."""
    life: int = 0
    active: set[str] = field(default_factory=set)

    def begin_again(self) -> None:
        self.life += 1
        self.active.clear()

    def is_over(self, owner: str) -> bool:
        return owner not in self.active if self.holds_lock else False


@dataclass(slots=True)
class World:
    """One run."""

    seed: int
    absence: Absence = Absence.REFUSES_DUPLICATES
    hosts: int = 1
    rows: int = 20
    kill_rate: float = 0.02
    stall_rate: float = 0.02
    depth_max: int = 2
    rng: random.Random = field(init=False)
    clock: Clock = field(init=False)
    books: Books = field(init=False)
    platform: Platform = field(init=False)
    machines: list[Host] = field(init=False)
    contract: SubmissionContract = field(init=False)
    turns: int = 0
    kills: int = 0
    stalls: int = 0
    nights: int = 0
    calm: bool = False
    _depth: int = 0
    _dying: bool = False
    """A process is being taken down: what its code passes on the way out happens no more."""
    _host: Host = field(init=False)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)  # noqa: S311 - a seed that replays, not a secret
        self.clock = Clock()
        self.books = Books()
        contract = replace(PROMISED, absence=self.absence)
        self.platform = Platform(self.rng, self.clock, self.absence, contract)
        self.platform.meanwhile = self._let_go
        self.contract = contract
        self.machines = [Host(f"host{number}", holds_lock=self.hosts == 1) for number in range(self.hosts)]
        self._host = self.machines[0]
        for number in range(self.rows):
            key = f"K{number}"
            row = Submission(
                id=derive_id("submission", "virtual", key),
                kind=SubmissionKind.CLAIM,
                subject_id=key,
                platform="virtual",
                business_key=key,
                state=SubmissionState.READY,
                not_before=BEGIN,
            )
            self.books.rows[row.id] = row

    # --- driving ---

    def run(self, nights: int = 4) -> "World":
        """Some nights with faults, then calm ones until nothing moves any more."""
        for _ in range(nights):
            self.night()
            self.clock.pass_by(timedelta(hours=12))
        self.calm = self.platform.calm = True
        for _ in range(40):
            self.night()
            self.clock.pass_by(timedelta(days=1))
            if not any(row.state in DUE_STATES for row in self.books.rows.values()):
                break
        self.platform.settle()
        return self

    def night(self) -> None:
        """Turn after turn, until nothing is due within the night's patience."""
        self.nights += 1
        waited = timedelta()
        while True:
            due = [row.id for row in self.books.rows.values() if is_due(row, self.clock.now())]
            if not due:
                pause = self._next_pause()
                if pause is None or waited + pause > PATIENCE:
                    return
                waited += pause
                self.clock.pass_by(pause)
                continue
            self.rng.shuffle(due)
            for id_ in due:
                self._top_turn(id_)

    def _top_turn(self, id_: str) -> None:
        self._host = self.rng.choice(self.machines)
        try:
            self._turn(id_)
        except Killed:
            self._depth, self._dying = 0, False
            self.clock.pass_by(timedelta(seconds=1))

    def _next_pause(self) -> timedelta | None:
        instants = []
        for row in self.books.rows.values():
            if row.state in {SubmissionState.SENDING, SubmissionState.CHECKING}:
                instants.append(row.lease_until or self.clock.now())
            elif row.state in DUE_STATES:
                instants.append(row.not_before)
        if not instants:
            return None
        return max(min(instants) - self.clock.now(), timedelta()) + timedelta(milliseconds=20)

    def _turn(self, id_: str) -> None:
        self.turns += 1
        host = self._host
        owner = f"{host.name}.{host.life}:{self.turns}"
        host.active.add(owner)
        engine = Engine(
            open_books=self.books.open_books,
            clock=self.clock,
            make_parcel=parcel_of,
            owner_is_over=host.is_over,
            crash_point=self._let_go,
        )
        try:
            carry(
                engine,
                "org",
                id_,
                owner=owner,
                carrier=cast("Any", Spoken(self.platform, self.contract)),
                today=self.clock.today(),
            )
        finally:
            host.active.discard(owner)

    # --- what may happen whenever a process lets go ---

    def _let_go(self, point: str) -> None:
        if self.calm or self._dying:
            return
        drawn = self.rng.random()
        if drawn < self.kill_rate and point not in {"request", "question"}:
            self._kill()
        if drawn > 1 - self.stall_rate:
            self._stall(others_work=point not in HOLDING_THE_LOCK)

    def _kill(self) -> None:
        self.kills += 1
        self._host.begin_again()
        self._dying = True
        raise Killed

    def _stall(self, *, others_work: bool) -> None:
        """Stop this thread for a while; the others go on, on this host or on another one, unless they wait for it."""
        if self._depth >= self.depth_max:
            return
        self.stalls += 1
        stalled = self._host
        life = stalled.life
        self._depth += 1
        self.clock.pass_by(LATEST_BYTE * self.rng.random())
        for _ in range(self.rng.randrange(4) if others_work else 0):
            others = self.machines if len(self.machines) == 1 else [it for it in self.machines if it is not stalled]
            self._host = self.rng.choice(others)
            due = [row.id for row in self.books.rows.values() if is_due(row, self.clock.now())]
            if not due:
                break
            try:
                self._turn(self.rng.choice(due))
            except Killed:
                if len(self.machines) == 1:
                    raise
                self._dying = False
        self._depth -= 1
        self._host = stalled
        if stalled.life != life:  # killed in its sleep: it never wakes
            self._dying = True
            raise Killed

    # --- judging ---

    def billed_twice(self) -> list[str]:
        return [key for key, times in self.platform.accepted.items() if times > 1]

    def lost(self) -> list[Submission]:
        """Rows that are neither ended truly nor in front of a human."""
        wrong = []
        for row in self.books.rows.values():
            taken = self.platform.accepted.get(row.business_key, 0)
            fine = {
                SubmissionState.ACCEPTED: taken == 1,
                SubmissionState.REJECTED: taken == 0,
                SubmissionState.HUMAN: True,
            }.get(row.state, False)
            if not fine:
                wrong.append(row)
        return wrong


@dataclass(frozen=True, slots=True)
class Spoken:
    """What the engine speaks through."""

    platform: Platform
    contract: SubmissionContract
    by_hand: bool = False

    def send(self, kind: SubmissionKind, parcel: Parcel) -> Acceptance:
        return self.platform.send(kind, parcel)

    def find(self, kind: SubmissionKind, parcel: Parcel) -> Presence:
        return self.platform.find(kind, parcel)


def parcel_of(uow: UnitOfWork, row: Submission) -> Parcel:
    assert uow
    return Parcel(
        submission_id=row.id,
        business_key=row.business_key,
        number=row.business_key,
        issue_on=BEGIN.date(),
        amount=Money(100),
        net=Money(100),
        vat=Money(0),
        document=b"",
        document_name="",
        buyer=None,
        seller=None,
        facts={},
    )
