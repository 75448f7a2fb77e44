"""What people decide about dated parameters, each as one commit: a value of their own, or an agreement with ours."""

from dataclasses import replace
from datetime import date

from billing.identity import derive_id
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
    runtime.parameters(organisation_id).check_own(key, value, source)
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
    book = runtime.parameters(organisation_id)
    found = [item for item in book.all() if item.key == key]
    if not found:
        book.check_own(key, "", "")  # says which one may have been meant
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
