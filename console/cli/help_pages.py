"""Help pages in French: the library writes its own words in English, and none of them can be given to it."""

from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any, get_args

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

DATE_FORMATS = {"%Y-%m-%d": "AAAA-MM-JJ", "%Y-%m-%dT%H:%M:%S": "AAAA-MM-JJTHH:MM:SS"}
VALUE_NAMES: dict[type, str] = {int: "NOMBRE", datetime: "DATE", Path: "CHEMIN"}
HELP = "Montrer cette aide."


class FrenchCommand(TyperCommand):
    """A command whose help page is in French."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - the library's own, private types
        """Write the page: how to call it, what it does, arguments, options."""
        _write_page(self, ctx, formatter)


class FrenchGroup(TyperGroup):
    """A group of commands whose help page is in French."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - the library's own, private types
        """Write the page: how to call it, what it is about, options, commands."""
        _write_page(self, ctx, formatter)


def in_french(app: typer.Typer) -> None:
    """Let every command and group of a command line, present at this moment, write its help in French."""
    app.info.cls = FrenchGroup
    for command in app.registered_commands:
        command.cls = FrenchCommand
    for group in app.registered_groups:
        if group.typer_instance is not None:
            group.cls = FrenchGroup
            in_french(group.typer_instance)


def _write_page(command: TyperCommand | TyperGroup, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - same
    params = command.get_params(ctx)
    arguments = [param for param in params if isinstance(param, TyperArgument)]
    options = [param for param in params if not isinstance(param, TyperArgument)]
    pieces = ["[OPTIONS]", *(_in_usage(param) for param in arguments)]
    pieces += ["COMMANDE [...]"] if isinstance(command, TyperGroup) else []
    formatter.write_usage(ctx.command_path, " ".join(pieces), prefix="Utilisation : ")
    for paragraph in (command.help or "").split("\n\n"):
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(_held(paragraph))
    _write_rows(formatter, "Arguments :", [(_name(param), _told(param)) for param in arguments])
    _write_rows(formatter, "Options :", [(_option_name(param), _told(param)) for param in options])
    if isinstance(command, TyperGroup):
        _write_rows(formatter, "Commandes :", list(_commands(command)))


def _write_rows(formatter: Any, title: str, rows: list[tuple[str, str]]) -> None:  # noqa: ANN401 - same
    if rows:
        formatter.write_paragraph()
        formatter.write(f"{title}\n")
        with formatter.indentation():
            formatter.write_dl([(name, _held(told)) for name, told in rows])


def _held(text: str) -> str:
    """Keep French punctuation on the line of its word."""
    for sign in ("»", ":", ";", "?", "!"):
        text = text.replace(f" {sign}", f"\u00a0{sign}")
    return text.replace("« ", "«\u00a0")


def _commands(group: TyperGroup) -> Iterator[tuple[str, str]]:
    for name, command in group.commands.items():
        if not command.hidden:
            yield name, " ".join((command.help or "").split("\n\n")[0].split())


def _in_usage(param: TyperArgument) -> str:
    name = _name(param) + ("..." if param.nargs != 1 else "")
    return name if param.required else f"[{name}]"


def _name(param: TyperArgument) -> str:
    return param.metavar or (param.name or "").upper()


def _option_name(param: Any) -> str:  # noqa: ANN401 - an option, or the library's own for the help
    names = ", ".join(sorted(param.opts, key=len))
    if not isinstance(param, TyperOption) or param.is_flag:
        return names
    return f"{names} {param.metavar or _value_name(param)}"


def _value_name(param: TyperOption) -> str:
    """Name what is typed after an option: its choices, the shape of a day, or the kind of value."""
    wanted = param.type_descriptor
    if wanted.choices is not None:
        return "|".join(str(choice.value if isinstance(choice, Enum) else choice) for choice in wanted.choices)
    formats = wanted.parameter_info.formats
    if formats:
        return "|".join(DATE_FORMATS.get(one, one) for one in formats)
    kinds = (wanted.annotation, *get_args(wanted.annotation))
    return next((VALUE_NAMES[kind] for kind in kinds if kind in VALUE_NAMES), "TEXTE")


def _told(param: Any) -> str:  # noqa: ANN401 - an argument, an option, or the library's own for the help
    if not isinstance(param, TyperArgument | TyperOption):
        return HELP
    notes = []
    if param.default not in (None, False, ()) and not callable(param.default):
        default = param.default.value if isinstance(param.default, Enum) else param.default
        notes.append(f"par défaut : {default}")
    if param.min is not None and param.max is not None:
        notes.append(f"de {param.min} à {param.max}")
    elif param.min is not None:
        notes.append(f"au moins {param.min}")
    elif param.max is not None:
        notes.append(f"au plus {param.max}")
    if param.required:
        notes.append("obligatoire")
    told = HELP if param.name == "help" else (param.help or "")
    return f"{told} [{' ; '.join(notes)}]".strip() if notes else told
