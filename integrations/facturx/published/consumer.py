"""What may be asked of a person, and when (C. trav. L.6353-5 to 7; days and share are dated parameters).

No sum before the end of the retraction period, at most a share of the price before the training, then as it goes
on: the whole price before its last day is refused (inference from "échelonnement au fur et à mesure"). The day of
signature does not count; a period that ends on a Sunday is not prolonged here (doubtful in law).
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from billing.errors import Finding, Value
from billing.money import Money, total
from integrations.facturx.document import Document
from integrations.facturx.published.models import AskedConsumerContract, AskedInvoice
from integrations.facturx.published.reading import Located
from integrations.facturx.published.terms import LegalTerms


def consumer_findings(asked: AskedInvoice, made: Document, terms: LegalTerms) -> Iterator[Located]:
    """Judge what is asked of a person."""
    contract = asked.consumer_contract
    if asked.buyer.kind != "person":
        if contract is not None:
            yield _at("/consumer_contract", "consumer_contract_of_company")
        return
    if made.is_credit or not any(line.kind in {"training", "annex"} for line in asked.lines):
        return
    if contract is None:
        yield _at("/consumer_contract", "consumer_contract_missing")
        return
    yield from _days(asked, made, contract, terms)
    yield from _sums(asked, made, contract, terms)


def _asked(asked: AskedInvoice, made: Document) -> list[tuple[str, date, Money]]:
    """List each sum with the place and the day that ask it; deposits were asked by other invoices."""
    found = []
    if asked.paid is not None:
        received = made.deductions[-1].amount
        found.append(("/paid/on", asked.paid.on, received))
    if made.schedule:
        for index, item in enumerate(made.schedule):
            found.append((f"/instalments/{index}/due_on", item.due_on, item.amount))
    elif made.totals.due.cents > 0:
        found.append(("/due_on", made.due_on or asked.issue_on, made.totals.due))
    return found


def _days(asked: AskedInvoice, made: Document, contract: AskedConsumerContract, terms: LegalTerms) -> Iterator[Located]:
    days = terms.retraction_days_at_distance if contract.at_distance else terms.retraction_days
    last = contract.signed_on + timedelta(days=days)
    for pointer, day, _amount in _asked(asked, made):
        if day <= last:
            yield _at(pointer, "consumer_asked_in_retraction", day=_french(day), last=_french(last), days=days)


def _sums(asked: AskedInvoice, made: Document, contract: AskedConsumerContract, terms: LegalTerms) -> Iterator[Located]:
    sums = _asked(asked, made)
    before = contract.asked_before
    early = before + total(amount for _, day, amount in sums if day < contract.starts_on)
    ceiling = Decimal(contract.price.cents) * terms.share_before_start
    asks_early = any(day < contract.starts_on for _, day, _ in sums)
    if asks_early and early.cents > ceiling:
        share = format((terms.share_before_start * 100).normalize(), "f")
        most = Money(int(ceiling))
        yield _at("/due_on", "consumer_share_before_start", asked=early.french(), share=share, most=most.french())
    whole = before + total(amount for _, _, amount in sums)
    if whole > contract.price:
        yield _at(
            "/consumer_contract/price", "consumer_over_price", asked=whole.french(), price=contract.price.french()
        )
    soon = before + total(amount for _, day, amount in sums if day < contract.ends_on)
    if soon >= contract.price and any(contract.starts_on <= day < contract.ends_on for _, day, _ in sums):
        yield _at("/due_on", "consumer_balance_before_end", end=_french(contract.ends_on))


def _french(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _at(pointer: str, code: str, **values: Value) -> Located:
    return Located(pointer=pointer, finding=Finding(code=code, where=pointer, values=values))
