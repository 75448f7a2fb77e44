"""Who and what the small organisation of the crash campaign is made of."""

from collections.abc import Iterable
from datetime import date, time, timedelta

from console.demo.world import iban_from, siret_from

SLUG = "petit"
NIGHT = date(2026, 11, 3)
OPENING = date(2026, 1, 1)
SIRET = siret_from(92000000)
IBAN = iban_from(900)
SHORT = (date(2026, 10, 26), date(2026, 10, 30))
LONG = (date(2026, 9, 7), date(2026, 10, 30))
PAST = (date(2026, 9, 7), date(2026, 9, 11))

# code, name, class, way, scheme; a way is named in `adapters.sample.WAYS`
FUNDERS = (
    ("DEP", "Département de la Brumaille", "public_body", "public", "other_flat"),
    ("VIL", "Ville de Brume-sur-Loire", "public_body", "public", "other_flat"),
    ("REG", "Région Val-de-Brume", "region", "public", "region"),
    ("OPC", "OPCO de la Fabrication Durable", "opco", "portal", "pdc"),
    ("CDC", "Caisse des Dépôts – compte personnel de formation", "cdc", "cpf", "cpf"),
    ("EMP", "Menuiserie Tournebois SARL", "employer", "mail", "employer"),
    ("P-L20", "Ivan Roche", "person", "mail", "self"),
)
SIRETS = {code: "" if code == "P-L20" else siret_from(92001000 + n) for n, (code, *_) in enumerate(FUNDERS)}
IBANS = {code: iban_from(91000 + n) for n, (code, *_) in enumerate(FUNDERS)}
SCHEMES = {code: scheme for code, _name, _class, _way, scheme in FUNDERS}
PRICES = {"DEP": 84000, "VIL": 84000, "REG": 252000, "OPC": 70000, "CDC": 150000, "EMP": 91000, "P-L20": 63000}

# session, payer, first and last day, learners
SESSIONS = (
    ("S-DEP", "DEP", SHORT, range(1, 6)),
    ("S-VIL", "VIL", SHORT, range(6, 7)),
    ("S-OPC", "OPC", SHORT, range(7, 10)),
    ("S-CPF", "CDC", SHORT, range(10, 12)),
    ("S-CPF-9", "CDC", PAST, range(12, 14)),
    ("S-EMP-9", "EMP", PAST, range(14, 16)),
    ("S-OPC-9", "OPC", PAST, range(16, 19)),
    ("S-REG", "REG", LONG, range(19, 20)),
    ("S-PER-9", "P-L20", PAST, range(20, 21)),
)
NAMES = [
    "Aubert",
    "Blondel",
    "Carlier",
    "Delmas",
    "Escoffier",
    "Ferrand",
    "Guérin",
    "Hamel",
    "Imbert",
    "Jolivet",
    "Kessler",
    "Lacombe",
    "Marchal",
    "Noël",
    "Ollivier",
    "Perrin",
    "Quentin",
    "Rivière",
    "Sabatier",
    "Roche",
]
PAID_LEARNER = 19
HALF_DAYS = ((time(9, 0), time(12, 30)), (time(13, 30), time(17, 0)))

# number, session, learner: the invoices of the organisation's own software, all of 14 September 2026
OWN_INVOICES = (
    ("OF26-000101", "S-CPF-9", 12),
    ("OF26-000102", "S-CPF-9", 13),
    ("OF26-000103", "S-EMP-9", 14),
    ("OF26-000104", "S-EMP-9", 15),
    ("OF26-000105", "S-OPC-9", 16),
    ("OF26-000106", "S-OPC-9", 17),
    ("OF26-000107", "S-OPC-9", 18),
    ("OF26-000109", "S-PER-9", 20),  # 000108 is missing on purpose
)
INVOICED_ON = date(2026, 9, 14)
ADVICES = (
    ("BRDCDC261012", "CDC", (("OF26-000101", 12), ("OF26-000102", 13))),
    ("BRDOPC261015", "OPC", (("OF26-000105", 16), ("OF26-000106", 17), ("OF26-000107", 18))),
)


def code_of(learner: int) -> str:
    return f"L{learner:02d}"


def reference_of(payer: str, learner: int) -> str:
    return f"9{learner:013d}" if payer == "CDC" else f"{payer}-2026-{learner:04d}"


def weekdays(first: date, last: date) -> Iterable[date]:
    day = first
    while day <= last:
        if day.weekday() < 5:
            yield day
        day += timedelta(days=1)
