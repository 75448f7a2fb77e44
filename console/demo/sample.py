"""Put the sample together: draw it, break it, and write every file of it."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from billing.route import Act
from console.demo import money, money_troubles, people, people_troubles, training, troubles
from console.demo.files import write_templates
from console.demo.statements import write_statements
from console.demo.training import Taught
from console.demo.world import EARLIER_EXPORT, NIGHT, OPENING, PAYERS, Group, Sample, draw

TITLE = "Travailler en sécurité"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A sample that was made: what it is, what was broken, its CPF dossiers, and those that a buyer will reject."""

    sample: Sample
    taught: Taught
    moneys: money.Moneys
    troubles: tuple[troubles.Trouble, ...]
    dossiers: tuple[tuple[date, list[dict[str, object]]], ...]
    rejected: tuple[str, ...]


def make(seed: int, scale: int) -> Made:
    """Make the sample of one seed and one size; the same seed gives the same sample."""
    sample = draw(seed, scale)
    taught = training.teach(sample)
    broken = troubles.Troubles()
    troubles.break_training(taught, broken)
    people_troubles.break_payroll(taught, broken)
    people_troubles.break_compensation(taught, broken)
    moneys = money.bill(sample, taught)
    money_troubles.break_bills(moneys, broken)
    troubles.break_platform(taught, broken)
    money_troubles.number(moneys, broken)
    money_troubles.break_payments(moneys, broken)
    money.pay(sample, moneys)
    money_troubles.break_advices(moneys, broken)
    people.write_house(sample)
    people.write_persons(sample, taught)
    people.write_trainers(sample, taught, broken)
    training.write_training(sample, taught)
    people.write_compensation(sample, taught, broken)
    money.write_money(sample, moneys)
    return Made(
        sample=sample,
        taught=taught,
        moneys=moneys,
        troubles=tuple(broken.planted()),
        rejected=tuple(broken.rejected),
        dossiers=tuple((day, _dossiers(taught, broken, day)) for day in (EARLIER_EXPORT, NIGHT)),
    )


def write_routes(sample: Sample, platforms: dict[str, str]) -> None:
    """Write the routes; `platforms` names the platform of each way: public, cpf, portal, mail, payroll, learners."""
    for payer in PAYERS:
        sample.add(
            "route", act=Act.CLAIM.value, platform=platforms[payer.platform], starts_on=OPENING, funder_code=payer.code
        )
    sample.add("route", act=Act.CLAIM.value, platform=platforms["mail"], starts_on=OPENING, funder_class="person")
    sample.add("route", act=Act.ATTENDANCE.value, platform=platforms["learners"], starts_on=OPENING, funder_code="REG")
    sample.add("route", act=Act.REMUNERATION.value, platform=platforms["payroll"], starts_on=OPENING)


def write_files(made: Made, folder: Path) -> list[Path]:
    """Write templates and statements; a platform's own export is written by its adapter."""
    folder.mkdir(parents=True, exist_ok=True)
    return [*write_templates(made.sample, folder), *write_statements(made.moneys, folder)]


def _moved_on(group: Group, day: date) -> date | None:
    """Tell when the dossier last moved: service is validated on the working day after the end at the latest."""
    if group.starts_on > day:
        return None
    return NIGHT - timedelta(days=1) if group.era == "tonight" else min(group.ends_on, day)


def _dossiers(taught: Taught, broken: troubles.Troubles, day: date) -> list[dict[str, object]]:
    """Tell the CPF platform's dossiers as they stand on one day."""
    found = []
    for seat in taught.seats:
        group, learner = seat.group, seat.learner
        if group.payer != "CDC":
            continue
        reference = group.reference(learner)
        done = group.ends_on < day
        billed = group.era == "history" and done
        dossier: dict[str, object] = {
            "reference": reference,
            "last_name": learner.last_name,
            "first_name": learner.first_name,
            "birth_on": learner.birth_on,
            "email": f"{learner.code.lower()}@exemple.invalid",
            "session": group.code,
            "title": TITLE,
            "starts_on": group.starts_on,
            "ends_on": group.ends_on,
            "stage": "done" if done else ("in_training" if group.starts_on <= day else "accepted"),
            "moved_on": _moved_on(group, day),
            "rate": 100 if done else None,
            "amount_cents": seat.amount_cents,
            "billable_cents": seat.amount_cents if done else None,
            "billed_cents": (seat.amount_cents if billed else 0) if done else None,
        }
        dossier.update(broken.dossiers.get((reference, day), {}))
        found.append(dossier)
    return found
