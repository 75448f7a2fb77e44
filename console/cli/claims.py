"""`quitus claims`: what is asked to be paid, and where each stands."""

from typing import Annotated

import typer

from console.cli.frame import (
    EXIT_FAILED,
    EXIT_WAITING,
    Done,
    Json,
    Slug,
    actor,
    emit,
    french_day,
    misused,
    out,
    runtime,
    say,
    table,
)

CREDITED = {
    "reissue": "La facture corrigée sera préparée par la nuit, une fois l'avoir chez le payeur.",
    "final": "Plus rien ne sera facturé pour cette somme.",
}
CREDITED_BY_DEFAULT = (
    "Plus rien ne sera facturé pour cette somme tant que vous ne le demandez pas. Pour la refacturer, corrigée : "
    "quitus claims reissue {number}."
)
PRIORITY_NOTE = "Envoi demandé : il passera avant les envois de la nuit (quitus nightly, ou le moteur en marche)."


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    group = typer.Typer(help="Factures et facturations : ce qui est dû, préparé, envoyé, décidé.", no_args_is_help=True)
    group.command("list")(list_claims)
    group.command("show")(show)
    group.command("prepare")(prepare)
    group.command("submit")(submit)
    group.command("decide")(decide)
    group.command("credit")(credit)
    group.command("reissue")(reissue)
    group.command("sheet")(sheet)
    app.add_typer(group, name="claims")


Number = Annotated[str, typer.Argument(metavar="NUMÉRO", help="Numéro de la facture.")]


def list_claims(
    json: Json = False,
    organisation: Slug = None,
    state: Annotated[
        str | None,
        typer.Option(help="État d'envoi : draft, ready, sending, in_doubt, checking, accepted, rejected, human."),
    ] = None,
    open_only: Annotated[bool, typer.Option("--open", help="Seulement ce qui reste dû.")] = False,
    limit: Annotated[int, typer.Option(help="Nombre de lignes affichées (0 = toutes).", min=0)] = 0,
) -> None:
    """Liste les factures, émises par quitus ou reprises de votre logiciel."""
    from billing.errors import InvalidInput  # noqa: PLC0415 - lazy
    from console.views import check_state, claim_rows  # noqa: PLC0415 - lazy

    if state is not None:
        try:
            check_state(state)
        except InvalidInput as error:
            raise misused(error) from error
    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        with opened.books.open_books(organisation_id, actor(), read_only=True) as uow:
            rows = claim_rows(uow, submission=state, open_only=open_only)
        names = opened.texts.platforms
    rows = rows[:limit] if limit else rows
    if json:
        emit(rows)
        return
    table(
        f"{len(rows)} facture(s)",
        ("Numéro", "Nature", "Payeur", "Plateforme", "Montant TTC", "Reste dû", "Échéance", "État", "Envoi"),
        [
            (
                str(row["number"] or ""),
                str(row["kind_label"]),
                str(row["payer"]),
                names.get(row["platform"], str(row["platform"])),
                str(row["amount"]),
                str(row["open"]),
                french_day(row["due_on"]),
                str(row["state_label"]),
                str(row["submission_label"]),
            )
            for row in rows
        ],
    )


def show(number: Number, json: Json = False, organisation: Slug = None) -> None:
    """Montre une facture ou un avoir : montants, échéance, envoi, avoirs et ce qui les suit."""
    from console import acts  # noqa: PLC0415 - lazy
    from console.claim_sheets import lines  # noqa: PLC0415 - lazy
    from console.views import claim_sheet  # noqa: PLC0415 - lazy

    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        with opened.books.open_books(organisation_id, actor(), read_only=True) as uow:
            shown = claim_sheet(uow, acts.find_claim(uow, number))
        names = opened.texts.platforms
    if json:
        emit(shown)
        return
    for line in lines(shown, names):
        out(line)


def prepare(json: Json = False, organisation: Slug = None) -> None:
    """Prépare tout ce qui est dû aujourd'hui, sans rien envoyer."""
    from workers.shift import Night  # noqa: PLC0415 - lazy
    from workers.steps import prepare_claims  # noqa: PLC0415 - lazy

    with runtime() as opened:
        organisation_id, slug = opened.organisation(organisation)
        night = Night(runtime=opened, organisation_id=organisation_id, slug=slug)
        counts = prepare_claims(night)
        if json:
            emit({**counts, "blocked_reasons": night.errors})
        else:
            out(f"{counts['prepared']} facture(s) préparée(s), {counts['blocked']} dossier(s) à compléter.")
            for line in night.errors:
                out(f"  • {line}")
    if counts["blocked"]:
        raise Done(EXIT_WAITING)


def submit(
    numbers: Annotated[list[str], typer.Argument(metavar="NUMÉRO", help="Numéros à envoyer.")],
    organisation: Slug = None,
) -> None:
    """Demande l'envoi de factures qui attendaient : envoi automatique coupé, ou plateforme restée en panne."""
    from console import acts  # noqa: PLC0415 - lazy

    with runtime() as opened:
        organisation_id, slug = opened.organisation(organisation)
        for number in numbers:
            acts.release_claim(opened, organisation_id, slug, number, actor())
    say(PRIORITY_NOTE)


def decide(
    number: Number,
    found: Annotated[str | None, typer.Option(help="Trouvée chez le payeur, sous cette référence.")] = None,
    absent: Annotated[bool, typer.Option("--absent", help="Absence prouvée : elle peut être renvoyée.")] = False,
    give_up: Annotated[str | None, typer.Option(help="Ne pas envoyer, pour ce motif.")] = None,
    organisation: Slug = None,
) -> None:
    """Note ce qu'une personne a constaté : déposée à la main, trouvée, absente, abandonnée."""
    from console import acts  # noqa: PLC0415 - lazy
    from workers.catalogue import word  # noqa: PLC0415 - lazy

    if sum((found is not None, absent, give_up is not None)) != 1:
        raise typer.BadParameter("Choisissez une seule décision : --found RÉFÉRENCE, --absent ou --give-up MOTIF.")
    with runtime() as opened:
        organisation_id, slug = opened.organisation(organisation)
        state = acts.decide_claim(
            opened, organisation_id, slug, number, actor(), found=found, absent=absent, give_up=give_up
        )
    out(f"{number} : {word(state)}")


def credit(
    number: Number,
    amount: Annotated[str, typer.Argument(metavar="MONTANT", help="Montant TTC à créditer, en euros.")],
    reason: Annotated[str, typer.Option(help="Motif, imprimé sur l'avoir.")],
    again: Annotated[
        bool, typer.Option("--reissue", help="Refacturer cette somme, corrigée, une fois l'avoir reçu.")
    ] = False,
    final: Annotated[
        bool,
        typer.Option(
            "--final", help="Ne plus rien facturer pour cette somme (réfaction, dédit, abandon) ; par défaut."
        ),
    ] = False,
    json: Json = False,
    organisation: Slug = None,
) -> None:
    """Émet un avoir, total ou partiel, qui cite sa facture ; dit si la somme sera refacturée."""
    from billing.claim import AfterCredit  # noqa: PLC0415 - lazy
    from billing.money import read_money  # noqa: PLC0415 - lazy
    from console import acts  # noqa: PLC0415 - lazy

    if again and final:
        raise typer.BadParameter("Choisissez : --reissue (refacturer, corrigé) ou --final (ne plus rien facturer).")
    then = AfterCredit.REISSUE if again else AfterCredit.FINAL if final else None
    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        note = acts.credit_claim(opened, organisation_id, number, read_money(amount), reason, actor(), then=then)
    if json:
        emit(
            {
                "number": note.number,
                "origin": number,
                "amount_cents": note.gross,
                "then": then or AfterCredit.FINAL,
                "said": then is not None,
            }
        )
    else:
        out(f"Avoir {note.number} de {note.gross.french()} sur {number}.")
    if then is None:
        say(CREDITED_BY_DEFAULT.format(number=note.number))
    else:
        say(CREDITED[then])


def reissue(
    number: Annotated[str, typer.Argument(metavar="NUMÉRO", help="Numéro de l'avoir, ou de sa facture.")],
    final: Annotated[bool, typer.Option("--final", help="Au contraire : ne plus rien facturer.")] = False,
    handed_over: Annotated[
        str | None,
        typer.Option(
            metavar="RÉFÉRENCE", help="Le payeur a reçu l'avoir par une autre voie (référence, courriel, date)."
        ),
    ] = None,
    json: Json = False,
    organisation: Slug = None,
) -> None:
    """Refacture, corrigé, ce qu'un avoir a repris : la nuit prépare la facture une fois l'avoir chez le payeur."""
    from billing.claim import AfterCredit  # noqa: PLC0415 - lazy
    from console import acts  # noqa: PLC0415 - lazy

    if handed_over is not None and not handed_over.strip():
        raise typer.BadParameter("Indiquez comment le payeur a reçu l'avoir : --handed-over RÉFÉRENCE.")
    then = AfterCredit.FINAL if final else AfterCredit.REISSUE
    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        note = acts.decide_after_credit(
            opened, organisation_id, number, then, actor(), handed_over=handed_over.strip() if handed_over else None
        )
    if json:
        emit({"number": note.number, "origin": note.origin_number, "amount_cents": note.gross, "then": then})
    else:
        out(f"Avoir {note.number} sur {note.origin_number} : {note.gross.french()}.")
    say(CREDITED[then])


def sheet(
    number: Annotated[
        str | None, typer.Argument(metavar="NUMÉRO", help="Numéro ; sans lui, tout ce qui est à saisir ou déposer.")
    ] = None,
    json: Json = False,
    organisation: Slug = None,
) -> None:
    """Montre ce qu'il faut saisir ou déposer à la main, champ par champ, dans l'ordre du portail."""
    from console import acts  # noqa: PLC0415 - lazy

    with runtime() as opened:
        organisation_id, slug = opened.organisation(organisation)
        sheets = acts.sheets(opened, organisation_id, slug, number)
    if json:
        emit(sheets)
        return
    for one in sheets:
        out(f"\n{one['title']} — {one['number']}")
        for step in one["steps"]:
            out(f"  {step}")
        for line in one["lines"]:
            out(f"    {line['label']} : {line['value']}")
        if one["folder"]:
            out(f"    Pièces : {one['folder']}")
    if not sheets:
        say("Rien à saisir ni à déposer.")
    if number is not None and not sheets:
        raise Done(EXIT_FAILED)
