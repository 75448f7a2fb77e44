"""The very same rules on neutral cases, in memory (`quitus bench anomalies`). Files are the console's."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from billing.errors import InvalidInput
from reconciliation.rules.engine import detect_in
from reconciliation.rules.neutral import facts_from_plain
from reconciliation.rules.thresholds import thresholds_from_plain
from reconciliation.rules.verdict import Moment


def answer_cases(lines: Iterable[str], defaults: Mapping[str, Any]) -> Iterator[str]:
    """Answer each case, one JSON line each, in order.

    Args:
        lines: cases, one JSON document a line; blank lines are skipped.
        defaults: the parsed `parameters.json` that lies beside the cases; each case may override any key.

    Raises:
        InvalidInput: a line is no case; the error says which.
    """
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                case = json.loads(line, parse_float=Decimal)
                yield json.dumps(_answer(case, defaults), ensure_ascii=False)
            except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as cause:
                raise InvalidInput("neutral_case_unreadable", line=number, reason=str(cause)[:120]) from cause
            except InvalidInput as cause:
                reason = " ".join(str(part) for part in (cause.values.get("kind"), cause.values.get("reason")) if part)
                raise InvalidInput("neutral_case_unreadable", line=number, reason=reason or str(cause)) from cause


def read_defaults(text: str) -> dict[str, Any]:
    """Parse a `parameters.json`, decimals kept exact.

    Raises:
        InvalidInput: it is no JSON object.
    """
    try:
        values = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as cause:
        raise InvalidInput("neutral_parameters_unreadable", reason=str(cause)[:120]) from cause
    if not isinstance(values, dict):
        raise InvalidInput("neutral_parameters_unreadable", reason="object expected")
    return values


def _answer(case: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    parameters = thresholds_from_plain({**defaults, **(case.get("parameters") or {})})
    today = date.fromisoformat(case["today"])
    now = datetime.fromisoformat(case["now"]) if case.get("now") else datetime.fromisoformat(f"{today}T08:00")
    detection = detect_in(facts_from_plain(case["objects"], parameters), parameters, Moment(today=today, now=now))
    return {
        "id": case["id"],
        "findings": [
            {
                "code": finding.code,
                "subject_kind": finding.subject_kind,
                "subject_id": finding.subject_id,
                "severity": finding.severity,
            }
            for finding in detection.found
        ],
        "not_checkable": sorted(detection.not_checkable),
    }
