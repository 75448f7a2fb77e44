"""Which French sentence a finding gets, and what is shown of it to people and to machines."""

import re
from collections.abc import Iterator

from billing.errors import Finding

_SHORT = re.compile(r"BR-FR-(?:(?:CO|DEC|MV|BD|MAP)-)?[0-9]+")
OFFICIAL = "official_rule"
_EXTENDED = re.compile(r"BR-F[XR]EXT-(?:BR-)?((?:[A-Z]{1,2}-)?[0-9]{2})[a-z]*")


def official_id(identity: str) -> str:
    """Give the rule as the official lists number it: `BR-FR-05_BT-22_PMT` is BR-FR-05."""
    short = _SHORT.match(identity)
    return short[0] if short else identity


def rule_of(finding: Finding) -> str:
    """Give the rule's official identifier, or our own code."""
    return str(finding.values.get("rule") or finding.code)


def sentence_keys(finding: Finding) -> Iterator[str]:
    """List where an official rule's sentence may stand, the most precise first: variant, rule, then its families."""
    rule = rule_of(finding)
    yield str(finding.values.get("variant") or rule)
    yield rule
    extended = _EXTENDED.fullmatch(rule)
    if extended:  # EXTENDED words some rules of the norm anew, with a tolerance
        rule = f"BR-{extended[1]}"
        yield rule
    while "-" in rule:
        rule = rule.rpartition("-")[0]
        yield rule
