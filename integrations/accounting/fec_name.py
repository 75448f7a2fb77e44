"""The name of a FEC: SIREN, `FEC`, closing date of the fiscal year, perhaps a suffix."""

import re
from datetime import date

from billing.errors import Severity
from billing.identity import luhn_is_valid
from integrations.accounting.fec_report import Report

_NAME = re.compile(r"(.+?)FEC(20\d{2}[0-1]\d[0-3]\d)(.*)", re.IGNORECASE | re.DOTALL)
_SIREN = re.compile(r"\d{9}", re.ASCII)


def check_name(name: str, report: Report) -> date | None:
    """Check a name and give the closing date that it says, None when it says none."""
    shape = _NAME.fullmatch(name)
    if shape is None:
        report.say("fec_name", name=name[:80])
        return None
    prefix, closing, _ = shape.groups()
    if not _SIREN.fullmatch(prefix) or not luhn_is_valid(prefix):
        report.say("fec_name_siren", siren=prefix[:20])
    try:
        return date.fromisoformat(closing)
    except ValueError:
        report.say("fec_name", severity=Severity.ERROR, name=name[:80])
        return None
