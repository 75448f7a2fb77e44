"""Compare what a night found with what the sample broke: precision and recall, and every difference by name."""

from dataclasses import dataclass

from billing.anomaly import OPEN_STATES, Anomaly
from billing.claim import ClaimOrigin
from billing.ports import UnitOfWork
from console.demo.troubles import Found, Trouble
from console.queue_views import subject_names


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was planted, what was found, and the differences."""

    expected: int
    found: int
    missed: tuple[Found, ...]
    unplanted: tuple[Found, ...]

    @property
    def precision(self) -> str:
        """Share of what was found that was planted."""
        return _share(self.found - len(self.unplanted), self.found)

    @property
    def recall(self) -> str:
        """Share of what was planted that was found."""
        return _share(self.expected - len(self.missed), self.expected)


def _share(part: int, whole: int) -> str:
    return f"{part}/{whole} = {100 * part / whole:.1f} %".replace(".", ",") if whole else "0/0"


def judge(uow: UnitOfWork, troubles: tuple[Trouble, ...]) -> Verdict:
    """Compare the open cases with the planted troubles."""
    expected = {found for trouble in troubles for found in trouble.expected}
    cases = uow.anomalies.find(state=tuple(OPEN_STATES))
    names = subject_names(uow, cases)
    found: set[Found] = set()
    receipts = {line.id: line.label for line in uow.bank_lines.find(id=tuple(_ids(cases, "receipt")))}
    records = {
        item.id: item.external_id for item in uow.platform_records.find(id=tuple(_ids(cases, "platform_record")))
    }
    dossiers = _dossiers_of_issued(uow, cases)
    for case in cases:
        key = (case.subject_kind, case.subject_id)
        name = names.get(key, case.subject_id)
        if case.subject_kind == "claim":
            name = dossiers.get(case.subject_id, name)
        if case.subject_kind == "receipt":
            name = receipts.get(case.subject_id, name)
        if case.subject_kind == "platform_record":
            name = records.get(case.subject_id, name)
        found.add((case.code, case.subject_kind, name))
    return Verdict(
        expected=len(expected),
        found=len(found),
        missed=tuple(sorted(expected - found)),
        unplanted=tuple(sorted(found - expected)),
    )


def _ids(cases: list[Anomaly], kind: str) -> set[str]:
    return {case.subject_id for case in cases if case.subject_kind == kind}


def _dossiers_of_issued(uow: UnitOfWork, cases: list[Anomaly]) -> dict[str, str]:
    """Name the claims that quitus issued by their dossier: the sample cannot know their numbers."""
    claims = uow.claims.find(id=tuple(_ids(cases, "claim")), origin=ClaimOrigin.ISSUED)
    agreements = uow.agreements.find(id=tuple({claim.agreement_id for claim in claims if claim.agreement_id}))
    references = {agreement.id: agreement.reference for agreement in agreements}
    return {claim.id: f"dossier:{references[claim.agreement_id]}" for claim in claims if claim.agreement_id}
