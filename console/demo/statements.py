"""The sample's bank statements, as a bank would export them: one camt.053 file for each month."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape

from console.demo.money import OPENING_BALANCE_CENTS, OUR_IBAN, Moneys, Transfer
from console.demo.world import NIGHT, OPENING

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


def write_statements(moneys: Moneys, folder: Path) -> list[Path]:
    """Write the statements from the opening day to the day before the night; balances follow one another."""
    files = []
    balance = OPENING_BALANCE_CENTS
    ordered = sorted(moneys.transfers, key=lambda item: (item.on, item.label, item.cents))
    month = OPENING
    number = 1
    while month < NIGHT:
        after = (month + timedelta(days=32)).replace(day=1)
        last = min(after, NIGHT) - timedelta(days=1)
        inside = [item for item in ordered if month <= item.on <= last]
        path = folder / f"releve-{month:%Y-%m}.xml"
        closing = balance + sum(item.cents for item in inside)
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(_document(number, month, last, balance, closing, inside))
        files.append(path)
        balance, month, number = closing, after, number + 1
    return files


def _amount(cents: int) -> str:
    return format(Decimal(abs(cents)).scaleb(-2), "f")


def _side(cents: int) -> str:
    return "CRDT" if cents >= 0 else "DBIT"


def _balance(code: str, cents: int, on: date) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="EUR">{_amount(cents)}</Amt><CdtDbtInd>{_side(cents)}</CdtDbtInd><Dt><Dt>{on}</Dt></Dt></Bal>\n'
    )


def _document(
    number: int, first: date, last: date, opening: int, closing: int, transfers: list[Transfer]
) -> Iterator[str]:
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{NAMESPACE}"><BkToCstmrStmt>\n'
    yield f"<GrpHdr><MsgId>BRUME{last:%Y%m%d}</MsgId><CreDtTm>{last}T20:00:00+01:00</CreDtTm></GrpHdr>\n"
    yield (
        f"<Stmt><Id>{last:%Y%m}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb><CreDtTm>{last}T20:00:00+01:00</CreDtTm>"
        f"<FrToDt><FrDtTm>{first}T00:00:00</FrDtTm><ToDtTm>{last}T23:59:59</ToDtTm></FrToDt>"
        f"<Acct><Id><IBAN>{OUR_IBAN}</IBAN></Id><Ccy>EUR</Ccy></Acct>\n"
    )
    yield _balance("OPBD", opening, first)
    yield _balance("CLBD", closing, last)
    for position, item in enumerate(transfers, start=1):
        yield _entry(item, f"{last:%y%m}{position:07d}")
    yield "</Stmt></BkToCstmrStmt></Document>\n"


def _entry(item: Transfer, reference: str) -> str:
    party, account = ("Dbtr", "DbtrAcct") if item.cents >= 0 else ("Cdtr", "CdtrAcct")
    who = f"<{party}><Pty><Nm>{escape(item.name)}</Nm></Pty></{party}>" if item.name else ""
    iban = f"<{account}><Id><IBAN>{item.iban}</IBAN></Id></{account}>" if item.iban else ""
    parties = f"<RltdPties>{who}{iban}</RltdPties>" if who or iban else ""
    end_to_end = escape(item.end_to_end or "NOTPROVIDED")
    return (
        f'<Ntry><NtryRef>{reference}</NtryRef><Amt Ccy="EUR">{_amount(item.cents)}</Amt>'
        f"<CdtDbtInd>{_side(item.cents)}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>{item.on}</Dt></BookgDt><ValDt><Dt>{item.on}</Dt></ValDt>"
        f"<AcctSvcrRef>{reference}</AcctSvcrRef>"
        f"<NtryDtls><TxDtls><Refs><EndToEndId>{end_to_end}</EndToEndId></Refs>"
        f'<Amt Ccy="EUR">{_amount(item.cents)}</Amt>{parties}'
        f"<RmtInf><Ustrd>{escape(item.label)}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>\n"
    )
