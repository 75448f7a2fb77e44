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
    from console import case_facts, queue_views  # noqa: PLC0415 - lazy

    try:
        queue_views.check_rule(code)
    except NotFound as error:
        raise misused(error) from error
    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        document = queue_views.queue(opened, organisation_id, code=code, everything=everything)
        rules_named = {name: opened.texts.sentence("labels", name, {}) for name in document["not_checkable"]}
    if json:
        emit(document)
        return
    table(
        f"{len(document['items'])} anomalie(s)",
        ("Cas", "Gravité", "Anomalie", "Sujet", "Depuis", "État"),
        [
            (
                item["id"][:8],
                item["severity_label"],
                item["label"],
                case_facts.subject(item["subject"]["kind"], item["subject_label"]),
                french_day(item["first_seen_on"]),
                item["state_label"],
            )
            for item in document["items"]
        ],
    )
    for name, count in document["not_checkable"].items():
        out(f"  non vérifiable, il manque des données : {rules_named[name]} ({count})")


def show(case: Case, json: Json = False, organisation: Slug = None) -> None:
    """Montre un cas : les valeurs comparées, ce qu'il faut faire, son histoire."""
    from console import case_facts, queue_views  # noqa: PLC0415 - lazy

    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        document = queue_views.case(opened, organisation_id, case)
    if json:
        emit(document)
        return
    about = case_facts.subject(document["subject"]["kind"], document["subject_label"])
    out(f"{document['label']} – {about} (gravité {document['severity_label']}, {document['state_label']})")
    out(document["sentence"])
    for line in [*document["facts"], *document["reason"].splitlines(), *document["told"]]:
        out(f"  {line}")


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
    """Liste toutes les règles ; le code est celui que prend quitus anomalies list --code."""
    from reconciliation.rules.catalogue import rules as catalogue  # noqa: PLC0415 - lazy
    from workers.catalogue import Texts, named  # noqa: PLC0415 - lazy

    texts = Texts()
    rows = [{**rule, "label": texts.sentence("labels", rule["code"], {})} for rule in catalogue()]
    if json:
        emit(rows)
        return
    table(
        f"{len(rows)} règles",
        ("Libellé", "Famille", "Gravité", "Code"),
        [
            (row["label"], named("Family", row["family"]), named("AnomalySeverity", row["severity"]), row["code"])
            for row in rows
        ],
    )
