"""The desk of the take-in: what one batch of rows reads, and what it will write.

Everything that a batch may need is fetched by ids at once; no row makes a query. What a row writes is laid
on top, and thrown away whole when the row is refused.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

from billing.claim import Claim
from billing.errors import Finding
from billing.journal import Plain
from billing.ledger import Entry
from billing.parameters_book import ParameterBook
from billing.party import Organisation
from billing.ports import Repository, UnitOfWork
from billing.usecases.recording import keep
from billing.usecases.take_in_rows import Cells, RowRefused

T = TypeVar("T")

Look = tuple[str, str]
"""A repository of the unit of work, and an id."""

PLACES: Mapping[str, tuple[str, str]] = {
    # What a missing reference is called, and the template that brings it.
    "organisations": ("l’organisme", "organisme"),
    "sites": ("le site", "sites"),
    "funders": ("le financeur", "financeurs"),
    "employers": ("l’employeur", "employeurs"),
    "prescribers": ("le prescripteur", "prescripteurs"),
    "trainers": ("le formateur", "formateurs"),
    "learners": ("le stagiaire", "stagiaires"),
    "actions": ("l’action", "actions"),
    "sessions": ("la session", "sessions"),
    "enrolments": ("l’inscription", "inscriptions"),
    "agreements": ("l’accord", "accords"),
    "slots": ("le créneau", "creneaux"),
    "orders": ("la commande", "commandes_formateurs"),
    "entitlements": ("le droit à rémunération", "droits_remuneration"),
    "claims": ("la facture", "factures_emises"),
}


class Outcome(StrEnum):
    """What a row changed."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class _Kept:
    """A journalled claim to store."""

    before: Claim | None
    after: Claim
    type: str
    on: date


@dataclass(frozen=True, slots=True)
class _Said:
    """A journal line about a row of a file."""

    type: str
    subject: Look
    on: date
    payload: Mapping[str, Plain]


@dataclass(slots=True)
class _RowWork:
    """What one row wants to write."""

    laid: dict[Look, Any] = field(default_factory=dict)
    puts: dict[Look, None] = field(default_factory=dict)
    acts: list[_Kept | _Said | Entry] = field(default_factory=list)
    current: dict[str, Any] = field(default_factory=dict)
    notes: list[tuple[str, Finding | None]] = field(default_factory=list)
    has_new: bool = False
    has_changed: bool = False
    touched: bool = False

    @property
    def outcome(self) -> Outcome:
        """A main noun that changed says more than one that is new: the row was known before."""
        if self.has_changed:
            return Outcome.CHANGED
        if self.has_new:
            return Outcome.NEW
        return Outcome.CHANGED if self.touched else Outcome.UNCHANGED


class Desk:
    """One batch, one unit of work."""

    def __init__(
        self,
        uow: UnitOfWork,
        organisation: Organisation,
        *,
        today: date,
        source: str,
        parameters: ParameterBook | None = None,
        again: bool = False,
        read_at: datetime | None = None,
        told_on: date | None = None,
        told_at: Callable[[datetime], date | None] = lambda _seen_at: None,
        memory: dict[str, Any] | None = None,
    ) -> None:
        """Open an empty desk.

        Args:
            uow: the unit of work of this batch.
            organisation: the owner of the books, read once.
            today: day on which what is taken in takes effect, where the row gives none.
            source: stream of the file.
            parameters: dated rates and terms, None when there are none at hand.
            again: this very file was read before.
            read_at: when it was, None = never to its end.
            told_on: the day that the file itself bears, None = it bears none.
            memory: what the batches of one file share, so that it is read once for all of them.
            told_at: the day that the file bore by which something was seen at an instant, None = not known.
        """
        self.uow = uow
        self.organisation = organisation
        self.today = today
        self.source = source
        self.parameters = parameters
        self.again = again
        self.read_at = read_at
        self.told_on = told_on
        self.told_at = told_at
        self.memory = {} if memory is None else memory
        self.notes: list[tuple[str, Finding | None]] = []
        self._have: dict[Look, Any] = {}
        self._asked: set[Look] = set()
        self._puts: dict[Look, None] = {}
        self._acts: list[_Kept | _Said | Entry] = []
        self._current: dict[str, Any] = {}
        self._row = _RowWork()

    # --- reading ---

    def fetch(self, looks: Iterable[Look]) -> None:
        """Read what these rows may need, one query for each repository."""
        wanted: dict[str, set[str]] = {}
        for look in looks:
            if look not in self._asked:
                self._asked.add(look)
                wanted.setdefault(look[0], set()).add(look[1])
        for name, ids in wanted.items():
            self.remember(name, self.repository(name).find(id=tuple(sorted(ids))))

    def find(self, name: str, **equals: Any) -> list[Any]:  # noqa: ANN401 - any field's value
        """Read by other fields than ids, and remember."""
        found = self.repository(name).find(**equals)
        self.remember(name, found)
        return [self._have[name, noun.id] for noun in found]

    def remember(self, name: str, nouns: Iterable[Any]) -> None:
        """Keep what was read, unless a row of this batch has changed it already."""
        for noun in nouns:
            self._asked.add((name, noun.id))
            self._have.setdefault((name, noun.id), noun)

    def get(self, name: str, id_: str) -> Any | None:  # noqa: ANN401 - any noun
        """Give a noun as this row sees it; None when there is none."""
        look = (name, id_)
        if look in self._row.laid:
            return self._row.laid[look]
        if look not in self._asked:
            self.fetch([look])
        return self._have.get(look)

    def need(self, name: str, id_: str, field_name: str, shown: str) -> Any:  # noqa: ANN401 - any noun
        """Give a noun that must be there.

        Raises:
            RowRefused: `reference_missing`, with what to import first.
        """
        noun = self.get(name, id_)
        if noun is None:
            what, template = PLACES[name]
            raise RowRefused("reference_missing", field_name, what=what, shown=shown[:60], file=f"{template}.csv")
        return noun

    def repository(self, name: str) -> Repository[Any]:
        """Give a repository by its name."""
        repository: Repository[Any] = getattr(self.uow, name)
        return repository

    def currents(self, found: Iterable[Any], home: Callable[[Any], str]) -> None:
        """Remember which version stands, by what stays the same from version to version."""
        for noun in found:
            self._current.setdefault(home(noun), noun)

    def current(self, home: str) -> Any | None:  # noqa: ANN401 - any versioned noun
        """Give the version that stands, as this row sees it."""
        return self._row.current.get(home, self._current.get(home))

    # --- writing ---

    def renew(self, home: str, noun: Any) -> None:  # noqa: ANN401 - any versioned noun
        """Replace what stands, without a new version."""
        self._row.current[home] = noun

    def succeed(self, name: str, home: str, retired: Any | None, noun: Any) -> None:  # noqa: ANN401
        """Lay a new version down, and the one that it replaces."""
        if retired is not None:
            self.put(name, retired)
        self.put(name, noun, main=retired is None, fresh=True)
        self._row.current[home] = noun

    def put(
        self,
        name: str,
        noun: Any,  # noqa: ANN401 - any noun
        *,
        main: bool = True,
        quiet: bool = False,
        fresh: bool = False,
    ) -> None:
        """Lay a noun down, if it differs from what is there.

        Args:
            name: its repository.
            noun: the version to store.
            main: the row is about it; otherwise a change of it only makes an unchanged row `changed`.
            quiet: it does not count at all (a freshness stamp).
            fresh: it is known not to be there: nothing is looked up.
        """
        before = None if fresh else self.get(name, noun.id)
        if before == noun:
            return
        self._lay(name, noun)
        self._row.puts[name, noun.id] = None
        if not quiet:
            self._count(is_new=self._have.get((name, noun.id)) is None, main=main)

    def store(self, cls: type[T], name: str, id_: str, given: Cells, /, **defaults: Any) -> T:  # noqa: ANN401
        """Make or change one noun from the fields that a row gives; what it does not give stays.

        Raises:
            RowRefused: a field without which the noun cannot exist is missing.
        """
        of: Any = cls
        before, shape = self.get(name, id_), _shape(of)
        known = {item: value for item, value in given.items() if value is not None or item in shape.optional}
        values = {"id": id_, **defaults, **known} if before is None else {**_plain_fields(before), **known}
        for name_of_field in shape.required:
            if name_of_field not in values:
                raise RowRefused("field_missing", name_of_field)
        noun = cls(**values)
        self.put(name, noun)
        return noun

    def keep_claim(self, before: Claim | None, after: Claim, *, type_: str, on: date, main: bool = True) -> None:
        """Lay a claim down; it is journalled when the batch is written."""
        if before == after:
            return
        self._lay("claims", after)
        self._row.current[f"claim|{after.number}"] = after
        self._row.acts.append(_Kept(before, after, type_, on))
        self._count(is_new=before is None, main=main)

    def post(self, entry: Entry) -> None:
        """Book an entry with this row."""
        self._row.acts.append(entry)

    def say(self, type_: str, name: str, id_: str, payload: Mapping[str, Plain]) -> None:
        """Journal a fact about a row."""
        self._row.acts.append(_Said(type_, (name, id_), self.today, payload))

    def note(self, name: str, told: Finding | None = None) -> None:
        """Count what a row was besides its outcome, and what whoever gave the file should read of it."""
        self._row.notes.append((name, told))

    def end_row(self) -> Outcome:
        """Accept what the row laid down."""
        row, self._row = self._row, _RowWork()
        self._have.update(row.laid)
        self._puts.update(row.puts)
        self._acts.extend(row.acts)
        self._current.update(row.current)
        self.notes.extend(row.notes)
        return row.outcome

    def drop_row(self) -> None:
        """Forget what the row laid down."""
        self._row = _RowWork()

    def write(self) -> None:
        """Store everything that the rows of the batch laid down; the caller commits."""
        by_name: dict[str, list[Any]] = {}
        for look in self._puts:
            by_name.setdefault(look[0], []).append(self._have[look])
        for name, nouns in by_name.items():
            self.repository(name).put(*nouns)
        for act in self._acts:
            match act:
                case _Kept(before, after, type_, on):
                    keep(self.uow, before, after, type_=type_, on=on)
                case Entry():
                    self.uow.post(act)
                case _Said(type_, (kind, id_), on, payload):
                    self.uow.record(type_=type_, subject_kind=kind, subject_id=id_, effective_on=on, payload=payload)

    def _lay(self, name: str, noun: Any) -> None:  # noqa: ANN401 - any noun
        self._asked.add((name, noun.id))
        self._row.laid[name, noun.id] = noun

    def _count(self, *, is_new: bool, main: bool) -> None:
        row = self._row
        row.touched = True
        row.has_new |= main and is_new
        row.has_changed |= main and not is_new


def _plain_fields(noun: Any) -> dict[str, Any]:  # noqa: ANN401 - any noun
    return {item.name: getattr(noun, item.name) for item in fields(noun)}


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the fields of a noun accept."""

    optional: frozenset[str]
    required: tuple[str, ...]


@cache
def _shape(cls: Any) -> _Shape:  # noqa: ANN401 - the class of any noun
    return _Shape(
        optional=frozenset(item.name for item in fields(cls) if "None" in str(item.type)),
        required=tuple(
            item.name for item in fields(cls) if item.default is MISSING and item.default_factory is MISSING
        ),
    )
