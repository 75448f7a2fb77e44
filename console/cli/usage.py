"""Wrong usage, told in French: what was typed, what is wanted, and where the help is. The library speaks English."""

import re
from pathlib import Path

import typer

HEARD: tuple[tuple[str, str], ...] = (
    (r"No such command '(.*?)'\.", "La commande « {0} » n'existe pas."),
    (r"No such command '(.*?)'\. Did you mean (.*)\?", "La commande « {0} » n'existe pas. Vouliez-vous dire {1} ?"),
    (r"No such option:? '?([^'\s]*)'?.*", "L'option « {0} » n'existe pas."),
    (r"Got unexpected extra argument(?:s|\(s\))? \((.*)\)", "De trop dans la commande : {0}."),
    (r"Option '(.*)' requires (?:an argument|\d+ arguments)\.", "L'option {0} attend une valeur."),
    (r"Option '(.*)' does not take a value\.", "L'option {0} n'attend pas de valeur."),
    (r"Missing command\.", "Il manque une commande."),
    (r"Input should be greater than or equal to (\S+)", "au moins {0}"),
    (r"Input should be less than or equal to (\S+)", "au plus {0}"),
    (r"Input should be a valid (?:integer|number).*", "un nombre est attendu"),
    (r"(?:Input should be|Value error, '.*' is not one of) ('.*?)\.?", "valeurs possibles : {0}"),
    (r"(?:Value error, )?'(.*)' does not match the formats.*", "« {0} » n'est pas une date AAAA-MM-JJ"),
    (r"Value error, (.*)", "{0}"),
)
UNHEARD = "cette valeur ne convient pas"
"""Where the library refuses a value in words that it never used so far."""


def sentences(error: typer.TyperException) -> list[str]:
    """Write a usage error and the command that shows the help."""
    param = getattr(error, "param", None)
    name = (param.metavar or (param.opts or [param.name])[0]) if param is not None else ""
    said = _french(error)
    if not error.message:
        told = f"Il manque {name}."
    elif isinstance(error, typer.BadParameter) and name:
        told = f"Valeur refusée pour {name} : {said}."
    else:
        told = said
    context = getattr(error, "ctx", None)
    return [told, f"Aide : {context.command_path} --help"] if context is not None else [told]


def _french(error: typer.TyperException) -> str:
    """Say in French what the library said; what this house raises is French already."""
    for heard, told in HEARD:
        if found := re.fullmatch(heard, error.message.strip(), re.DOTALL):
            return told.format(*map(_plainly, found.groups()))
    return UNHEARD if type(error.__cause__).__name__ == "ValidationError" else error.message


def _plainly(words: str) -> str:
    """Write a list of quoted words without quotes, as people do: `'a', 'b' or 'c'` is a, b, c."""
    quoted = re.findall(r"'([^']*)'", words)
    return ", ".join(quoted) if quoted and re.fullmatch(r"'[^']*'(?:(?:,| or) '[^']*')*", words) else words


def given_path(text: str | Path) -> Path:
    """Read a path; an empty one would mean the folder in which the command runs. A default comes as a path.

    Raises:
        ValueError: it is empty, or no path can hold it.
    """
    if isinstance(text, Path):
        return text
    if not text.strip():
        raise ValueError("ce nom est vide")
    if "\0" in text:
        raise ValueError("ce nom contient un caractère nul")
    return Path(text)
