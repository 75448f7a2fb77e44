"""Trainers' hours, orders and invoices (catalogue, part 5)."""

from collections.abc import Iterator
from decimal import Decimal

from reconciliation.rules.facts import Facts
from reconciliation.rules.logic import UNKNOWN, Maybe, Truth, both, either, known, negated, outside, over
from reconciliation.rules.meaning import NO_HOURS, any_of, exceeds
from reconciliation.rules.people import OrderFact, TrainerInvoiceFact, TrainerLine
from reconciliation.rules.records import SlotFact
from reconciliation.rules.thresholds import Thresholds
from reconciliation.rules.verdict import Moment, Verdict, shown
from reconciliation.rules.working_days import first_day, months_after

Work = tuple[str, str, str]
"""Trainer, session, month."""

Bounds = tuple[Maybe[Decimal], Maybe[Decimal]]
"""The least and the most that a quantity may be; UNKNOWN = no bound on that side."""


def work_id(work: Work) -> str:
    """Name a trainer's month in a session."""
    return "|".join(work)


def trainer_hours_over_signed(facts: Facts, parameters: Thresholds, _moment: Moment) -> Iterator[Verdict]:
    """56: hours of teaching paid or invoiced exceed the hours that the trainer signed."""
    paid = paid_hours(facts)
    signed = signed_by_trainer(facts)
    for work in sorted(paid):
        if not paid[work].teaches:
            continue
        least, most = signed.get(work, (NO_HOURS, NO_HOURS)) if facts.slots is not UNKNOWN else (NO_HOURS, UNKNOWN)
        quantity = paid[work].bounds(all_loaded=_both_loaded(facts))
        yield Verdict(
            kind="trainer_month",
            id=work_id(work),
            truth=_exceeds(quantity, (least, most), parameters.tol_hours),
            evidence=(shown("paid.hours", quantity[0]), shown("signed.hours", most)),
            on=first_day(work[2]),
        )


def _both_loaded(facts: Facts) -> bool:
    return facts.trainer_invoices is not UNKNOWN and facts.payroll_variables is not UNKNOWN


def _exceeds(value: Bounds, limit: Bounds, tolerance: Decimal) -> Truth:
    if over(value[0], limit[1], tolerance) is True:
        return True
    return False if over(value[1], limit[0], tolerance) is False else UNKNOWN


class Paid:
    """Hours of teaching paid for one trainer's month; the unknown part only adds to the known one."""

    __slots__ = ("sure", "teaches", "vague")

    def __init__(self) -> None:
        self.sure = NO_HOURS
        self.vague = False
        self.teaches = False

    def add(self, quantity: Maybe[Decimal]) -> None:
        """Add hours that may be unknown."""
        self.teaches = True
        if quantity is UNKNOWN:
            self.vague = True
        else:
            self.sure += quantity

    def bounds(self, *, all_loaded: bool) -> Bounds:
        """Bound the hours; without one of the two lists there is no upper bound."""
        return self.sure, self.sure if all_loaded and not self.vague else UNKNOWN


def paid_hours(facts: Facts) -> dict[Work, Paid]:
    """Sum the teaching hours of trainers' invoices (rejected ones apart) and of payroll, by work."""
    paid: dict[Work, Paid] = {}
    for invoice in known(facts.trainer_invoices):
        if invoice.state == "rejected":
            continue
        work = (invoice.trainer_id, invoice.session_id, invoice.month)
        for line in invoice.lines:
            if line.type == "ffp":
                paid.setdefault(work, Paid()).add(line_hours(facts, invoice, line))
    for variable in known(facts.payroll_variables):
        if variable.rubric == "FFP":
            paid.setdefault((variable.trainer_id, variable.session_id, variable.month), Paid()).add(variable.qty)
    return paid


def line_hours(facts: Facts, invoice: TrainerInvoiceFact, line: TrainerLine) -> Maybe[Decimal]:
    """Convert a line to hours; days need the order's declared equivalence."""
    if line.unit is UNKNOWN or line.qty is UNKNOWN:
        return UNKNOWN
    if line.unit == "h":
        return line.qty
    order = facts.order.one(invoice.order_id)
    if line.unit != "d" or order is UNKNOWN or order.hours_per_day is UNKNOWN or order.hours_per_day is None:
        return UNKNOWN
    return line.qty * order.hours_per_day


def signed_by_trainer(facts: Facts) -> dict[Work, tuple[Decimal, Decimal]]:
    """Bound the hours signed by each trainer, by session and month: surely signed, and perhaps signed."""
    signed: dict[Work, tuple[Decimal, Decimal]] = {}
    for slot in known(facts.slots):
        if slot.trainer_id is None:
            continue
        work = (slot.trainer_id, slot.session_id, f"{slot.start:%Y-%m}")
        least, most = signed.get(work, (NO_HOURS, NO_HOURS))
        if slot.trainer_signed is not False:
            most += slot.hours
        if slot.trainer_signed is True:
            least += slot.hours
        signed[work] = (least, most)
    return signed


def trainer_hours_under_signed(facts: Facts, parameters: Thresholds, moment: Moment) -> Iterator[Verdict]:
    """57: hours signed two months ago are in no payroll variable and in no invoice."""
    paid = paid_hours(facts)
    signed = signed_by_trainer(facts)
    for work in sorted(signed):
        trainer_id, session_id, month = work
        if moment.today < months_after(first_day(month), 2):
            continue
        least, most = signed[work]
        payment = paid.get(work, Paid())
        low, high = payment.bounds(all_loaded=_both_loaded(facts) and _followed(facts, trainer_id))
        truth: Truth = UNKNOWN
        if high is not UNKNOWN and least - high >= parameters.under_signed_hours:
            truth = True
        elif low is not UNKNOWN and most - low < parameters.under_signed_hours:
            truth = False
        yield Verdict(
            kind="trainer_month",
            id=work_id(work),
            truth=both(truth, negated(_closed(facts, trainer_id, session_id))),
            evidence=(shown("signed.hours", least), shown("paid.hours", high)),
            on=first_day(month),
        )


def _followed(facts: Facts, trainer_id: str) -> bool:
    trainer = facts.trainer.one(trainer_id)
    return trainer is UNKNOWN or trainer.invoices_followed


def _closed(facts: Facts, trainer_id: str, session_id: str) -> Truth:
    orders = facts.orders_by_work.of((trainer_id, session_id))
    return UNKNOWN if orders is UNKNOWN else any(order.state == "closed" for order in orders)


def trainer_order_exceeded(facts: Facts, _parameters: Thresholds, _moment: Moment) -> Iterator[Verdict]:
    """59: an invoice without an order or outside its days; an order on which more was used than agreed."""
    for invoice in known(facts.trainer_invoices):
        order = facts.order.one(invoice.order_id)
        truth: Truth = invoice.order_id is None
        if order is not UNKNOWN:
            truth = any_of(
                outside(line.service_date, order.from_, order.to) for line in invoice.lines if line.type == "ffp"
            )
        elif invoice.order_id is not None:
            truth = UNKNOWN
        evidence = (shown("invoice.order", invoice.order_id), shown("invoice.month", invoice.month))
        yield Verdict(kind="trainer_invoice", id=invoice.id, truth=truth, evidence=evidence, on=invoice.issue_date)
    used = _used(facts)
    for order in known(facts.orders):
        if order.max_qty is None:
            continue
        use = used.get(order.id, Paid())
        quantity = use.bounds(all_loaded=facts.trainer_invoices is not UNKNOWN)
        yield Verdict(
            kind="order",
            id=order.id,
            truth=exceeds(quantity, order.max_qty, NO_HOURS),
            evidence=(shown("used.quantity", quantity[0]), shown("order.max", order.max_qty)),
            on=order.to,
        )


def _used(facts: Facts) -> dict[str, Paid]:
    """Sum what draws on each order, in the order's unit."""
    used: dict[str, Paid] = {}
    for invoice in known(facts.trainer_invoices):
        order = facts.order.one(invoice.order_id)
        if order is UNKNOWN:
            continue
        for line in invoice.lines:
            if line.type == "ffp":
                used.setdefault(order.id, Paid()).add(_in_unit(order, line.qty, line.unit))
    for variable in known(facts.payroll_variables):
        order = facts.order.one(variable.order_id)
        if variable.rubric == "FFP" and order is not UNKNOWN:
            used.setdefault(order.id, Paid()).add(_in_unit(order, variable.qty, "h"))
    for (trainer_id, session_id, _month), (least, most) in signed_by_trainer(facts).items():
        if _followed(facts, trainer_id):
            continue
        for order in facts.orders_by_work.there((trainer_id, session_id)):
            # His invoices are not in these books: what he signed is what he will invoice.
            used.setdefault(order.id, Paid()).add(_in_unit(order, least if least == most else UNKNOWN, "h"))
    return used


def _in_unit(order: OrderFact, quantity: Maybe[Decimal], unit: Maybe[str]) -> Maybe[Decimal]:
    if unit is UNKNOWN or quantity is UNKNOWN:
        return UNKNOWN
    if unit == order.unit:
        return quantity
    if order.hours_per_day is UNKNOWN or not order.hours_per_day:
        return UNKNOWN
    return quantity / order.hours_per_day if order.unit == "d" else quantity * order.hours_per_day


def trainer_slot_overlap(facts: Facts, _parameters: Thresholds, _moment: Moment) -> Iterator[Verdict]:
    """61: one trainer signed two slots of different sessions at the same time."""
    for _trainer_id, slots in sorted(facts.slots_by_trainer.groups().items()):
        running: list[SlotFact] = []
        for slot in sorted(slots, key=lambda item: (item.start, item.id)):
            running = [other for other in running if other.end > slot.start]
            others = [other for other in running if other.session_id != slot.session_id]
            if others:
                truths = [both(slot.trainer_signed, other.trainer_signed) for other in others]
                earlier = others[0] if True not in truths else others[truths.index(True)]
                yield Verdict(
                    kind="slot",
                    id=slot.id,
                    truth=either(*truths),
                    evidence=(
                        shown("slot.start", slot.start.isoformat()),
                        shown("other.slot", earlier.id),
                        shown("other.end", earlier.end.isoformat()),
                    ),
                    on=slot.start.date(),
                )
            if slot.end > slot.start:
                running.append(slot)
