"""`quitus platforms`: adapters, what they can do, and how fresh their data are; `quitus sandbox serve`."""

from typing import Annotated

import typer

from console.cli.frame import (
    EXIT_SETTINGS,
    EXIT_UNAVAILABLE,
    EXIT_WAITING,
    Done,
    Json,
    Slug,
    emit,
    moment,
    out,
    runtime,
    say,
    table,
)


def register(app: typer.Typer) -> None:
    """Add the groups to the command line."""
    group = typer.Typer(help="Plateformes des financeurs et des prescripteurs.", no_args_is_help=True)
    group.command("list")(list_platforms)
    group.command("status")(list_platforms)
    group.command("sync")(sync)
    app.add_typer(group, name="platforms")
    sandbox = typer.Typer(help="Bacs à sable.", no_args_is_help=True)
    sandbox.command("serve")(serve)
    sandbox.callback()(_sandbox)
    app.add_typer(sandbox, name="sandbox")


def _sandbox() -> None:
    """Bacs à sable des plateformes."""


def list_platforms(json: Json = False) -> None:
    """Liste les plateformes. Aucune n'est « or » : aucune plateforme réelle n'a pu être jointe."""
    from adapters.registry import registry  # noqa: PLC0415 - lazy
    from console import platform_views  # noqa: PLC0415 - lazy
    from workers.catalogue import named  # noqa: PLC0415 - lazy

    rows = platform_views.platform_rows(registry())
    if json:
        emit(rows)
        return
    table(
        "Plateformes",
        ("Code", "Nom", "Rôle", "Capacités", "Niveau", "Dernière réponse", "En pause"),
        [
            (
                row["code"],
                row["name"],
                named("PlatformRole", row["role"]),
                ", ".join(named("Capability", item) for item in row["capabilities"])
                or ("à la main" if row["by_hand"] else "—"),
                named("Grade", row["grade"]),
                moment(row["last_success"]) or "—",
                f"depuis le {moment(row['paused_since'])}" if row["paused"] else "non",
            )
            for row in rows
        ],
    )


def sync(json: Json = False, organisation: Slug = None) -> None:
    """Relit maintenant l'état des factures sur les plateformes réglées."""
    from workers.platform_steps import follow_platforms  # noqa: PLC0415 - lazy
    from workers.shift import Night  # noqa: PLC0415 - lazy

    with runtime() as opened:
        organisation_id, slug = opened.organisation(organisation)
        night = Night(runtime=opened, organisation_id=organisation_id, slug=slug)
        counts = follow_platforms(night)
    if json:
        emit({**counts, "errors": night.errors})
    else:
        out(f"{counts['seen']} facture(s) vue(s), {counts['moved']} changée(s) d'état.")
    for line in night.errors:
        say(line)
    if night.tried and not night.answered:
        raise Done(EXIT_UNAVAILABLE)
    if night.misconfigured:
        raise Done(EXIT_WAITING if night.answered else EXIT_SETTINGS)
    if night.paused:
        raise Done(EXIT_WAITING)


def serve(
    port: Annotated[
        int, typer.Option(help="Port d'écoute, sur 127.0.0.1 (0 = un port libre).", min=0, max=65535)
    ] = 8099,
) -> None:
    """Sert tous les bacs à sable dans un seul serveur."""
    from adapters.sandbox import serve as serve_sandboxes  # noqa: PLC0415 - lazy
    from billing.errors import InvalidInput  # noqa: PLC0415 - lazy

    try:
        serve_sandboxes(port, on_ready=lambda url: say(f"Bacs à sable : {url}"))
    except OSError as cause:
        raise InvalidInput("port_unavailable", port=port, reason=cause.strerror or type(cause).__name__) from cause
