"""Run every rule on the same facts: findings, what could not be checked, both in one fixed order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from reconciliation.rules.catalogue import RULES
from reconciliation.rules.facts import Facts
from reconciliation.rules.logic import UNKNOWN
from reconciliation.rules.thresholds import Thresholds
from reconciliation.rules.verdict import SEVERITIES, Moment, Rule, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One trouble. `fingerprint` = hash of rule, subject and what makes it another trouble of that subject."""

    code: str
    subject_kind: str
    subject_id: str
    severity: str
    freezes: bool
    evidence: tuple[str, ...]
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """What one run says.

    Attributes:
        found: sorted by severity, rule, subject; a rule says one thing of one subject.
        unchecked: (code, subject kind, subject id) whose answer depends on something unknown, sorted.
    """

    found: tuple[Found, ...]
    unchecked: tuple[tuple[str, str, str], ...]

    @property
    def not_checkable(self) -> Mapping[str, int]:
        """Count what could not be checked, by rule."""
        counts: dict[str, int] = {}
        for code, _kind, _id in self.unchecked:
            counts[code] = counts.get(code, 0) + 1
        return counts


def detect_in(facts: Facts, parameters: Thresholds, moment: Moment, rules: Iterable[Rule] = RULES) -> Detection:
    """Apply every rule; no rule silences another.

    What is blamed before the organisation's takeover raises nothing. Identical inputs give identical results.
    """
    organisation = facts.organisation
    opening_on = None if organisation is UNKNOWN else organisation.opening_on
    found: dict[tuple[str, str, str], Found] = {}
    unchecked: set[tuple[str, str, str]] = set()
    for rule in rules:
        for verdict in rule.check(facts, parameters, moment):
            if verdict.truth is False or _before(verdict, opening_on):
                continue
            subject = (rule.code, verdict.kind, verdict.id)
            if verdict.truth is UNKNOWN:
                unchecked.add(subject)
                continue
            finding = _finding(rule, verdict, parameters)
            if subject not in found or _weight(finding) < _weight(found[subject]):
                found[subject] = finding
    return Detection(
        found=tuple(sorted(found.values(), key=_weight)),
        unchecked=tuple(sorted(unchecked - found.keys())),
    )


def fingerprint_of(code: str, kind: str, subject: str, key: tuple[str, ...] = ()) -> str:
    """Name a trouble for ever."""
    return sha256("\x1f".join((code, kind, subject, *key)).encode()).hexdigest()


def _before(verdict: Verdict, opening_on: date | None) -> bool:
    return opening_on is not None and verdict.on is not None and verdict.on < opening_on


def _finding(rule: Rule, verdict: Verdict, parameters: Thresholds) -> Found:
    return Found(
        code=rule.code,
        subject_kind=verdict.kind,
        subject_id=verdict.id,
        severity=verdict.severity or rule.severity,
        freezes=rule.freezes,
        evidence=(*verdict.evidence, f"rule.version={rule.version}", f"parameters={parameters.version}"),
        fingerprint=fingerprint_of(rule.code, verdict.kind, verdict.id, verdict.key),
    )


def _weight(finding: Found) -> tuple[int, str, str, str]:
    return SEVERITIES.index(finding.severity), finding.code, finding.subject_kind, finding.subject_id
