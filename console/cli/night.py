"""`quitus nightly`: the whole chain, once."""

import typer

from console.cli.frame import Done, Json, Slug, emit, runtime


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("nightly")(nightly)


def nightly(json: Json = False, organisation: Slug = None) -> None:
    """La nuit : fichiers déposés, factures dues, envois, suivi, banque, rapprochement, anomalies, balance, exports.

    Relancer ne fait rien deux fois ; après une coupure, elle reprend où elle en était.
    """
    from console import night_report, nights  # noqa: PLC0415 - lazy

    with runtime() as opened:
        report = nights.run(opened, organisation, quiet=json)
    if json:
        emit(night_report.as_json(report))
    else:
        night_report.show(report)
    raise Done(report.exit_code)
