"""Who exists in the sample: the organisation, its payers, people, and the calendar. Invented from end to end."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from billing.identity import luhn_is_valid

NIGHT = date(2026, 11, 3)
"""The day of the sample's night: October is over, its declarations are not late yet."""
EARLIER_EXPORT = date(2026, 10, 20)
"""The day of the CPF platform's earlier export: the night sees how dossiers moved since."""
OPENING = date(2025, 12, 1)
ORGANISATION = "demo"
SEATS = 8
SESSIONS_PER_SCALE = 50

Row = dict[str, object]

_FIRST = (
    "Alix Camille Dominique Sacha Morgan Charlie Noa Andréa Maxence Lou Élise Hugo Inès Karim Léa Marc Nadia Omar "
    "Paul Rita Sonia Théo Ulysse Valérie Wassim Yaël Zoé Aïcha Bruno Chloé Denis Émile Fanny Gilles Hélène Ivan"
)
_LAST = (
    "Aubert Blondel Carlier Delmas Escoffier Ferrand Guérin Hamel Imbert Jolivet Kessler Lacombe Marchal Noël "
    "Ollivier Perrin Quentin Rivière Sabatier Texier Urbain Vasseur Weber Yvon Zimmer Bonnet Caron Dumas Lefort "
    "Masson Nicolas Payet Roche Simon Tanguy Vidal Barre Collin Duval Fabre Gaillard Humbert Jacquet Laurent"
)
FIRST_NAMES = tuple(_FIRST.split())
LAST_NAMES = tuple(_LAST.split())


def siren_from(body: int) -> str:
    """Complete eight digits with their check digit; 90… is not attributed in numbers this low (invented)."""
    stem = f"{body:08d}"
    return next(f"{stem}{key}" for key in range(10) if luhn_is_valid(f"{stem}{key}"))


def siret_from(body: int, nic: int = 1) -> str:
    """Make the SIRET of an invented legal person."""
    stem = f"{siren_from(body)}{nic:04d}"
    return next(f"{stem}{key}" for key in range(10) if luhn_is_valid(f"{stem}{key}"))


def iban_from(number: int) -> str:
    """Make a valid French IBAN (mod 97 and its own RIB key) on an invented bank code."""
    bank, branch, account = 99999, 1, f"{number:011d}"
    key = 97 - (89 * bank + 15 * branch + 3 * int(account)) % 97
    bban = f"{bank}{branch:05d}{account}{key:02d}"
    check = 98 - int(bban + "152700") % 97
    return f"FR{check:02d}{bban}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """A payer of the sample, and how it behaves."""

    code: str
    name: str
    funder_class: str
    scheme: str
    siret: str
    iban: str
    platform: str
    advice: bool = False
    """Pays many dossiers by one transfer, explained by an advice."""
    sending: bool = True
    engagement: bool = False


PAYERS: tuple[Payer, ...] = tuple(
    Payer(
        code=code,
        name=name,
        funder_class=class_,
        scheme=scheme,
        siret=siret_from(90000000 + index),
        iban=iban_from(1000 + index),
        platform=platform,
        advice=advice,
        engagement=platform == "public",
    )
    for index, (code, name, class_, scheme, platform, advice) in enumerate(
        (
            ("CDC", "Caisse des Dépôts – compte personnel de formation", "cdc", "cpf", "cpf", True),
            ("OPCA", "OPCO des Services Essentiels", "opco", "pdc", "portal", True),
            ("OPCB", "OPCO de la Fabrication Durable", "opco", "pdc", "portal", True),
            ("REG", "Région Val-de-Brume", "region", "region", "public", False),
            ("FT", "France Travail Val-de-Brume", "france_travail", "aif", "public", False),
            ("DEP", "Département de la Brumaille", "public_body", "other_flat", "public", False),
            ("EMP1", "Menuiserie Tournebois SARL", "employer", "employer", "mail", False),
        ),
        start=1,
    )
)
BY_CODE = {payer.code: payer for payer in PAYERS}
# Sessions of each kind among fifty; "PERS" sessions are paid by the learners themselves.
MIX = {"CDC": 14, "OPCA": 8, "OPCB": 7, "REG": 8, "FT": 5, "DEP": 3, "EMP1": 3, "PERS": 2}
PRICE_CENTS = {
    "CDC": 150000,
    "OPCA": 70000,
    "OPCB": 70000,
    "REG": 252000,
    "FT": 98000,
    "DEP": 84000,
    "EMP1": 91000,
    "PERS": 63000,
}
SHORT_HOURS = Decimal(35)
MONTH_HOURS = Decimal(140)


@dataclass(frozen=True, slots=True, kw_only=True)
class Learner:
    """A learner of the sample."""

    code: str
    last_name: str
    first_name: str
    birth_on: date
    iban: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A session with its learners and trainer; `era` is history, tonight or ongoing."""

    code: str
    payer: str
    era: str
    starts_on: date
    ends_on: date
    trainer: str
    learners: tuple[Learner, ...]
    slotted: bool

    @property
    def hours(self) -> Decimal:
        """Planned hours of the whole action."""
        return MONTH_HOURS * 2 if self.payer == "REG" else SHORT_HOURS

    def reference(self, learner: Learner) -> str:
        """The payer's reference of a learner's dossier."""
        number = int(learner.code[1:])
        return f"9{number:013d}" if self.payer == "CDC" else f"{self.payer}-{self.starts_on:%y%m}-{number:06d}"


@dataclass(slots=True, kw_only=True)
class Sample:
    """Everything that the sample's files say, by kind of row, in neutral field names and values."""

    seed: int
    scale: int
    rng: random.Random
    groups: list[Group] = field(default_factory=list)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    persons: set[tuple[str, str, date]] = field(default_factory=set)
    """Last name, first name and day of birth of everybody drawn so far."""

    def add(self, kind: str, /, **row: object) -> None:
        """Add one row of one kind."""
        self.rows.setdefault(kind, []).append(row)


def monday(day: date) -> date:
    """Give the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def draw(seed: int, scale: int) -> Sample:
    """Draw the sample's people and calendar: `scale` times 400 learners in `scale` times 50 sessions."""
    sample = Sample(seed=seed, scale=scale, rng=random.Random(seed))  # noqa: S311 - a sample, not a secret
    total = SESSIONS_PER_SCALE * scale
    kinds = [code for code, share in MIX.items() for _ in range(share * scale)]
    tonight = max(3, total // 250)
    ongoing = max(3, total // 20)
    plan = _eras(sample.rng, kinds, tonight, ongoing)
    for index, (payer, era, place) in enumerate(plan):
        starts_on, ends_on = _dates(payer, era, place)
        learners = tuple(_learner(sample, index * SEATS + seat) for seat in range(SEATS))
        slotted = era != "history" or (starts_on.month == 9 and starts_on.year == NIGHT.year and payer != "REG")  # noqa: PLR2004 - September
        sample.groups.append(
            Group(
                code=f"S{starts_on:%y%m}-{index + 1:05d}",
                payer=payer,
                era=era,
                starts_on=starts_on,
                ends_on=ends_on,
                trainer=f"{'U' if era == 'history' else 'T'}{index % (12 * scale) + 1:04d}",
                learners=learners,
                slotted=slotted,
            )
        )
    return sample


def _eras(rng: random.Random, kinds: list[str], tonight: int, ongoing: int) -> Iterator[tuple[str, str, float]]:
    """Give each session its era: the first of each needed kind end before tonight, some are under way.

    The others lie in the past, each payer's spread over the whole year, so that every seed has something to break.
    """
    wanted = ["REG", "OPCA", "CDC", "FT", "DEP", "OPCB"]
    left = list(kinds)
    for number in range(tonight):
        kind = wanted[number % len(wanted)]
        left.remove(kind)
        yield kind, "tonight", 0
    under_way = ["CDC", "OPCB", "OPCA", "FT"]
    for number in range(ongoing):
        kind = under_way[number % len(under_way)]
        if kind in left:
            left.remove(kind)
            yield kind, "ongoing", 0
    totals, seen = Counter(left), Counter[str]()
    spread = []
    for kind in left:
        spread.append(((seen[kind] + rng.random()) / totals[kind], kind))
        seen[kind] += 1
    for number, (_place, kind) in enumerate(sorted(spread)):
        yield kind, "history", number / len(spread)


def _dates(payer: str, era: str, place: float) -> tuple[date, date]:
    if era == "tonight":
        return (date(2026, 9, 7), date(2026, 10, 30)) if payer == "REG" else (date(2026, 10, 26), date(2026, 10, 30))
    if era == "ongoing":
        return date(2026, 10, 26), date(2026, 11, 20)
    if payer == "REG":
        month = int(place * 8)
        first = date(2025 + (11 + month) // 12, (11 + month) % 12 + 1, 1)
        starts_on = monday(first + timedelta(days=6))
        return starts_on, date(starts_on.year + (starts_on.month + 1 > 12), starts_on.month % 12 + 1, 28)  # noqa: PLR2004 - months
    starts_on = monday(OPENING + timedelta(days=7 + int(place * 310)))
    return starts_on, starts_on + timedelta(days=4)


def _learner(sample: Sample, number: int) -> Learner:
    """One person; two of the same name are never born on one day, unless a trouble says so.

    Among 40,000 people drawn by chance some would be: they would be one person to anybody who reads the files, and a
    finding that nobody planted.
    """
    rng = sample.rng
    last_name, first_name = rng.choice(LAST_NAMES), rng.choice(FIRST_NAMES)
    born = date(1965, 1, 1) + timedelta(days=rng.randrange(13_000))
    while (last_name, first_name, born) in sample.persons:
        born += timedelta(days=1)
    sample.persons.add((last_name, first_name, born))
    return Learner(
        code=f"L{number + 1:06d}",
        last_name=last_name,
        first_name=first_name,
        birth_on=born,
        iban=iban_from(5_000_000 + number),
    )
