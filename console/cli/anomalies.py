"""`quitus anomalies`: the queue."""

from datetime import datetime
from typing import Annotated

import typer

from console.cli.frame import Json, Slug, actor, emit, french_day, misused, out, runtime, table

Case = Annotated[str, typer.Argument(metavar="CAS", help="Identifiant ou début de l'identifiant du cas.")]


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    group = typer.Typer(help="File des anomalies.", no_args_is_help=True)
    group.command("list")(list_cases)
    group.command("show")(show)
    group.command("assign")(assign)
    group.command("comment")(comment)
    group.command("resolve")(resolve)
    group.command("waive")(waive)
    group.command("rules")(rules)
    app.add_typer(group, name="anomalies")


def list_cases(
    json: Json = False,
    organisation: Slug = None,
    code: Annotated[str | None, typer.Option(help="Une seule règle.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Aussi les cas clos et levés.")] = False,
) -> None:
    """Liste les anomalies ouvertes, les plus graves et les plus anciennes d'abord."""
    from billing.errors import NotFound  # noqa: PLC0415 - lazy
    from console import queue_views  # noqa: PLC0415 - lazy

    try:
        queue_views.check_rule(code)
    except NotFound as error:
        raise misused(error) from error
    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        document = queue_views.queue(opened, organisation_id, code=code, everything=everything)
    if json:
        emit(document)
        return
    table(
        f"{len(document['items'])} anomalie(s)",
        ("Cas", "Gravité", "Anomalie", "Sujet", "Depuis", "État"),
        [
            (
                item["id"][:8],
                queue_views.SEVERITY_LABELS[item["severity"]],
                item["label"],
                item["subject_label"],
                french_day(item["first_seen_on"]),
                queue_views.STATE_LABELS[item["state"]],
            )
            for item in document["items"]
        ],
    )
    for name, count in document["not_checkable"].items():
        out(f"  non vérifiable : {name} ({count})")


def show(case: Case, json: Json = False, organisation: Slug = None) -> None:
    """Montre un cas : les valeurs comparées, ce qu'il faut faire, son histoire."""
    from console import queue_views  # noqa: PLC0415 - lazy

    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        document = queue_views.case(opened, organisation_id, case)
    if json:
        emit(document)
        return
    severity, state = queue_views.SEVERITY_LABELS[document["severity"]], queue_views.STATE_LABELS[document["state"]]
    out(f"{document['label']} – {document['subject_label']} ({severity}, {state})")
    out(document["sentence"])
    for fact in document["evidence"]:
        out(f"  {fact}")
    for note in document["reason"].splitlines():
        out(f"  {note}")
    for line in document["history"]:
        out(f"  {line['at']}  {line['actor']}  {queue_views.HISTORY_LABELS.get(line['type'], line['type'])}")


def assign(
    case: Case,
    login: Annotated[str, typer.Argument(metavar="PERSONNE", help="Son identifiant.")],
    organisation: Slug = None,
) -> None:
    """Confie un cas à quelqu'un."""
    from console import queue_views  # noqa: PLC0415 - lazy

    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        out(queue_views.act(opened, organisation_id, case, "assign", login, actor()))


def comment(
    case: Case, text: Annotated[str, typer.Argument(metavar="TEXTE", help="Commentaire.")], organisation: Slug = None
) -> None:
    """Ajoute un commentaire."""
    from console import queue_views  # noqa: PLC0415 - lazy

    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        out(queue_views.act(opened, organisation_id, case, "comment", text, actor()))


def resolve(
    case: Case,
    text: Annotated[str, typer.Argument(metavar="TEXTE", help="Ce qui a été fait.")],
    organisation: Slug = None,
) -> None:
    """Clôt un cas réglé ; il se rouvre si la condition est encore vraie."""
    from console import queue_views  # noqa: PLC0415 - lazy

    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        out(queue_views.act(opened, organisation_id, case, "resolve", text, actor()))


def waive(
    case: Case,
    text: Annotated[str, typer.Argument(metavar="MOTIF", help="Motif.")],
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Jusqu'au (90 jours au plus).")],
    organisation: Slug = None,
) -> None:
    """Lève un cas pour un temps, avec son motif."""
    from console import queue_views  # noqa: PLC0415 - lazy

    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        out(queue_views.act(opened, organisation_id, case, "waive", text, actor(), until=until.date()))


def rules(json: Json = False) -> None:
    """Liste toutes les règles."""
    from reconciliation.rules.catalogue import rules as catalogue  # noqa: PLC0415 - lazy
    from workers.catalogue import Texts  # noqa: PLC0415 - lazy

    texts = Texts()
    rows = [{**rule, "label": texts.sentence("labels", rule["code"], {})} for rule in catalogue()]
    if json:
        emit(rows)
        return
    table(
        f"{len(rows)} règles",
        ("Code", "Famille", "Gravité", "Libellé"),
        [(row["code"], row["family"], row["severity"], row["label"]) for row in rows],
    )
