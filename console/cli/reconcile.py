"""`quitus reconcile`: what each bank line pays, why, and what a person decides."""

from typing import Annotated

import typer

from console.cli.frame import EXIT_WAITING, Done, Json, Slug, actor, emit, french_day, out, progress, runtime, table

Line = Annotated[
    str, typer.Argument(metavar="LIGNE", help="Identifiant de la ligne bancaire (voir `quitus bank lines`).")
]


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    group = typer.Typer(help="Rapprochement : chaque euro reçu, expliqué.", invoke_without_command=True)
    group.callback()(run)
    group.command("list")(waiting)
    group.command("explain")(explain)
    group.command("confirm")(confirm)
    group.command("undo")(undo)
    group.command("set-aside")(set_aside)
    app.add_typer(group, name="reconcile")


def run(context: typer.Context, json: Json = False, organisation: Slug = None) -> None:
    """Rapproche ce qui est nouveau ; relancer ne change rien."""
    if context.invoked_subcommand:
        return
    from workers.shift import Night  # noqa: PLC0415 - lazy
    from workers.steps import reconcile_bank  # noqa: PLC0415 - lazy

    with runtime() as opened, progress("Rapprochement", quiet=json) as move:
        organisation_id, slug = opened.organisation(organisation)
        night = Night(runtime=opened, organisation_id=organisation_id, slug=slug, report_progress=move)
        counts = reconcile_bank(night)
    if json:
        emit(counts)
    else:
        out(f"{counts['lines']} lignes : {counts['auto']} rapprochées, {counts['suggested']} proposées, "
            f"{counts['queued']} à traiter.")  # fmt: skip
        for key, label in (
            ("allocated_cents", "Affecté"),
            ("refunded_cents", "Remboursé"),
            ("set_aside_cents", "Mis de côté"),
            ("unallocated_cents", "À expliquer"),
        ):
            out(f"  {label} : {_euros(counts[key])}")
    if counts["suggested"] or counts["queued"]:
        raise Done(EXIT_WAITING)


def explain(line: Line, json: Json = False, organisation: Slug = None) -> None:
    """Explique une ligne : ce qui a été décidé, sur quelles preuves, ou les candidats."""
    from console import reconcile_views  # noqa: PLC0415 - lazy
    from reconciliation.usecases.explain import explain as explained  # noqa: PLC0415 - lazy

    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        with opened.books.open_books(organisation_id, actor(), read_only=True) as uow:
            found = explained(uow, line)
            names = reconcile_views.names_of(uow, found)
        sentences = reconcile_views.sentences(found, names, opened.texts)
    if json:
        emit({"line": found.line.id, "amount_cents": found.line.amount, "allocations": found.allocations,
              "decision": found.decision, "suggestion": found.suggestion, "numbers": names.claims,
              "sentences": sentences})  # fmt: skip
        return
    for sentence in sentences:
        out(sentence)


def waiting(json: Json = False, organisation: Slug = None) -> None:
    """Liste les lignes qui attendent une personne, pourquoi, et ce qu'elles peuvent payer."""
    from console import reconcile_views  # noqa: PLC0415 - lazy
    from reconciliation.usecases.explain import explain_waiting  # noqa: PLC0415 - lazy

    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        with opened.books.open_books(organisation_id, actor(), read_only=True) as uow:
            rows = [
                reconcile_views.waiting_row(found, reconcile_views.names_of(uow, found), opened.texts)
                for found in explain_waiting(uow)
            ]
    if json:
        emit(rows)
        return
    table(
        f"{len(rows)} ligne(s) en attente",
        ("Ligne", "Date", "À expliquer", "Libellé", "Pourquoi", "Proposition"),
        [
            (
                row["line"],
                french_day(row["booked_on"]),
                row["unallocated_cents"].french(),
                row["label"],
                " ".join(row["why"]),
                row["proposal"],
            )
            for row in rows
        ],
    )


def _euros(cents: int) -> str:
    from billing.money import Money  # noqa: PLC0415 - lazy

    return Money(cents).french()


def confirm(
    line: Line,
    parts: Annotated[
        list[str] | None,
        typer.Argument(metavar="FACTURE=MONTANT", help="FACTURE=MONTANT ; sans rien : la proposition unique."),
    ] = None,
    other_payer: Annotated[
        str, typer.Option("--other-payer", metavar="MOTIF", help="Pourquoi ce payeur paie la facture d'un autre.")
    ] = "",
    organisation: Slug = None,
) -> None:
    """Affecte une ligne à une ou plusieurs factures, comme vous le décidez."""
    from console import bank_acts  # noqa: PLC0415 - lazy

    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        made = bank_acts.confirm_line(opened, organisation_id, line, parts or [], actor(), other_payer=other_payer)
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
