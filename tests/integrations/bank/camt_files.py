"""Small camt files for tests: each is written in full by hand-made pieces, nothing of real banks."""

from pathlib import Path

OURS = "FR7630006000011234567890189"
THEIRS = "FR1420041010050500013M02606"
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


def amount(text: str, currency: str = "EUR") -> str:
    return f'<Amt Ccy="{currency}">{text}</Amt>'


def balance(kind: str, euros: str, *, side: str = "CRDT", currency: str = "EUR", extra: str = "") -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>{extra}{amount(euros, currency)}"
        f"<CdtDbtInd>{side}</CdtDbtInd><Dt><Dt>2026-09-01</Dt></Dt></Bal>"
    )


def entry(
    euros: str = "1400.00",
    *,
    side: str = "CRDT",
    day: str = "<Dt>2026-09-14</Dt>",
    status: str = "<Cd>BOOK</Cd>",
    currency: str = "EUR",
    label: str = "VIR OPCO1 FA-2026-00001",
    name: str = "OPCO1",
    iban: str = "",
    reference: str = "",
    entry_reference: str = "",
    end_to_end: str = "NOTPROVIDED",
    reversal: str = "",
    details: str | None = None,
) -> str:
    party = "Dbtr" if side == "CRDT" else "Cdtr"
    account = f"<{party}Acct><Id><IBAN>{iban}</IBAN></Id></{party}Acct>" if iban else ""
    if details is None:
        details = (
            f"<TxDtls><Refs><EndToEndId>{end_to_end}</EndToEndId></Refs>"
            f"<RltdPties><{party}><Pty><Nm>{name}</Nm></Pty></{party}>{account}</RltdPties>"
            f"<RmtInf><Ustrd>{label}</Ustrd></RmtInf></TxDtls>"
        )
    return (
        "<Ntry>"
        + (f"<NtryRef>{entry_reference}</NtryRef>" if entry_reference else "")
        + amount(euros, currency)
        + f"<CdtDbtInd>{side}</CdtDbtInd>"
        + (f"<RvslInd>{reversal}</RvslInd>" if reversal else "")
        + f"<Sts>{status}</Sts><BookgDt>{day}</BookgDt><ValDt>{day}</ValDt>"
        + (f"<AcctSvcrRef>{reference}</AcctSvcrRef>" if reference else "")
        + "<BkTxCd><Prtry><Cd>05</Cd></Prtry></BkTxCd>"
        + (f"<NtryDtls>{details}</NtryDtls>" if details else "")
        + "</Ntry>"
    )


def detail(euros: str, *, name: str = "OPCO1", label: str = "", side: str = "") -> str:
    return (
        "<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>"
        + (amount(euros) if euros else "")
        + (f"<CdtDbtInd>{side}</CdtDbtInd>" if side else "")
        + f"<RltdPties><Dbtr><Nm>{name}</Nm></Dbtr></RltdPties><RmtInf><Ustrd>{label}</Ustrd></RmtInf></TxDtls>"
    )


def statement(
    *pieces: str,
    reference: str = "2026-09",
    account: str = f"<IBAN>{OURS}</IBAN>",
    paging: str = "",
    period: str = "",
    tag: str = "Stmt",
    currency: str = "<Ccy>EUR</Ccy>",
) -> str:
    return (
        f"<{tag}><Id>{reference}</Id>{paging}<CreDtTm>2026-09-30T20:00:00+02:00</CreDtTm>{period}"
        f"<Acct><Id>{account}</Id>{currency}</Acct>{''.join(pieces)}</{tag}>"
    )


def period(first: str, last: str) -> str:
    return f"<FrToDt><FrDtTm>{first}T00:00:00</FrDtTm><ToDtTm>{last}T23:59:59</ToDtTm></FrToDt>"


def page(number: int, *, last: bool) -> str:
    return f"<StmtPgntn><PgNb>{number}</PgNb><LastPgInd>{'true' if last else 'false'}</LastPgInd></StmtPgntn>"


def document(*statements: str, namespace: str = NAMESPACE, message: str = "BkToCstmrStmt", prolog: str = "") -> bytes:
    declared = f' xmlns="{namespace}"' if namespace else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{prolog}<Document{declared}><{message}>'
        f"<GrpHdr><MsgId>M1</MsgId></GrpHdr>{''.join(statements)}</{message}></Document>"
    ).encode()


def a_file(folder: Path, content: bytes, name: str = "releve.xml") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path
