"""Files in and out of the neutral benches; the engines are the ones of the night."""

import json
import resource
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from billing.errors import InvalidInput
from reconciliation.bench import predictions
from reconciliation.rules.bench import answer_cases, read_defaults

Records = dict[str, list[dict[str, Any]]]
KINDS = ("funders", "invoices", "remittances", "payments")


def reconcile(dataset: Path, target: Path, processes: int) -> dict[str, Any]:
    """Match a neutral dataset and write its predictions.

    Returns:
        `seconds` of matching alone (reading and writing apart), `lines_per_second`, `peak_rss_mb`, `lines`.
    """
    by_organisation: dict[str, Records] = {}
    for kind in KINDS:
        for record in _records(dataset / f"{kind}.jsonl"):
            empty: Records = {name: [] for name in KINDS}
            by_organisation.setdefault(record["org_id"], empty)[kind].append(record)
    lines = sum(len(records["payments"]) for records in by_organisation.values())
    begun = time.perf_counter()
    work = [records for _organisation, records in sorted(by_organisation.items())]
    if processes > 1:
        with ProcessPoolExecutor(processes) as pool:
            found = list(pool.map(_match, work))
    else:
        found = [_match(records) for records in work]
    seconds = time.perf_counter() - begun
    with target.open("w", encoding="utf-8") as file:
        for part in found:
            file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in part)
    return {
        "seconds": seconds,
        "lines": lines,
        "lines_per_second": lines / seconds if seconds else 0,
        "peak_rss_mb": _peak_mb(),
    }


def _match(records: Records) -> list[dict[str, Any]]:
    try:
        return list(
            predictions(
                funders=records["funders"],
                invoices=records["invoices"],
                remittances=records["remittances"],
                payments=records["payments"],
            )
        )
    except (KeyError, TypeError, ValueError, AttributeError) as cause:
        raise InvalidInput("dataset_unreadable", reason=f"{type(cause).__name__} {cause}"[:120]) from cause


def _records(path: Path) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        raise InvalidInput("file_missing", file=path.name)
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except (ValueError, RecursionError) as cause:
                raise InvalidInput("json_line_unreadable", file=path.name, line=number) from cause
            if not isinstance(record, dict) or "org_id" not in record:
                raise InvalidInput("json_line_unreadable", file=path.name, line=number)
            yield record


def _peak_mb() -> int:
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(own, children) // 1024


def anomalies(cases: Path, target: Path) -> dict[str, Any]:
    """Apply the rules to neutral cases; `parameters.json` is read beside them."""
    if not cases.is_file():
        raise InvalidInput("file_missing", file=cases.name)
    beside = cases.with_name("parameters.json")
    count = 0
    begun = time.perf_counter()
    try:
        defaults = read_defaults(beside.read_text(encoding="utf-8")) if beside.is_file() else {}
        with cases.open(encoding="utf-8") as source, target.open("w", encoding="utf-8") as file:
            for answer in answer_cases(source, defaults):
                file.write(answer + "\n")
                count += 1
    except UnicodeDecodeError as cause:
        raise InvalidInput("file_not_utf8", file=cases.name) from cause
    return {"seconds": time.perf_counter() - begun, "cases": count}
