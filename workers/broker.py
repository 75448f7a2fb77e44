"""The message broker, made explicitly; messages carry ids and are only hints (losing one is harmless)."""

from collections.abc import Callable
from dataclasses import dataclass

import dramatiq
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import ShutdownNotifications, TimeLimit

SUBMIT_TIME_LIMIT_MS = 10 * 60 * 1000
"""An actor is stopped after this; its row is then in doubt, and asked about."""


def embedded_broker() -> StubBroker:
    """Make the in-process broker: no default middleware, above all no retries (they bill twice)."""
    broker = StubBroker(middleware=[TimeLimit(), ShutdownNotifications()])
    broker.emit_after("process_boot")
    return broker


@dataclass(frozen=True, slots=True, kw_only=True)
class Actors:
    """The actors, by what they do."""

    submit: "dramatiq.Actor[[str, str], None]"


def register(broker: dramatiq.Broker, *, submit: Callable[[str, str], None]) -> Actors:
    """Register plain functions as actors on a broker; they take ids only and never retry."""
    return Actors(
        submit=dramatiq.Actor(
            submit,
            broker=broker,
            actor_name="submit",
            queue_name="submissions",
            priority=10,
            options={"max_retries": 0, "time_limit": SUBMIT_TIME_LIMIT_MS},
        )
    )
