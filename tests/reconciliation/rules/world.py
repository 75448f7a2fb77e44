"""One small neutral case in which nothing is wrong; a test changes what it is about.

One learner (P1) in one session of 21 hours, 2 to 4 March 2026, sold 1 200.00 € and promised by one OPCO;
one invoice, paid; one trainer who signed; one income paid for March. The run takes place on 20 May 2026.
"""

from copy import deepcopy
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from typing import Any

from billing.parameters_book import ParameterBook
from reconciliation.rules.catalogue import BY_CODE
from reconciliation.rules.engine import detect_in
from reconciliation.rules.neutral import facts_from_plain
from reconciliation.rules.records import Status
from reconciliation.rules.thresholds import Thresholds, thresholds_from_book
from reconciliation.rules.verdict import Moment
from workers.catalogue import shipped_parameters

TODAY = "2026-05-20"
Plain = dict[str, Any]

WORDS = {
    "portal": {
        "agreement": {
            "engage": Status(state="approved", rank=3),
            "fait": Status(state="approved", rank=4, service_done=True),
            "valide": Status(state="approved", rank=5, service_done=True, ready=True),
            "refuse": Status(state="rejected"),
        },
        "claim": {
            "a saisir": Status(state="draft", rank=0),
            "recue": Status(state="acknowledged", rank=2),
            "payee": Status(state="paid", rank=5),
            "rejetee": Status(state="rejected"),
        },
    }
}


@cache
def thresholds() -> Thresholds:
    """The thresholds that quitus ships, with the words of one invented platform."""
    shipped = thresholds_from_book(ParameterBook(shipped_parameters()), date.fromisoformat(TODAY))
    return replace(shipped, status_maps=WORDS)


def says(code: str, objects: Plain, *, today: str = TODAY, **changed: Any) -> list[str]:
    """What one rule says: `kind:id:severity` for each finding, `?kind:id` for what it cannot check."""
    parameters = replace(thresholds(), **changed)
    day = date.fromisoformat(today)
    moment = Moment(today=day, now=datetime(day.year, day.month, day.day, 8))  # noqa: DTZ001 - local time
    detection = detect_in(facts_from_plain(objects, parameters), parameters, moment, [BY_CODE[code]])
    found = [f"{item.subject_kind}:{item.subject_id}:{item.severity}" for item in detection.found]
    return sorted(found) + sorted(f"?{kind}:{id_}" for _code, kind, id_ in detection.unchecked)


def but(record: Plain, **changes: Any) -> Plain:
    """The same record with changes; `...` takes the field away (it becomes unknown)."""
    made = deepcopy(record)
    for name, value in changes.items():
        key = name.rstrip("_")
        if value is ...:
            made.pop(key, None)
        else:
            made[key] = value
    return made


def case(**lists: Any) -> Plain:
    """The whole case with some lists replaced; `...` takes a list away (it was not loaded)."""
    made = {
        "organisation": ORGANISATION,
        "funders": [OPCO, EMPLOYER, REGION],
        "learners": [LEARNER],
        "sessions": [SESSION],
        "enrolments": [ENROLMENT],
        "agreements": [AGREEMENT],
        "evidence": [EVIDENCE, MARCH],
        "slots": [SLOT],
        "certificates": [CERTIFICATE],
        "claims": [CLAIM],
        "bank_receipts": [RECEIPT],
        "allocations": [ALLOCATION],
        "remittance_lines": [],
        "platform_snapshots": [],
        "submissions": [],
        "trainers": [TRAINER],
        "orders": [ORDER],
        "trainer_invoices": [],
        "payroll_variables": [VARIABLE],
        "entitlements": [ENTITLEMENT],
        "attendance_declarations": [DECLARATION],
        "expected_compensations": [EXPECTED],
        "compensation_payments": [PAID],
    }
    return {name: value for name, value in (made | lists).items() if value is not ...}


ORGANISATION: Plain = {
    "id": "O1",
    "vat_exempt": True,
    "ibans": [],
    "factor_ibans": [],
    "series": ["F", "A"],
    "qualiopi": [{"from": "2025-01-01", "to": "2027-12-31"}],
    "nda": [{"from": "2019-01-01", "to": None}],
}
OPCO: Plain = {"id": "F1", "name": "Opco un", "class": "opco", "platform": "portal"}
EMPLOYER: Plain = {"id": "F2", "name": "Employeur deux", "class": "employer", "platform": None}
REGION: Plain = {"id": "F3", "name": "Région trois", "class": "region", "platform": None}
LEARNER: Plain = {
    "id": "P1",
    "last_name": "Untel",
    "first_name": "Sacha",
    "birth_date": "1991-02-03",
    "nir_hash": None,
}
SESSION: Plain = {"id": "S1", "start": "2026-03-02", "end": "2026-03-04"}
ENROLMENT: Plain = {
    "id": "N1",
    "session_id": "S1",
    "learner_id": "P1",
    "funded": True,
    "sale_price_cents": 120_000,
    "self_paid_cents": 0,
    "employer_id": None,
    "exit_date": None,
    "compensation_expected": True,
}
AGREEMENT: Plain = {
    "id": "A1",
    "ref": "DOS-1",
    "funder_id": "F1",
    "scheme": "pdc",
    "enrolment_id": "N1",
    "amount_cents": 120_000,
    "hours": "21",
    "from": "2026-03-02",
    "to": "2026-03-04",
    "decided_on": "2026-02-10",
    "status": "approved",
    "requires_certificate": True,
}
EVIDENCE: Plain = {
    "id": "E1",
    "enrolment_id": "N1",
    "month": None,
    "planned_h": "21",
    "signed_h": "21",
    "just_abs_h": "0",
    "unjust_abs_h": "0",
    "last_unjust_on": None,
}
MARCH: Plain = but(EVIDENCE, id="E1-03", month="2026-03")
SLOT: Plain = {
    "id": "SL1",
    "session_id": "S1",
    "start": "2026-03-02T09:00",
    "end": "2026-03-02T12:30",
    "hours": "3.5",
    "trainer_id": "T1",
    "trainer_signed": True,
    "marks": [{"learner_id": "P1", "signed": True, "absence": None}],
}
CERTIFICATE: Plain = {
    "id": "K1",
    "enrolment_id": "N1",
    "claim_id": "C1",
    "month": None,
    "hours": "21",
    "from": "2026-03-02",
    "to": "2026-03-04",
    "signed_on": "2026-03-04",
}
CLAIM: Plain = {
    "id": "C1",
    "kind": "invoice",
    "role": "single",
    "no": "F-10",
    "series": "F",
    "seq": 10,
    "agreement_id": "A1",
    "enrolment_id": "N1",
    "buyer_id": "F1",
    "ttc_cents": 120_000,
    "hours": "21",
    "issue_date": "2026-03-09",
    "sent_at": "2026-03-09",
    "due_date": "2026-04-08",
    "state": "submitted",
    "instalment_no": None,
    "period": None,
    "origin_no": None,
    "bpf_excluded": False,
}
SECOND: Plain = but(CLAIM, id="C2", no="F-11", seq=11, issue_date="2026-03-16", sent_at="2026-03-16")
NOTE: Plain = but(
    SECOND, id="C9", kind="credit_note", no="A-1", series="A", seq=1, origin_no="F-10", due_date=None, hours=None
)
RECEIPT: Plain = {
    "id": "R1",
    "date": "2026-04-07",
    "amount_cents": 120_000,
    "payer_id": "F1",
    "reference": "VIR 5501",
    "advice_id": None,
    "fee_cents": 0,
}
ALLOCATION: Plain = {
    "id": "L1",
    "receipt_id": "R1",
    "claim_id": "C1",
    "agreement_id": None,
    "amount_cents": 120_000,
    "nature": "payment",
}
SIGHTING: Plain = {
    "id": "V1",
    "platform": "portal",
    "external_id": "X1",
    "object": "agreement",
    "seen_at": "2026-05-10T06:00",
    "source": "api",
    "agreement_id": "A1",
    "claim_id": None,
    "raw_status": "engage",
    "status_since": "2026-05-10",
    "in_control": None,
    "dispute": False,
    "rejection_code": None,
    "rate": None,
}
CLAIM_SIGHTING: Plain = but(
    SIGHTING, id="V2", external_id="X2", object="claim", agreement_id=None, claim_id="C1", raw_status="recue"
)
TRAINER: Plain = {"id": "T1", "status": "employee"}
ORDER: Plain = {
    "id": "OR1",
    "trainer_id": "T1",
    "session_id": "S1",
    "unit": "h",
    "from": "2026-03-01",
    "to": "2026-03-31",
    "state": "open",
    "rate_cents": "4500",
    "max_qty": "21",
    "hours_per_day": None,
}
VARIABLE: Plain = {
    "id": "PV1",
    "trainer_id": "T1",
    "session_id": "S1",
    "month": "2026-03",
    "rubric": "FFP",
    "qty": "3.5",
    "sent_at": None,
    "rejected": False,
}
INVOICE: Plain = {
    "id": "TI1",
    "trainer_id": "T1",
    "no": "H-1",
    "order_id": "OR1",
    "issue_date": "2026-04-01",
    "session_id": "S1",
    "month": "2026-03",
    "lines": [
        {
            "type": "ffp",
            "qty": "3.5",
            "unit": "h",
            "rate_cents": "4500",
            "amount_cents": 15_750,
            "service_date": "2026-03-02",
        }
    ],
    "ht_cents": 15_750,
    "state": "received",
    "self_billed": False,
}
ENTITLEMENT: Plain = {
    "id": "I1",
    "learner_id": "P1",
    "enrolment_id": "N1",
    "scheme": "rsfp",
    "payer_id": "F3",
    "active": True,
    "entry_date": "2026-03-02",
    "from": "2026-03-02",
    "to": "2026-03-31",
    "dossier_no": "D-1",
    "iban": "FR7630006000011234567890189",
    "iban_holder": "learner",
    "iban_mandate": False,
    "allowances": [],
}
DECLARATION: Plain = {
    "id": "D1",
    "entitlement_id": "I1",
    "month": "2026-03",
    "sent_on": "2026-04-03",
    "done_h": "21",
    "unjust_abs_h": "0",
}
EXPECTED: Plain = {
    "id": "X1",
    "entitlement_id": "I1",
    "month": "2026-03",
    "amount_cents": 68_500,
    "pay_date": "2026-04-15",
}
PAID: Plain = {
    "id": "Y1",
    "entitlement_id": "I1",
    "month": "2026-03",
    "amount_cents": 68_500,
    "recovered_cents": 0,
    "status": "paid",
}
