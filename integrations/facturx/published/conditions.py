"""What makes a request wrong beyond the norm: what training, public markets and shared prices allow.

Each rule says its source: law, reference or ours. Findings stand where the request must be mended.
"""

from collections.abc import Iterator

from billing.errors import Finding, Value
from billing.money import Money, total
from integrations.facturx.amounts import line_net
from integrations.facturx.document import Document, DocumentType
from integrations.facturx.published.consumer import consumer_findings
from integrations.facturx.published.models import AskedInvoice, AskedSplit
from integrations.facturx.published.parts import AskedLine, AskedVat
from integrations.facturx.published.reading import Located
from integrations.facturx.published.terms import LegalTerms
from integrations.facturx.published.wishes import Wishes, wishes_findings

APART = {"indemnity", "dedit"}
TRAINING = {"training", "annex"}
_SELF_BILLED = {"self_billed", "self_billed_credit"}
_CORRECTING = {"credit_note", "deposit_credit", "self_billed_credit", "factored_credit", "corrective"}


def request_findings(asked: AskedInvoice, made: Document, terms: LegalTerms, wishes: Wishes) -> tuple[Located, ...]:
    """Judge a request and the document made of it."""
    return (
        *_lines(asked, made),
        *_kinds(asked),
        *_roles(asked, made, wishes),
        *_market(asked, made, terms),
        *(_split(asked.split, made) if asked.split else ()),
        *consumer_findings(asked, made, terms),
        *wishes_findings(asked, wishes),
    )


def at(pointer: str, code: str, **values: Value) -> Located:
    """Make a finding where it stands."""
    return Located(pointer=pointer, finding=Finding(code=code, where=pointer, values=values))


def _lines(asked: AskedInvoice, made: Document) -> Iterator[Located]:
    for index, (line, priced) in enumerate(zip(asked.lines, made.lines, strict=True)):
        pointer = f"/lines/{index}"
        if line.vat is None and line.kind not in APART:  # nothing is supposed
            yield at(f"{pointer}/vat", "request_vat_missing")
        yield from _rate(line.vat, f"{pointer}/vat")
        if line.amount is not None and line.amount != line_net(priced):  # ours
            yield at(
                f"{pointer}/amount",
                "request_line_amount",
                expected=line_net(priced).french(),
                found=line.amount.french(),
            )
        yield from _situation(line, priced.net, pointer)
    for index, item in enumerate(asked.adjustments):
        yield from _rate(item.vat, f"/adjustments/{index}/vat")


def _rate(vat: AskedVat | None, pointer: str) -> Iterator[Located]:
    if vat is None:
        return
    if vat.treatment == "taxed" and vat.rate is None:
        yield at(f"{pointer}/rate", "request_vat_rate_missing")
    elif vat.treatment != "taxed" and vat.rate is not None:
        yield at(f"{pointer}/rate", "request_vat_rate_useless")


def _situation(line: AskedLine, net: Money, pointer: str) -> Iterator[Located]:
    told = line.situation
    if told is None:
        return
    expected = told.done - told.billed_before
    if expected.cents <= 0 or expected != net:
        yield at(f"{pointer}/situation", "request_situation_amount", expected=expected.french(), found=net.french())


def _kinds(asked: AskedInvoice) -> Iterator[Located]:
    """Keep sums that are no training apart, and their VAT confirmed (funders.md §7 and §13)."""
    for index, line in enumerate(asked.lines):
        if line.kind not in APART:
            continue
        pointer = f"/lines/{index}/vat"
        if line.vat is not None and line.vat.treatment == "exempt_training":
            yield at(pointer, "request_indemnity_exempt")
        elif line.vat is None or not line.vat.confirmed_by.strip():
            yield at(pointer, "request_indemnity_vat_unconfirmed")
        if any(other.kind in TRAINING for other in asked.lines):
            yield at(f"/lines/{index}/kind", "request_indemnity_with_training")


def _roles(asked: AskedInvoice, made: Document, wishes: Wishes) -> Iterator[Located]:
    sells_training = any(line.kind in TRAINING for line in asked.lines)
    if sells_training and asked.type not in _SELF_BILLED and asked.seller.declaration is None:  # C. trav. L.6352-12
        yield at("/seller/declaration", "request_declaration_missing")
    if asked.type in _CORRECTING and not asked.reason.strip():  # funders.md §7: a credit needs its reason
        yield at("/reason", "request_reason_missing")
    if made.type in {DocumentType.FACTORED, DocumentType.FACTORED_CREDIT} and asked.payee is None:
        yield at("/payee", "request_factor_missing")
    if asked.frame == "direct_payment" and not wishes.public:  # facturx.md §5: S3 is for public buyers
        yield at("/frame", "request_direct_payment_not_public")
    share = asked.payer.share if asked.payer else None
    if share is not None and not 0 < share.cents <= made.totals.due.cents:
        yield at("/payer/share", "request_share_beyond_due", share=share.french(), due=made.totals.due.french())


def _market(asked: AskedInvoice, made: Document, terms: LegalTerms) -> Iterator[Located]:
    market = asked.market
    if market is None:
        return
    order, holdback = market.order, market.holdback
    if order is not None and not made.is_credit and order.billed_before + made.totals.net > order.ceiling:
        yield at(
            "/market/order",
            "request_order_exceeded",
            ceiling=order.ceiling.french(),
            total=(order.billed_before + made.totals.net).french(),
        )
    if holdback is None:
        return
    if not 0 < holdback.percent <= terms.holdback_percent_max:
        maximum = format(terms.holdback_percent_max.normalize(), "f").replace(".", ",")
        yield at("/market/holdback/percent", "request_holdback_rate", maximum=maximum)
    if asked.due_on is None and not asked.instalments:
        yield at("/due_on", "request_holdback_without_due")


def _split(split: AskedSplit, made: Document) -> Iterator[Located]:
    """Judge that the parts make the whole, and that this document asks or credits its part alone."""
    summed = total(part.amount for part in split.parts)
    if summed != split.whole:
        yield at("/split/parts", "request_split_sum", parts=summed.french(), whole=split.whole.french())
    if split.part > len(split.parts):
        yield at("/split/part", "request_split_part_unknown", part=split.part, count=len(split.parts))
        return
    part, net = split.parts[split.part - 1].amount, made.totals.net
    wrong = net > part if made.is_credit or made.type is DocumentType.DEPOSIT else net != part
    if wrong:
        yield at("/split/part", "request_split_part_amount", part=part.french(), net=net.french())
