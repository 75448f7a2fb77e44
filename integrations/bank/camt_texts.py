"""What an entry's details say in words: label, counterparty, references."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from integrations.bank import limits
from integrations.bank.xml_stream import Element, at, text

_NO_REFERENCE = re.compile(r"(?:NOT ?PROVIDED|NON ?REF|NOREF|N/?A|NONE|[0 ./-]*)", re.IGNORECASE)
_COUNTER = re.compile(r"\d{1,5}")
"""A short number counts entries inside one statement (seen in public importers): it tells nothing in the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Texts of one movement; each is empty when the bank gives none.

    Attributes:
        label: the payer's words (`Ustrd` joined, then structured references), else the bank's.
        details: every reference found, to tell two movements apart.
    """

    label: str = ""
    name: str = ""
    iban: str = ""
    end_to_end_id: str = ""
    reference: str = ""
    details: str = ""


def reference_of(element: Element) -> str:
    """Give the bank's own reference of an entry, where it is worth the name: `AcctSvcrRef`, else a long `NtryRef`."""
    found = _reference(text(element, "AcctSvcrRef"))
    entry = _reference(text(element, "NtryRef"))
    return found or ("" if _COUNTER.fullmatch(entry) else entry)


def _reference(written: str) -> str:
    return "" if _NO_REFERENCE.fullmatch(written) else written


def read_texts(details: Sequence[Element], *, credited: bool, reversal: bool) -> Texts:
    """Read the texts of one movement, or of a batch kept whole.

    Args:
        details: its `TxDtls`, none for an entry without details.
        credited: money came in, so the other side is the debtor.
        reversal: it gives an earlier one back, so the parties keep the roles that they had there.
    """
    if not details:
        return Texts()
    if len(details) == 1:
        return _one(details[0], credited=credited, reversal=reversal)
    read = [_one(detail, credited=credited, reversal=reversal) for detail in details]
    return Texts(
        label=_joined(one.label for one in read),
        name=_same([one.name for one in read]),
        iban=_same([one.iban for one in read]),
        end_to_end_id=_same([one.end_to_end_id for one in read]),
        details=_joined(one.details for one in read),
    )


def _same(values: list[str]) -> str:
    return values[0] if len(set(values)) == 1 else ""


def _joined(parts: object) -> str:
    kept = dict.fromkeys(str(part) for part in parts if part)  # type: ignore[attr-defined]
    return " ".join(kept)[: limits.TEXT_MAX]


def _one(detail: Element, *, credited: bool, reversal: bool) -> Texts:
    references = at(detail, "Refs")
    end_to_end = _reference(text(references, "EndToEndId"))
    reference = _reference(text(references, "AcctSvcrRef"))
    parties = at(detail, "RltdPties")
    name, iban = _party(parties, "Dbtr" if credited != reversal else "Cdtr")
    label = _label(detail)
    identifiers = [end_to_end, *(text(references, one) for one in ("TxId", "InstrId", "MndtId", "UETR"))]
    return Texts(
        label=label or text(detail, "AddtlTxInf"),
        name=name,
        iban=iban,
        end_to_end_id=end_to_end,
        reference=reference,
        details=_joined((label, *identifiers, text(detail, "AddtlTxInf"), text(detail, "RtrInf", "Rsn", "Cd"))),
    )


def _party(parties: Element | None, role: str) -> tuple[str, str]:
    """Give the name (`Nm`; from .07 `Pty/Nm` or `Agt`) and the IBAN of one side."""
    party = at(parties, role)
    name = (
        text(party, "Nm")
        or text(party, "Pty", "Nm")
        or text(party, "Agt", "FinInstnId", "Nm")
        or text(parties, f"Ultmt{role}", "Nm")
        or text(parties, f"Ultmt{role}", "Pty", "Nm")
    )
    iban = text(parties, f"{role}Acct", "Id", "IBAN").replace(" ", "").upper()
    return name, iban


def _label(detail: Element) -> str:
    """Join the free remittance texts, then the structured references that they do not repeat."""
    remittance = at(detail, "RmtInf")
    if remittance is None:
        return ""
    free = [" ".join((one.text or "")[: limits.TEXT_MAX].split()) for one in remittance.iterchildren("{*}Ustrd")]
    label = " ".join(part for part in free if part)
    for structured in remittance.iterchildren("{*}Strd"):
        found = [text(structured, "CdtrRefInf", "Ref") or text(structured, "CdtrRefInf", "CdtrRef")]
        found += [
            text(document, "Nb") or text(document, "RfrdDocNb") for document in structured.iterchildren("{*}RfrdDocInf")
        ]
        found += [
            " ".join((one.text or "").split())[: limits.TEXT_MAX] for one in structured.iterchildren("{*}AddtlRmtInf")
        ]
        for part in found:
            if part and part not in label:
                label = f"{label} {part}".strip()
    return label[: limits.TEXT_MAX]
