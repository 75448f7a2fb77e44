"""What people decide about dated parameters, each as one commit: a value of their own, or an agreement with ours."""

import json
from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from typing import Any

from billing.errors import InvalidInput, NotFound
from billing.identity import derive_id
from billing.money import read_decimal
from billing.parameters_book import Parameter
from billing.ports import UnitOfWork
from workers.bootstrap import Runtime


def set_parameter(
    runtime: Runtime, organisation_id: str, key: str, value: str, *, starts_on: date, source: str, actor: str
) -> Parameter:
    """Give a parameter a value of the organisation's own; it wins over the shipped one.

    Raises:
        NotFound: there is no such parameter.
        InvalidInput: the value does not have the shape of the known one, or has no source.
    """
    known = _known(runtime, organisation_id, key)
    model = next((item for item in known if item.shipped), known[-1])
    if not _is_like(model.value, value):
        raise InvalidInput("parameter_value_unlike", key=key, value=value[:60], shipped=model.value[:60])
    if not source.strip():
        raise InvalidInput("parameter_source_missing", key=key)
    parameter = Parameter(
        id=_own_id(key, starts_on), key=key, starts_on=starts_on, value=value, source=source, confirmed_by=actor
    )
    with runtime.books.open_books(organisation_id, actor) as uow:
        _keep(uow, parameter, "parameter.set")
        uow.commit()
    return parameter


def confirm_parameter(runtime: Runtime, organisation_id: str, key: str, *, actor: str) -> int:
    """Agree with every value of a parameter; from then on they are the organisation's own.

    Returns:
        How many dated values it has.

    Raises:
        NotFound: there is no such parameter.
    """
    known = _known(runtime, organisation_id, key)
    with runtime.books.open_books(organisation_id, actor) as uow:
        for item in known:
            own = replace(item, id=_own_id(key, item.starts_on), confirmed_by=actor, shipped=False)
            _keep(uow, own, "parameter.confirmed")
        uow.commit()
    return len(known)


def _known(runtime: Runtime, organisation_id: str, key: str) -> list[Parameter]:
    every = runtime.parameters(organisation_id).all()
    found = [item for item in every if item.key == key]
    if not found:
        near = get_close_matches(key, {item.key for item in every}, n=1)
        raise NotFound("parameter_unknown", key=key[:60], close=f" (peut-être {near[0]})" if near else "")
    return found


def _own_id(key: str, starts_on: date) -> str:
    return derive_id("parameter", key, starts_on.isoformat(), "own")


def _keep(uow: UnitOfWork, parameter: Parameter, act: str) -> None:
    uow.parameters.put(parameter)
    uow.record(
        type_=act,
        subject_kind="parameter",
        subject_id=parameter.id,
        effective_on=parameter.starts_on,
        payload={"key": parameter.key, "value": parameter.value},
    )


def _is_like(known: str, value: str) -> bool:
    """Tell whether a value can stand where the known one does: number, JSON list or object, day, yes or no, or text."""
    shape = _shape(known)
    return bool(value.strip()) and (shape == "text" or _shape(value) == shape)


def _shape(text: str) -> str:
    parsed = _parsed(text)
    if isinstance(parsed, bool | list | dict):
        return type(parsed).__name__
    try:
        read_decimal(text)
    except InvalidInput:
        pass
    else:
        return "number"
    try:
        date.fromisoformat(text)
    except ValueError:
        return "text"
    return "day"


def _parsed(text: str) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
