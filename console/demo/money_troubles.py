"""What was broken on purpose in bills, in what payers transfer, and in the advices that explain it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from console.demo.money import AdviceLine, Bill, Moneys, Transfer, single_transfer
from console.demo.troubles import Troubles
from console.demo.world import EARLIER_EXPORT, NIGHT, OPENING, SHORT_HOURS


def _paid(payer: str, after: date, before: date) -> Callable[[Bill], bool]:
    return lambda bill: bill.payer == payer and bill.paid_on is not None and after <= bill.issue_on < before


def break_bills(moneys: Moneys, troubles: Troubles) -> None:
    """Break bills before they get their numbers."""
    bills = moneys.bills
    late = date(2026, 8, 20)
    bill = troubles.pick(bills, _paid("OPCA", late - timedelta(days=120), late))
    bill.hours = Decimal(37)
    if bill.seat:
        month = next(iter(bill.seat.months))
        bill.seat.months[month] = Decimal(37)
    troubles.plant(
        "37 heures facturées pour 35 accordées.",
        ("hours_over_agreement", "agreement", bill.reference),
    )
    bill = troubles.pick(
        bills, lambda item: _paid("OPCB", late - timedelta(days=150), late)(item) and item.hours == SHORT_HOURS
    )
    if bill.seat:
        month = next(iter(bill.seat.months))
        bill.seat.months[month] = Decimal("34.5")
    troubles.plant(
        "35 heures facturées, 34,5 émargées : la demi-heure d'écart de tous les jours.",
        ("hours_billed_over_attended", "agreement", bill.reference),
    )
    bill = troubles.pick(bills, _paid("EMP1", late - timedelta(days=200), late))
    bill.gross_cents += 5_000
    bill.paid_cents = bill.gross_cents
    troubles.plant(
        "Une facture dépasse de 50 € l'accord de l'entreprise.",
        ("billed_over_agreement", "agreement", bill.reference),
    )
    origin = troubles.pick(bills, _paid("DEP", late - timedelta(days=220), late))
    again = replace(
        origin,
        issue_on=origin.issue_on + timedelta(days=7),
        due_on=NIGHT + timedelta(days=20),
        linked=False,
        paid_cents=None,
        paid_on=None,
    )
    bills.append(again)
    troubles.plant(
        "La même prestation a été facturée une deuxième fois, hors dossier.",
        ("duplicate_claim", "claim", again),
    )
    bill = troubles.pick(sorted(bills, key=lambda item: item.issue_on, reverse=True), lambda item: item.payer == "CDC")
    bills.remove(bill)
    for day in (EARLIER_EXPORT, NIGHT):
        troubles.dossiers[bill.reference, day] = {"billed_cents": 0}
    troubles.plant(
        "Un dossier CPF au service fait validé depuis plus de deux semaines n'a jamais été facturé.",
        ("ready_not_billed", "agreement", bill.reference),
    )
    note = Bill(
        seat=None,
        payer="FT",
        number="AV26-000001",
        issue_on=date(2026, 9, 2),
        due_on=date(2026, 9, 2),
        gross_cents=9_000,
        hours=None,
        kind="credit_note",
        origin="OF26-999999",
    )
    moneys.bills.append(note)
    troubles.plant(
        "Un avoir cite une facture qui n'existe pas.",
        ("credit_note_without_origin", "claim", note),
    )


def number(moneys: Moneys, troubles: Troubles) -> None:
    """Give every bill its number, in order of issue; one number of this year is skipped on purpose."""
    bills = sorted(
        (bill for bill in moneys.bills if not bill.number),
        key=lambda bill: (bill.issue_on, bill.reference, not bill.linked),
    )
    this_year = [bill for bill in bills if bill.issue_on.year == NIGHT.year]
    after_hole = this_year[len(this_year) // 2]
    counters: dict[int, int] = {}
    for bill in bills:
        year = bill.issue_on.year
        counters[year] = counters.get(year, 0) + (2 if bill is after_hole else 1)
        bill.number = f"OF{bill.issue_on:%y}-{counters[year]:06d}"
    troubles.plant("Un numéro de facture manque dans la série.", ("invoice_number_gap", "claim", after_hole))


def break_payments(moneys: Moneys, troubles: Troubles) -> None:
    """Break what payers do, before transfers are made."""
    bills = moneys.bills
    spring = date(2026, 3, 1)
    summer = date(2026, 8, 1)

    for payer, cut in (("FT", 3_000), ("DEP", 4_500)):
        bill = troubles.pick(bills, _paid(payer, spring, summer))
        bill.paid_cents = bill.gross_cents - cut
        troubles.plant(
            f"{cut // 100} € manquent sur un règlement, sans explication.",
            ("payment_short", "claim", bill),
            ("receivable_overdue", "claim", bill),
        )
    for payer in ("REG", "EMP1", "FT", "PERS"):
        since, until = (OPENING, date(2026, 9, 20)) if payer == "PERS" else (spring, summer)
        bill = troubles.pick(bills, _paid(payer, since, until))
        bill.paid_cents, bill.paid_on = None, None
        who = "d'un particulier" if payer == "PERS" else f"de {payer}"
        troubles.plant(f"Une facture échue {who} n'est pas payée.", ("receivable_overdue", "claim", bill))
    bill = troubles.pick(bills, _paid("REG", spring, summer))
    over = bill.gross_cents + 5_000
    if bill.paid_on:
        too_much = single_transfer(bill, bill.paid_on, over)
        bill.paid_cents = None
        moneys.transfers.append(too_much)
        troubles.plant(
            "Un règlement dépasse sa facture de 50 € : rien n'est affecté sans qu'une personne en décide.",
            ("payment_unmatched", "receipt", too_much),
            ("receivable_overdue", "claim", bill),
        )
    bill = troubles.pick(bills, _paid("OPCA", spring, summer))
    bill.paid_cents, bill.retained = bill.gross_cents - 2_000, "Frais de gestion"
    bill = troubles.pick(bills, _paid("DEP", date(2026, 1, 1), summer))
    if bill.paid_on:
        again = replace(single_transfer(bill, bill.paid_on, bill.gross_cents), on=bill.paid_on + timedelta(days=4))
        moneys.transfers.append(again)
        troubles.plant(
            "Une facture a été payée deux fois à quatre jours d'intervalle.",
            ("duplicate_payment", "receipt", again),
            ("payment_unmatched", "receipt", again),
        )
    stranger = Transfer(
        on=NIGHT - timedelta(days=20),
        cents=43_210,
        label="VIR INST SOCIETE INCONNUE REGLT DIVERS",
        name="SOCIETE INCONNUE",
    )
    moneys.transfers.append(stranger)
    troubles.plant("Un virement que rien n'identifie.", ("payment_unmatched", "receipt", stranger))


def break_advices(moneys: Moneys, troubles: Troubles) -> None:
    """Tell what advices show, and make one lump transfer differ from its own, after transfers were made."""
    for line in moneys.advices:
        if line.reason:
            troubles.plant(
                "L'OPCO a retenu 20 € avec notre accord, et aucun avoir ne le dit.",
                ("refaction_accepted_without_credit", "remittance_line", f"{line.advice}/{line.number}"),
                ("receivable_overdue", "claim", line.number),
            )
    lump = troubles.pick(
        moneys.transfers, lambda item: item.end_to_end.startswith("BRDOPCB") and item.on < date(2026, 9, 1)
    )
    lines: list[AdviceLine] = [line for line in moneys.advices if line.advice == lump.end_to_end]
    lump.cents -= 1_000
    troubles.plant(
        "Un virement groupé est inférieur de 10 € au bordereau qui l'explique.",
        ("remittance_total_mismatch", "receipt", lump),
        ("payment_unmatched", "receipt", lump),
        *(("receivable_overdue", "claim", line.number) for line in lines),
    )
