"""Raw facts into the common document model. What has no place in it is listed; what cannot be read is a finding."""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from billing.errors import Finding, InvalidInput
from billing.money import ZERO, Money
from billing.party import Address
from integrations.facturx.document import (
    Adjustment,
    Attachment,
    AttachmentKind,
    Document,
    DocumentType,
    Endpoint,
    Line,
    Note,
    NoteSubject,
    Party,
    Payment,
    Period,
    Preceding,
    Process,
    Profile,
    References,
    Totals,
    Treatment,
    Vat,
    VatCategory,
    VatGroup,
)
from integrations.facturx.reading.facts import (
    RawAdjustment,
    RawAttachment,
    RawDocument,
    RawLine,
    RawParty,
    RawVat,
)
from integrations.facturx.reading.values import day, number

SIREN_SCHEME, SIRET_SCHEME = "0002", "0009"
_EXTENDED = frozenset({"EXTENDED", "EXTENDED-CTC-FR"})

Word = TypeVar("Word", bound=StrEnum)


@dataclass(slots=True, kw_only=True)
class Modelled:
    """What the model took; `document` None = something that it cannot do without is unreadable."""

    document: Document | None
    unread: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]


def to_model(raw: RawDocument) -> Modelled:
    """Put raw facts into the model."""
    reader = _Reader(unread=list(raw.unread))
    document = reader.document(raw)
    findings = tuple(reader.findings)
    return Modelled(document=None if findings else document, unread=tuple(reader.unread), findings=findings)


@dataclass(slots=True, kw_only=True)
class _Reader:
    unread: list[tuple[str, str]]
    findings: list[Finding] = field(default_factory=list)

    def document(self, raw: RawDocument) -> Document | None:
        type_ = self._word(DocumentType, raw.type)
        if type_ is None:
            self._bad("document_type_unsupported", "BT-3", raw.type)
        if raw.currency != "EUR":
            self._bad("document_currency_unsupported", "BT-5", raw.currency)
        process = self._word(Process, raw.process)
        if process is None and raw.process:
            self.unread.append(("BT-23", raw.process))
        exemptions = {
            (group.vat.category, number(group.vat.rate or "0")): (group.vat.exemption_code, group.vat.exemption_text)
            for group in raw.groups
        }
        notes, treatment = self._notes(raw)
        issue_on = self._day("BT-2", raw.issue)
        lines = tuple(self._line(line, exemptions) for line in raw.lines)
        totals = self._totals(raw)
        made = {
            "seller": self._party(raw.seller, "BG-4"),
            "buyer": self._party(raw.buyer, "BG-7"),
            "payee": self._party(raw.payee, "BG-10") if raw.payee else None,
            "payer": self._party(raw.payer, "EXT-FR-FE-BG-02") if raw.payer else None,
        }
        level = raw.flavour.level.name if raw.flavour.level else ""
        if level and level not in {"EN 16931", *_EXTENDED}:
            self.unread.append(("BT-24", raw.flavour.guideline))
        shared = {
            "due_on": self._day("BT-9", raw.due, needed=False),
            "delivered_on": self._day("BT-72", raw.delivered, needed=False),
            "period": self._period("BG-14", raw.starts, raw.ends),
            "adjustments": tuple(self._adjustment(item, exemptions, "BG-20") for item in raw.adjustments),
            "preceding": self._preceding(raw),
            "attachments": tuple(self._attachment(item) for item in raw.attachments),
            "groups": tuple(self._groups(raw)),
        }
        if type_ is None or issue_on is None:
            return None
        return Document(
            number=raw.number,
            type=type_,
            issue_on=issue_on,
            lines=lines,
            process=process or Process.SERVICES,
            profile=Profile.EXTENDED if level in _EXTENDED else Profile.EN16931,
            references=self._references(raw),
            notes=notes,
            treatment=treatment,
            prepaid=totals.prepaid,
            payment=Payment(
                iban=raw.iban,
                bic=raw.bic,
                account_name=raw.account_name,
                means=raw.payment_means or "30",
                reference=raw.payment_reference,
                terms=raw.terms,
            ),
            vat_due_code=raw.vat_due_code,
            totals=totals,
            **made,  # type: ignore[arg-type]  # each value has its field's type
            **shared,  # type: ignore[arg-type]  # same
        )

    def _bad(self, code: str, where: str, text: str) -> None:
        self.findings.append(Finding(code=code, where=where, values={"text": text[:40] or "(vide)"}))

    @staticmethod
    def _word(kind: type[Word], text: str) -> Word | None:
        try:
            return kind(text)
        except ValueError:
            return None

    def _money(self, where: str, text: str, *, needed: bool = True) -> Money:
        if not text and not needed:
            return ZERO
        value = number(text)
        try:
            return Money.exact(value) if value is not None else self._no_money(where, text)
        except InvalidInput:
            return self._no_money(where, text)

    def _no_money(self, where: str, text: str) -> Money:
        self._bad("document_amount_unreadable", where, text)
        return ZERO

    def _number(self, where: str, text: str, default: Decimal | None = None) -> Decimal:
        value = number(text) if text or default is None else default
        if value is None:
            self._bad("document_amount_unreadable", where, text)
            return Decimal(0)
        return value

    def _day(self, where: str, text: str, *, needed: bool = True) -> date | None:
        found = day(text)
        if found is None and (text or needed):
            self._bad("document_day_unreadable", where, text)
        return found

    def _period(self, where: str, starts: str, ends: str) -> Period | None:
        if not starts and not ends:
            return None
        first, last = self._day(where, starts or ends), self._day(where, ends or starts)
        return Period(starts_on=first, ends_on=last) if first and last else None

    def _notes(self, raw: RawDocument) -> tuple[tuple[Note, ...], Treatment | None]:
        kept, treatment = [], None
        for subject, text in raw.notes:
            known = self._word(NoteSubject, subject)
            told = self._word(Treatment, text) if subject == "BAR" and treatment is None else None
            if told is not None:
                treatment = told
            elif known is not None:
                kept.append(Note(text=text, subject=known))
            else:
                self.unread.append((f"BG-1 {subject}".strip(), text[:120]))
        return tuple(kept), treatment

    def _party(self, raw: RawParty, where: str) -> Party:
        siret = next((value for scheme, value in raw.ids if scheme == SIRET_SCHEME), "")
        self.unread.extend(
            (f"{where} {scheme}".strip(), value)
            for scheme, value in raw.ids
            if (scheme, value) != (SIRET_SCHEME, siret)
        )
        siren = raw.siren if raw.siren_scheme in {SIREN_SCHEME, ""} else ""
        if raw.siren and not siren:
            self.unread.append((f"{where} {raw.siren_scheme}", raw.siren))
        return Party(
            name=raw.name,
            siren=siren,
            siret=siret,
            vat_number=raw.vat_number,
            tax_number=raw.tax_number,
            address=Address(line=raw.line, postcode=raw.postcode, city=raw.city, country=raw.country or "FR"),
            endpoint=Endpoint(value=raw.endpoint, scheme=raw.endpoint_scheme) if raw.endpoint else None,
            contact=raw.contact,
            email=raw.email,
            phone=raw.phone,
            legal=raw.legal,
            is_person=where == "BG-7" and not (siren or siret or raw.vat_number),
        )

    def _vat(self, raw: RawVat, exemptions: dict[tuple[str, Decimal | None], tuple[str, str]], where: str) -> Vat:
        category = self._word(VatCategory, raw.category)
        if category is None:
            self._bad("document_vat_category_unsupported", where, raw.category)
        rate = self._number(where, raw.rate, Decimal(0))
        code, text = exemptions.get((raw.category, rate), ("", ""))
        return Vat(
            category=category or VatCategory.STANDARD,
            rate=rate,
            exemption_code=raw.exemption_code or code,
            exemption_text=raw.exemption_text or text,
        )

    def _line(self, raw: RawLine, exemptions: dict[tuple[str, Decimal | None], tuple[str, str]]) -> Line:
        where = f"Ligne {raw.number}"
        price, base = self._number(where, raw.price, Decimal(0)), self._number(where, raw.base_quantity, Decimal(1))
        if base not in {Decimal(0), Decimal(1)}:
            self.unread.append((f"{where} BT-149", raw.base_quantity))
            price /= base
        return Line(
            number=raw.number,
            label=raw.label,
            description=raw.description,
            quantity=self._number(where, raw.quantity, Decimal(0)),
            unit=raw.unit,
            unit_price=price,
            vat=self._vat(raw.vat, exemptions, where),
            net=self._money(where, raw.net, needed=raw.counted),
            dossier=raw.dossier,
            order_line=raw.order_line,
            period=self._period(where, raw.starts, raw.ends),
            adjustments=tuple(self._adjustment(item, exemptions, where, of_line=True) for item in raw.adjustments),
            attributes=tuple(raw.attributes),
        )

    def _adjustment(
        self,
        raw: RawAdjustment,
        exemptions: dict[tuple[str, Decimal | None], tuple[str, str]],
        where: str,
        *,
        of_line: bool = False,
    ) -> Adjustment:
        return Adjustment(
            amount=self._money(where, raw.amount),
            reason=raw.reason,
            is_charge=raw.is_charge,
            vat=self._vat(raw.vat, exemptions, where) if raw.vat is not None and not of_line else None,
        )

    def _groups(self, raw: RawDocument) -> Iterable[VatGroup]:
        for group in raw.groups:
            yield VatGroup(
                vat=self._vat(group.vat, {}, "BG-23"),
                basis=self._money("BT-116", group.basis),
                tax=self._money("BT-117", group.tax),
            )

    def _totals(self, raw: RawDocument) -> Totals:
        sums = raw.totals
        if sums.rounding and number(sums.rounding) != 0:
            self.unread.append(("BT-114", sums.rounding))
        return Totals(
            lines=self._money("BT-106", sums.lines, needed=bool(raw.lines)),
            allowances=self._money("BT-107", sums.allowances, needed=False),
            charges=self._money("BT-108", sums.charges, needed=False),
            net=self._money("BT-109", sums.net),
            vat=self._money("BT-110", sums.vat, needed=False),
            gross=self._money("BT-112", sums.gross),
            prepaid=self._money("BT-113", sums.prepaid, needed=False),
            due=self._money("BT-115", sums.due),
        )

    def _references(self, raw: RawDocument) -> References:
        return References(
            engagement=raw.engagement,
            service_code=raw.service_code,
            contract=raw.contract,
            dossier=raw.dossier,
            project=raw.project,
            project_name="" if raw.project_name == raw.project else raw.project_name,
        )

    def _preceding(self, raw: RawDocument) -> tuple[Preceding, ...]:
        kept = []
        for reference, text in raw.preceding:
            on = day(text)
            if on is None:
                self.unread.append(("BG-3", f"{reference} {text}".strip()))
            else:
                kept.append(Preceding(number=reference, issue_on=on))
        return tuple(kept)

    def _attachment(self, raw: RawAttachment) -> Attachment:
        kind = self._word(AttachmentKind, raw.kind)
        if kind is None and raw.kind:
            self.unread.append(("BT-123", raw.kind[:120]))
        try:
            content = base64.b64decode(raw.content)
        except (binascii.Error, ValueError):
            content = b""
            self._bad("document_attachment_unreadable", "BT-125", raw.name)
        return Attachment(
            name=raw.name, content=content, media_type=raw.media_type, kind=kind or AttachmentKind.SUPPORTING
        )
