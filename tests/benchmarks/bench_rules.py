"""How detection grows: the same rules on 400, 4,000 and 40,000 learners of one organisation, in memory.

    make bench

Prints CPU seconds and, between two sizes, the ratio beside the ratio of sizes; fails when ten times the learners
cost more than fifteen times the time (a quadratic rule that was found so took 18 times as long, then 119).
"""

import os
import time
from datetime import date, datetime
from itertools import pairwise

from reconciliation.rules.engine import detect_in
from reconciliation.rules.neutral import facts_from_plain
from reconciliation.rules.verdict import Moment
from tests.reconciliation.rules.world import (
    AGREEMENT,
    ALLOCATION,
    CLAIM,
    DECLARATION,
    ENROLMENT,
    ENTITLEMENT,
    EVIDENCE,
    EXPECTED,
    LEARNER,
    MARCH,
    ORDER,
    PAID,
    RECEIPT,
    SESSION,
    SLOT,
    TRAINER,
    VARIABLE,
    Plain,
    but,
    case,
    thresholds,
)

MOMENT = Moment(today=date(2026, 5, 20), now=datetime(2026, 5, 20, 8))  # noqa: DTZ001 - local time

SIZES = [int(word) for word in os.environ.get("QUITUS_BENCH_LEARNERS", "400 4000 40000").split()]


def many(learners: int) -> Plain:
    """So many learners, ten a session, one trainer for ten sessions; one in ten has an income."""
    lists: dict[str, list[Plain]] = {name: [] for name in case() if name not in {"organisation", "funders"}}
    for number in range(learners):
        own = {"id": f"N{number}", "session_id": f"S{number // 10}", "learner_id": f"P{number}"}
        lists["learners"].append(but(LEARNER, id=f"P{number}", last_name=f"Nom{number}"))
        lists["enrolments"].append(but(ENROLMENT, **own))
        lists["agreements"].append(but(AGREEMENT, id=f"A{number}", ref=f"D{number}", enrolment_id=f"N{number}"))
        lists["evidence"].append(but(EVIDENCE, id=f"E{number}", enrolment_id=f"N{number}"))
        lists["claims"].append(
            but(CLAIM, id=f"C{number}", no=f"F-{number}", seq=number, agreement_id=f"A{number}", enrolment_id=own["id"])
        )  # fmt: skip
        lists["bank_receipts"].append(but(RECEIPT, id=f"R{number}", reference=f"VIR {number}"))
        lists["allocations"].append(but(ALLOCATION, id=f"L{number}", receipt_id=f"R{number}", claim_id=f"C{number}"))
        if number % 10 == 0:
            group = number // 10
            marks = [{"learner_id": f"P{number + place}", "signed": True, "absence": None} for place in range(10)]
            lists["sessions"].append(but(SESSION, id=f"S{group}"))
            lists["trainers"].append(but(TRAINER, id=f"T{group}"))
            lists["orders"].append(but(ORDER, id=f"OR{group}", trainer_id=f"T{group}", session_id=f"S{group}"))
            lists["slots"].append(
                but(SLOT, id=f"SL{group}", session_id=f"S{group}", trainer_id=f"T{group}", marks=marks)
            )
            lists["payroll_variables"].append(
                but(VARIABLE, id=f"PV{group}", trainer_id=f"T{group}", session_id=f"S{group}")
            )
            right = {"id": f"I{group}", "learner_id": f"P{number}", "enrolment_id": f"N{number}"}
            lists["evidence"].append(but(MARCH, id=f"M{group}", enrolment_id=f"N{number}"))
            lists["entitlements"].append(but(ENTITLEMENT, **right))
            lists["attendance_declarations"].append(but(DECLARATION, id=f"D{group}", entitlement_id=f"I{group}"))
            lists["expected_compensations"].append(but(EXPECTED, id=f"X{group}", entitlement_id=f"I{group}"))
            lists["compensation_payments"].append(but(PAID, id=f"Y{group}", entitlement_id=f"I{group}"))
    return case(**lists)


def seconds_for(learners: int) -> float:
    facts = facts_from_plain(many(learners), thresholds())
    begun = time.process_time()
    detect_in(facts, thresholds(), MOMENT)
    return time.process_time() - begun


def growth_between(small: int, large: int) -> tuple[float, float]:
    """Seconds for the large one, and how many times the small one it took.

    The small one runs as often as it takes to last as long, right beside the large one: a machine that is fast for
    a tenth of a second and slow for the next ten would otherwise be measured in place of the rules.
    """
    around = [seconds_for(small) for _ in range(large // small // 2)]
    taken = seconds_for(large)
    around += [seconds_for(small) for _ in range(large // small // 2)]
    return taken, taken / (sum(around) / len(around))


def test_detection_grows_with_the_number_of_learners() -> None:
    print(f"\n{SIZES[0]:>8,} learners {seconds_for(SIZES[0]):8.2f} s")
    for small, large in pairwise(SIZES):
        rounds = 3 if large < 10_000 else 1
        taken, ratio = sorted((growth_between(small, large) for _ in range(rounds)), key=lambda pair: pair[1])[
            rounds // 2
        ]
        print(f"{large:>8,} learners {taken:8.2f} s: x{large / small:.0f} learners, x{ratio:.1f} time")
        assert ratio < 1.5 * large / small
