"""What every command shares: exit codes, French errors, one JSON document on standard output, progress."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

if TYPE_CHECKING:
    from billing.errors import QuitusError
    from workers.bootstrap import Runtime

INTERRUPTED = 130
"""What the library gives back when the user pressed Ctrl-C."""
EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_WAITING, EXIT_UNAVAILABLE, EXIT_SETTINGS = 0, 1, 2, 3, 4, 5

Json = Annotated[bool, typer.Option("--json", help="Un seul document JSON sur la sortie standard.")]
Slug = Annotated[str | None, typer.Option("--organisation", help="Nom court de l'organisme, s'il y en a plusieurs.")]


class Done(Exception):
    """Ends a command with an exit code."""

    def __init__(self, code: int) -> None:
        """Keep the exit code."""
        self.code = code
        super().__init__(code)


def guarded(app: typer.Typer) -> int:
    """Run the command line; translate every known error to French and an exit code."""
    try:
        ended = app(standalone_mode=False)
    except Done as done:
        return done.code
    except SystemExit as leave:
        return leave.code if isinstance(leave.code, int) else EXIT_DONE
    except typer.TyperException as error:
        return _misused(error)
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted()
    except BrokenPipeError:
        sys.stderr.close()
        return EXIT_DONE
    except Exception as error:  # noqa: BLE001 - the edge of the process: known errors become French, others go on
        return _explain(error)
    return _interrupted() if ended == INTERRUPTED else EXIT_DONE


def _misused(error: typer.TyperException) -> int:
    from console.cli.usage import sentences as told  # noqa: PLC0415 - lazy

    if type(error).__name__ == "NoArgsIsHelpError":  # the whole message is the help page
        say(error.message)
        return EXIT_USAGE
    for line in told(error):
        say(line)
    return EXIT_USAGE


def _interrupted() -> int:
    say("Interrompu : rien n'est perdu, relancez la même commande pour reprendre.")
    return EXIT_FAILED


def _explain(error: Exception) -> int:
    from billing.errors import InvalidInput, Locked, Misconfigured, PlatformError, QuitusError  # noqa: PLC0415 - lazy

    if isinstance(error, OSError) and error.filename is not None:
        reason = error.strerror or type(error).__name__
        error = InvalidInput("file_not_usable", file=str(error.filename)[-200:], reason=reason)
    if not isinstance(error, QuitusError):
        raise error
    for line in sentences(error):
        say(line)
    if isinstance(error, Misconfigured | Locked):
        return EXIT_SETTINGS
    return EXIT_UNAVAILABLE if isinstance(error, PlatformError) else EXIT_FAILED


def sentences(error: "QuitusError") -> list[str]:
    """Write an error and its findings in French."""
    from adapters.registry import registry  # noqa: PLC0415 - lazy
    from workers.catalogue import Texts  # noqa: PLC0415 - lazy

    known = registry()
    names = {platform.code: platform.display_name for platform in known.platforms()}
    texts = Texts(tuple(adapter.texts() for adapter in known.adapters), names)
    findings = getattr(error, "findings", ())
    return [texts.of_error(error), *(f"  • {texts.of_finding(finding)}" for finding in findings)]


def say(line: str) -> None:
    """Tell people something on standard error."""
    sys.stderr.write(line + "\n")


def out(line: str = "") -> None:
    """Write a line of the result on standard output."""
    sys.stdout.write(line + "\n")


def plain(value: Any) -> Any:  # noqa: ANN401 - any result of a use case
    """Put a result in JSON's own types; `Money` becomes an integer of cents."""
    from billing.money import Money  # noqa: PLC0415 - lazy

    match value:
        case Money():
            return value.cents
        case Enum():
            return value.value
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return format(value.normalize(), "f")
        case dict():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in value]
        case None | bool() | int() | str() | float():
            return value
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        case _:
            return str(value)


def emit(value: Any) -> None:  # noqa: ANN401 - any result of a use case
    """Write one JSON document on standard output."""
    out(json.dumps(plain(value), ensure_ascii=False, indent=1))


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Show rows as a table, right-aligned where a column holds amounts or counts."""
    from rich.console import Console  # noqa: PLC0415 - lazy
    from rich.table import Table  # noqa: PLC0415 - lazy

    drawn = Table(title=title, title_justify="left", header_style="bold")
    for index, column in enumerate(columns):
        numeric = bool(rows) and all(_looks_numeric(row[index]) for row in rows)
        drawn.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*row)
    terminal = sys.stdout.isatty()
    Console(width=None if terminal else 160, soft_wrap=False).print(drawn)


def french_day(day: date | None) -> str:
    """Write a day as people do; empty when there is none."""
    return f"{day:%d/%m/%Y}" if day else ""


def moment(instant: datetime | None) -> str:
    """Write an instant as people do, in French time; empty when there is none."""
    return f"{instant.astimezone(ZoneInfo('Europe/Paris')):%d/%m/%Y %H:%M}" if instant else ""


def number(value: Decimal | None) -> str:
    """Write a number as people do, without useless zeros; empty when there is none."""
    return format(value.normalize(), "f").replace(".", ",") if value is not None else ""


def _looks_numeric(cell: str) -> bool:
    return not cell or cell.lstrip("-")[:1].isdigit()


@contextmanager
def runtime() -> Iterator["Runtime"]:
    """Open everything that a command needs, and close it."""
    from console.technical_log import technical_log  # noqa: PLC0415 - lazy
    from workers.bootstrap import build  # noqa: PLC0415 - lazy

    with build() as opened, technical_log(opened.settings.home):
        yield opened


def unexpected(error: Exception) -> int:
    """Put an error that nothing explains in the technical log, and tell people where it is."""
    import logging  # noqa: PLC0415 - lazy
    import os  # noqa: PLC0415 - lazy
    from pathlib import Path  # noqa: PLC0415 - lazy

    from console.technical_log import technical_log  # noqa: PLC0415 - lazy
    from workers.catalogue import Texts  # noqa: PLC0415 - lazy
    from workers.settings import home_of  # noqa: PLC0415 - lazy

    with technical_log(home_of(os.environ)) as file:
        logging.getLogger(__name__).error("event=command_broken", exc_info=error)
    values = {"kind": type(error).__name__, "file": str(Path(file))}
    say(Texts().sentence("errors", "unexpected", values))
    return EXIT_FAILED


def misused(error: "QuitusError") -> "Done":
    """Tell that a value typed on the command line is not one of those that exist: wrong usage, not a failure."""
    for line in sentences(error):
        say(line)
    return Done(EXIT_USAGE)


@contextmanager
def progress(description: str, *, quiet: bool = False) -> Iterator[Callable[[int], None]]:
    """Show a count that moves, on a terminal only; give the function that moves it."""
    if quiet or not sys.stderr.isatty():
        yield lambda _count: None
        return
    from rich.console import Console  # noqa: PLC0415 - lazy
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415 - lazy

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(description, total=None)
        yield lambda count: bar.update(task, completed=count)


def actor() -> str:
    """Name who runs the command, for the journal."""
    import getpass  # noqa: PLC0415 - lazy

    try:
        return f"user:{getpass.getuser()}"
    except (KeyError, OSError):
        return "user:cli"
