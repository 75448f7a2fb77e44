"""Who was taught: beside the line when they are few, in a table of their own when they are many."""

from billing.money import total
from integrations.facturx.document import Document, Line
from integrations.facturx.page_words import number

INLINE_LEARNERS = 4
"""Above it, learners get their own table below the lines."""


def listed(document: Document) -> tuple[str, ...]:
    """Give the names of the table; none when the lines already say all of them."""
    names = document.learners
    own = _own_lines(document)
    recapitulated = len(names) > 1 and any(len(lines) > 1 for lines in own.values())
    said = all(name in own for name in names)
    many = len(names) > INLINE_LEARNERS and not said
    return names if many or recapitulated else ()


def roster(document: Document, names: tuple[str, ...]) -> list[dict[str, object]]:
    """Write the columns beside the names: dossier, hours and amount of the lines that are for one learner alone."""
    own = _own_lines(document)
    lines = [own.get(name, []) for name in names]
    columns = (
        ("Dossier", False, [_dossiers(items) for items in lines]),
        ("Heures", True, [_hours(items) for items in lines]),
        ("Montant HT", True, [_amount(items) for items in lines]),
    )
    return [{"title": title, "right": right, "cells": cells} for title, right, cells in columns if any(cells)]


def _own_lines(document: Document) -> dict[str, list[Line]]:
    own: dict[str, list[Line]] = {}
    for line in document.lines:
        if len(line.learners) == 1:
            own.setdefault(line.learners[0], []).append(line)
    return own


def _dossiers(lines: list[Line]) -> str:
    return ", ".join(dict.fromkeys(line.dossier for line in lines if line.dossier))


def _hours(lines: list[Line]) -> str:
    hours = [line.quantity for line in lines if line.unit == "HUR"]
    return f"{number(sum(hours[1:], hours[0]))}\u00a0h" if hours else ""


def _amount(lines: list[Line]) -> str:
    return total(line.net for line in lines).french() if lines else ""
