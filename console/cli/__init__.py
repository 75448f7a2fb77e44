"""The command line: `quitus`. Commands are thin: they open the runtime, call one use case, show the result.

Nothing heavy is imported before a command runs, so that `quitus --help` answers at once.
"""

import logging
import sys
from importlib import import_module

import typer

from console.cli.frame import EXIT_USAGE, guarded, unexpected
from console.cli.help_pages import in_french

app = typer.Typer(
    name="quitus",
    help="quitus : de la formation réalisée à l'argent reçu et expliqué, au centime près.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

GROUPS = (
    "setup",
    "intake",
    "night",
    "claims",
    "invoice",
    "bank",
    "reconcile",
    "anomalies",
    "ageing",
    "exports",
    "people",
    "platforms",
    "parameters",
    "schemas",
    "bench",
    "demo",
)

for _group in GROUPS:
    import_module(f"console.cli.{_group}").register(app)
in_french(app)


def main() -> None:
    """Run one command and leave with its exit code (SURFACE: 0, 1, 2, 3, 4, 5)."""
    logging.getLogger().addHandler(logging.NullHandler())  # what nobody listens to is not for the terminal
    try:
        code = guarded(app)
    except Exception as error:  # noqa: BLE001 - the edge of the process: a bug is told in French, its details are logged
        code = unexpected(error)
    sys.exit(code)


__all__ = ["EXIT_USAGE", "app", "main"]
