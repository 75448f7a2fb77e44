"""`quitus reconcile`: what each bank line pays, why, and what a person decides."""

from typing import Annotated

import typer

from console.cli.frame import EXIT_WAITING, Done, Json, Slug, actor, emit, out, progress, runtime

Line = Annotated[
    str, typer.Argument(metavar="LIGNE", help="Identifiant de la ligne bancaire (voir `quitus bank lines`).")
]


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    group = typer.Typer(help="Rapprochement : chaque euro reçu, expliqué.", invoke_without_command=True)
    group.callback()(run)
    group.command("explain")(explain)
    group.command("confirm")(confirm)
    group.command("undo")(undo)
    group.command("set-aside")(set_aside)
    app.add_typer(group, name="reconcile")


def run(context: typer.Context, json: Json = False, organisation: Slug = None) -> None:
    """Rapproche ce qui est nouveau ; relancer ne change rien."""
    if context.invoked_subcommand:
        return
    from workers.steps import Night, reconcile_bank  # noqa: PLC0415 - lazy

    with runtime() as opened, progress("Rapprochement", quiet=json) as move:
        organisation_id, slug = opened.organisation(organisation)
        night = Night(runtime=opened, organisation_id=organisation_id, slug=slug, report_progress=move)
        counts = reconcile_bank(night)
    if json:
        emit(counts)
    else:
        out(f"{counts['lines']} lignes : {counts['auto']} rapprochées, {counts['suggested']} proposées, "
            f"{counts['queued']} en attente.")  # fmt: skip
        for key, label in (
            ("allocated_cents", "Affecté"),
            ("refunded_cents", "Remboursé"),
            ("set_aside_cents", "Mis de côté"),
            ("unallocated_cents", "En attente"),
        ):
            out(f"  {label} : {_euros(counts[key])}")
    if counts["suggested"] or counts["queued"]:
        raise Done(EXIT_WAITING)


def explain(line: Line, json: Json = False, organisation: Slug = None) -> None:
    """Explique une ligne : ce qui a été décidé, sur quelles preuves, ou les candidats."""
    from reconciliation.usecases.explain import explain as explained  # noqa: PLC0415 - lazy

    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        with opened.books.open_books(organisation_id, actor(), read_only=True) as uow:
            found = explained(uow, line)
            ids = {item.claim_id for item in found.allocations if item.claim_id}
            if found.decision:
                ids |= {part.claim_id for candidate in found.decision.candidates for part in candidate.parts}
            numbers = {claim.id: claim.number or "" for claim in uow.claims.find(id=tuple(ids))}
    if json:
        emit({"line": found.line.id, "amount_cents": found.line.amount, "allocations": found.allocations,
              "decision": found.decision, "suggestion": found.suggestion, "numbers": numbers})  # fmt: skip
        return
    out(f"{found.line.booked_on:%d/%m/%Y}  {found.line.amount.french()}  {found.line.label}")
    for item in found.allocations:
        out(f"  {item.amount.french()} → {numbers.get(item.claim_id or '', item.account)} "
            f"({item.rule} ; {', '.join(item.evidence)})")  # fmt: skip
    if found.decision:
        out(f"  En attente : {', '.join(found.decision.reasons) or 'aucune explication'}")
        for candidate in found.decision.candidates:
            parts = ", ".join(f"{numbers.get(part.claim_id)} {_euros(part.amount_cents)}" for part in candidate.parts)
            out(f"    candidat : {parts} ({'; '.join(candidate.evidence.facts())})")


def _euros(cents: int) -> str:
    from billing.money import Money  # noqa: PLC0415 - lazy

    return Money(cents).french()


def confirm(
    line: Line,
    parts: Annotated[
        list[str] | None,
        typer.Argument(metavar="FACTURE=MONTANT", help="FACTURE=MONTANT ; sans rien : la proposition unique."),
    ] = None,
    organisation: Slug = None,
) -> None:
    """Affecte une ligne à une ou plusieurs factures, comme vous le décidez."""
    from console import bank_acts  # noqa: PLC0415 - lazy

    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        made = bank_acts.confirm_line(opened, organisation_id, line, parts or [], actor())
    out(f"{made} affectation(s) enregistrée(s).")


def undo(line: Line, organisation: Slug = None) -> None:
    """Annule l'affectation d'une ligne par des écritures contraires datées d'aujourd'hui."""
    from console import bank_acts  # noqa: PLC0415 - lazy

    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        made = bank_acts.undo_line(opened, organisation_id, line, actor())
    out(f"{made} affectation(s) annulée(s).")


def set_aside(
    line: Line,
    account: Annotated[str, typer.Argument(metavar="COMPTE", help="Compte comptable, par exemple 627000.")],
    reason: Annotated[str, typer.Option(help="Motif.")] = "decision",
    organisation: Slug = None,
) -> None:
    """Met une ligne de côté : elle ne concerne aucune facture."""
    from console import bank_acts  # noqa: PLC0415 - lazy

    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        bank_acts.set_line_aside(opened, organisation_id, line, account, reason, actor())
    out("Ligne mise de côté.")
