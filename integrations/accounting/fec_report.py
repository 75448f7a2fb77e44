"""Findings of a check, each kind listed a few times and then counted: a year of the same fault stays readable."""

from collections import Counter
from dataclasses import dataclass, field

from billing.errors import Finding, Severity, Value

LISTED_MAX = 20
"""Of one kind in one column; the rest is counted."""


@dataclass(slots=True)
class Report:
    """Collects findings in the order in which they are met."""

    findings: list[Finding] = field(default_factory=list)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def say(
        self,
        code: str,
        *,
        line: int = 0,
        column: str = "",
        severity: Severity = Severity.ERROR,
        **values: Value,
    ) -> None:
        """Note a finding."""
        self.counts[code, column] += 1
        if self.counts[code, column] <= LISTED_MAX:
            where = ", ".join(
                part for part in (f"ligne {line}" if line else "", f"colonne {column}" if column else "") if part
            )
            self.findings.append(
                Finding(
                    code=code,
                    where=where or "fichier",
                    severity=severity,
                    values={**values, "line": line, "column": column},
                )
            )

    def finish(self) -> tuple[Finding, ...]:
        """Give the findings, with one line for each kind that was cut."""
        severities = {finding.code: finding.severity for finding in self.findings}
        for (code, column), count in self.counts.items():
            if count > LISTED_MAX:
                self.findings.append(
                    Finding(
                        code="fec_more_of_same",
                        where=f"colonne {column}" if column else "fichier",
                        severity=severities[code],
                        values={"kind": code, "count": count - LISTED_MAX, "line": 0, "column": column},
                    )
                )
        return tuple(self.findings)
