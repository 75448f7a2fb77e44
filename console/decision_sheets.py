"""What a person reads about a sending that waits for a decision: what happened, since when, what to do."""

from typing import Any

from billing.errors import QuitusError
from billing.ports import UnitOfWork
from billing.submission import Submission, silence
from workers.bootstrap import Runtime
from workers.clock import PARIS


def of(runtime: Runtime, uow: UnitOfWork, row: Submission) -> dict[str, Any]:
    """Make the sheet of a row in state `human` that no person carries by hand; the keys of any sheet."""
    parcel = runtime.engine.make_parcel(uow, row)
    attempts = uow.attempts.find(submission_id=row.id)
    since = silence(attempts, runtime.clock.now()).since or min((item.started_at for item in attempts), default=None)
    values = {
        "number": parcel.number,
        "platform": row.platform,
        "since": f"{since.astimezone(PARIS):%d/%m/%Y}" if since else "",
        "tries": sum(item.act == "send" for item in attempts),
    }
    texts = runtime.texts
    key = f"met_{row.error_code}"
    met = texts.sentence("labels", key, {})  # what has no words comes back as it is
    return {
        "number": parcel.number,
        "platform": row.platform,
        "title": texts.sentence("labels", "decision_title", values),
        "steps": [
            texts.sentence("labels", f"decision_{row.human_reason}", values),
            texts.sentence("labels", f"decision_{row.human_reason}_next", values),
        ],
        "lines": [
            {"label": texts.sentence("labels", "decision_amount", {}), "value": parcel.amount.french()},
            *([{"label": texts.sentence("labels", "decision_met", {}), "value": met}] if met != key else []),
        ],
        "folder": "",
    }


def unreachable(runtime: Runtime, uow: UnitOfWork, row: Submission, error: QuitusError) -> dict[str, Any]:
    """Make the sheet of a row whose platform cannot be opened: what to mend first."""
    parcel = runtime.engine.make_parcel(uow, row)
    values = {"number": parcel.number, "platform": row.platform}
    return {
        "number": parcel.number,
        "platform": row.platform,
        "title": runtime.texts.sentence("labels", "decision_title", values),
        "steps": [runtime.texts.of_error(error), *map(runtime.texts.of_finding, getattr(error, "findings", ()))],
        "lines": [],
        "folder": "",
    }
