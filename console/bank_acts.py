"""What people decide about bank lines, each as one use case and one commit."""

from billing.errors import InvalidInput
from billing.money import read_money
from console.acts import find_claim
from reconciliation.matching.model import Part
from reconciliation.usecases.confirm import confirm, set_aside
from reconciliation.usecases.explain import explain
from reconciliation.usecases.undo import undo
from workers.bootstrap import Runtime


def confirm_line(
    runtime: Runtime, organisation_id: str, line_id: str, typed: list[str], actor: str, *, other_payer: str = ""
) -> int:
    """Allocate a line to the claims typed as `NUMBER=AMOUNT`, or to its one suggestion when none is typed.

    `other_payer` says why this payer pays what another one owes; empty when it does not.

    Raises:
        InvalidInput: a part cannot be read, or there is no single suggestion to take.
    """
    with runtime.books.open_books(organisation_id, actor) as uow:
        evidence: tuple[str, ...] = ()
        if typed:
            parts = []
            for text in typed:
                number, sign, amount = text.partition("=")
                if not sign:
                    raise InvalidInput("part_unreadable", text=text[:60])
                parts.append(Part(claim_id=find_claim(uow, number).id, amount_cents=read_money(amount).cents))
        else:
            suggestion = explain(uow, line_id).suggestion
            if suggestion is None:
                raise InvalidInput("no_single_suggestion", line=line_id)
            parts, evidence = list(suggestion.parts), ("suggestion=confirmed",)
        today = runtime.clock.today()
        made = confirm(uow, line_id, parts, today=today, evidence=evidence, other_payer=other_payer)
        uow.commit()
    return len(made)


def undo_line(runtime: Runtime, organisation_id: str, line_id: str, actor: str) -> int:
    """Reverse what stands on a line."""
    with runtime.books.open_books(organisation_id, actor) as uow:
        made = undo(uow, line_id, today=runtime.clock.today())
        uow.commit()
    return len(made)


def set_line_aside(runtime: Runtime, organisation_id: str, line_id: str, account: str, reason: str, actor: str) -> None:
    """Book a line on an account that concerns no claim."""
    with runtime.books.open_books(organisation_id, actor) as uow:
        set_aside(uow, line_id, account, reason, today=runtime.clock.today())
        uow.commit()
