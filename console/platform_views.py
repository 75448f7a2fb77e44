"""What lists show of platforms: what adapters declare, and what the books of this home say of them."""

from datetime import datetime
from typing import Any

from adapters.registry import Registry
from billing.errors import Misconfigured
from console.nights import paused_since
from workers.bootstrap import build


def platform_rows(adapters: Registry) -> list[dict[str, Any]]:
    """List platforms; freshness is read from the home when there is one."""
    seen, paused = _home_facts()
    return [
        {
            "code": item.code,
            "name": item.display_name,
            "operator": item.operator,
            "role": item.role.value,
            "capabilities": sorted(capability.value for capability in item.capabilities),
            "grade": item.grade.value,
            "by_hand": item.by_hand,
            "source": item.source,
            "absence": item.contract.absence.value,
            "last_success": seen.get(item.code),
            "paused": item.code in paused,
            "paused_since": paused.get(item.code),
        }
        for item in adapters.platforms()
    ]


def _home_facts() -> tuple[dict[str, datetime], dict[str, datetime]]:
    """Tell when each platform last showed or took something, and since which night it is paused."""
    newest: dict[str, datetime] = {}
    paused: dict[str, datetime] = {}
    try:
        opened = build()
    except Misconfigured:
        return newest, paused
    with opened:
        for organisation in opened.books.organisations():
            paused |= paused_since(opened, organisation.id)
            with opened.books.open_books(organisation.id, "system", read_only=True) as uow:
                for record in uow.platform_records.stream(latest=True):
                    newest[record.platform] = max(newest.get(record.platform, record.seen_at), record.seen_at)
                for row in uow.submissions.stream(state="accepted"):
                    for attempt in uow.attempts.find(submission_id=row.id, outcome="TheyAccepted"):
                        if attempt.ended_at:
                            newest[row.platform] = max(newest.get(row.platform, attempt.ended_at), attempt.ended_at)
    return newest, paused
