"""The aged balance's sums are journalled when they changed, not every night."""

from collections.abc import Mapping

import pytest

from reconciliation.ageing import Ageing, Basis, Dimension
from tests.workers.rig import NOW, ORGANISATION, SLUG
from workers import steps
from workers.bootstrap import Runtime
from workers.shift import Night
from workers.steps import take_snapshot


def a_balance(cents: int) -> Ageing:
    return Ageing(
        as_of=NOW.date(),
        known_at=None,
        by=Dimension.FUNDER,
        basis=Basis.DUE,
        rows=(),
        unallocated_cents=cents,
        ledger_balance_cents=cents,
        owed_cents=-90,
    )


def test_a_snapshot_is_journalled_only_when_the_sums_changed(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    night = Night(runtime=runtime, organisation_id=ORGANISATION, slug=SLUG)

    def take(cents: int) -> Mapping[str, int]:
        monkeypatch.setattr(steps, "ageing", lambda *_args, **_options: a_balance(cents))
        return take_snapshot(night)

    def snapshots() -> list[object]:
        with runtime.books.open_books(ORGANISATION, "test", read_only=True) as uow:
            return [line.payload["unallocated_cents"] for line in uow.journal(about="ageing")]

    assert take(-590)["received_cents"] == -500
    assert take(-590)["owed_cents"] == -90
    assert snapshots() == [-590]
    take(-400)
    take(-590)
    assert snapshots() == [-590, -400, -590]
