"""What `quitus invoice check` shows of each file: plain values for machines, lines in French for people."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from billing.errors import Finding
from workers.catalogue import named

if TYPE_CHECKING:
    from integrations.facturx.checking import Checked
    from workers.catalogue import Texts

OFFICIAL_RULE = re.compile(r"[A-Z][A-Z0-9]*(-[A-Za-z0-9]+)+")
"""The name of a rule that others published (`BR-CO-10`); ours are no words for people."""


def checked_files(files: Sequence[Path], texts: "Texts", *, processes: int | None = None) -> Iterator[dict[str, Any]]:
    """Check files in bounded processes; give one description each, in their order."""
    from integrations.facturx.checking import CheckPool  # noqa: PLC0415 - lazy: heavy libraries

    with CheckPool(processes) as pool:
        for file, checked in zip(files, pool.check(files), strict=True):
            yield described(str(file), checked, texts)


def described(name: str, checked: "Checked", texts: "Texts") -> dict[str, Any]:
    """Describe what was found in one file."""
    return {
        "file": name,
        "ok": checked.ok,
        "kind": checked.kind,
        "syntax": checked.syntax,
        "level": checked.level,
        "sha256": checked.sha256,
        "findings": [finding_shown(finding, texts) for finding in checked.findings],
    }


def finding_shown(finding: Finding, texts: "Texts") -> dict[str, str]:
    """Describe one finding; the official wording, in its own language, is kept apart from our sentence."""
    from integrations.facturx.wording import rule_of  # noqa: PLC0415 - lazy

    official = str(finding.values.get("official") or "")
    text = texts.of_check(finding)
    shown = {"rule": rule_of(finding), "severity": str(finding.severity), "where": finding.where, "text": text}
    return {**shown, "official": official} if official else shown


def lines_of(described_file: dict[str, Any]) -> Iterable[str]:
    """Write what a person reads of one file."""
    what = " ".join(filter(None, (described_file["syntax"], described_file["level"])))
    verdict = "valide" if described_file["ok"] else "NON VALIDE"
    yield f"{described_file['file']} : {verdict}{f' ({what})' if what else ''}"
    for finding in described_file["findings"]:
        severity = named("Severity", finding["severity"])
        rule = f", {finding['rule']}" if OFFICIAL_RULE.fullmatch(finding["rule"]) else ""
        yield f"  {severity}{rule} – {finding['text']}"
        if "official" in finding:
            yield f"      libellé officiel : {finding['official']}"
