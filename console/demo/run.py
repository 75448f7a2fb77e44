"""`quitus demo`: the sample organisation through users' doors, one night, and the report that explains every euro."""

import os
import resource
import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from adapters.sample import WAYS, sandbox_dossiers, write_export
from adapters.sandbox import SandboxServer
from billing.agreement import LifeState
from billing.errors import InvalidInput, Misconfigured
from billing.money import Money, total
from billing.submission import SubmissionState
from console import case_facts, house, night_report, nights
from console.cli.frame import EXIT_FAILED, emit, out, say
from console.demo.judge import Verdict, judge
from console.demo.sample import Made, make, write_files, write_routes
from console.demo.world import NIGHT, ORGANISATION, PAYERS, siret_from
from reconciliation.usecases.ageing import ageing
from workers.bootstrap import Runtime, build
from workers.catalogue import Texts
from workers.night import NightReport
from workers.settings import SECRET_NAMES, Secrets, load

SETTLE_SECONDS = 4
TIMEOUT_SECONDS = 5
RATE_PER_SECOND = 50
DEMO_MARK = "demo.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoResult:
    """What the demo did; `exit_code` is the night's, or 1 when a promise was broken."""

    night: NightReport
    verdict: Verdict
    document: dict[str, Any]
    exit_code: int


def run(*, seed: int, scale: int, sandbox_url: str | None, load_only: bool, quiet: bool) -> int:
    """Make the sample in `QUITUS_HOME`, run the first night, print the report.

    Returns:
        The exit code.
    """
    home = load().home
    _refuse_other_content(home)
    with _sandbox(sandbox_url) as url:
        _ask(url, "GET", "/_sandbox/settings")  # a sandbox that does not answer must not cost an earlier example
        _clear(home)
        if not quiet:
            say(f"Organisme d'exemple (graine {seed}, échelle {scale}) dans {home}")
        made = make(seed, scale)
        write_routes(made.sample, dict(WAYS))
        _settle_house(home, url)
        _give_platforms(made, url)
        _fill_inbox(made, home / "inbox")
        if load_only:
            say("Fichiers déposés dans inbox/ : lancez quitus nightly.")
            _say_what_lives_on(home, served_elsewhere=sandbox_url is not None)
            return 0
        result = night(made, url, quiet=quiet)
    if quiet:
        emit(as_json(result))
    else:
        show(result)
        _say_what_lives_on(home, served_elsewhere=sandbox_url is not None)
    return result.exit_code


def _say_what_lives_on(home: Path, *, served_elsewhere: bool) -> None:
    """Say how to look at the example afterwards, and what no longer answers."""
    say(f"Pour le consulter : QUITUS_HOME={shlex.quote(str(home))}, puis par exemple quitus anomalies list.")
    if not served_elsewhere:
        say(
            "Ses plateformes d'essai se sont arrêtées avec cette commande : désormais, quitus nightly et quitus doctor "
            "diront qu'elles ne répondent pas. Pour les garder : quitus sandbox serve --port 8099 dans un autre "
            "terminal, puis quitus demo --sandbox-url http://127.0.0.1:8099."
        )


def as_json(result: DemoResult) -> dict[str, Any]:
    """Give everything that the report says, and the memory that it took (peak of this process, in MiB)."""
    verdict = result.verdict
    return {
        "night": night_report.as_json(result.night),
        **result.document,
        "expected": verdict.expected,
        "found": verdict.found,
        "missed": verdict.missed,
        "unplanted": verdict.unplanted,
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def night(made: Made, url: str, *, quiet: bool) -> DemoResult:
    """Run the night on a home that was filled, and judge it."""
    with build() as opened:
        organisation_id, _slug = opened.organisation(ORGANISATION)
        report = nights.run(opened, ORGANISATION, quiet=quiet)
        with opened.books.open_books(organisation_id, "system", read_only=True) as uow:
            verdict = judge(uow, made.troubles)
        document = explain(opened, organisation_id, url)
        proof = house.verify(opened, organisation_id, lambda _count: None)
    document["audit_ok"] = proof["ok"]
    document["audit_problems"] = proof["problems"]
    broken = not (proof["ok"] and document["balanced"] and document["each_once"] and document["ties"])
    return DemoResult(
        night=report,
        verdict=verdict,
        document=document,
        exit_code=EXIT_FAILED if broken else report.exit_code,
    )


def _refuse_other_content(home: Path) -> None:
    """Refuse a folder that holds something else than an earlier demo.

    Raises:
        Misconfigured: it does.
    """
    if home.exists() and any(home.iterdir()) and not (home / DEMO_MARK).exists():
        raise Misconfigured("demo_home_not_empty", home=home.name)


def _clear(home: Path) -> None:
    """Start afresh in a folder that is empty or holds an earlier demo."""
    if home.exists():
        shutil.rmtree(home)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    (home / DEMO_MARK).write_text("Organisme d'exemple de quitus : ce dossier peut être effacé.\n", encoding="utf-8")


@contextmanager
def _sandbox(url: str | None) -> Iterator[str]:
    if url is not None:
        yield url.rstrip("/")
        return
    with SandboxServer() as server:
        yield server.url


def _settle_house(home: Path, url: str) -> None:
    """Do what an administrator does: init, point platforms at the sandboxes, keep their secrets in files."""
    os.environ["QUITUS_HOME"] = str(home)
    settings = _ask(url, "GET", "/_sandbox/settings")
    lines = [f"today = {NIGHT.isoformat()}", ""]
    secrets = Secrets(home, os.environ)
    for code, values in sorted(settings.items()):
        lines += [
            f"[organisations.{ORGANISATION}.platforms.{code}]",
            f'base_url = "{values["base_url"]}"',
            f'token_url = "{values.get("token_url", "")}"',
            f"settle_seconds = {SETTLE_SECONDS}",
            f"timeout_seconds = {TIMEOUT_SECONDS}",
            f"rate_per_second = {RATE_PER_SECOND}",
            "",
        ]
        for name in SECRET_NAMES:
            if values.get(name):
                secrets.write(values[name], ORGANISATION, code, name)
    (home / "quitus.toml").write_text("\n".join(lines), encoding="utf-8")
    siren = siret_from(91000000)[:9]
    house.initialise(slug=ORGANISATION, name="Organisme d'exemple", siren=siren, login="demo")


def _ask(url: str, method: str, path: str, body: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - JSON
    try:
        answer = httpx.request(method, f"{url}{path}", json=body, timeout=30, trust_env=False)
        answer.raise_for_status()
    except httpx.HTTPError as cause:
        raise InvalidInput("sandbox_unreachable", url=url) from cause
    return answer.json()


def _give_platforms(made: Made, url: str) -> None:
    """Give the sandboxes the sample's dossiers, as the payers would have them."""
    public = [payer.siret for payer in PAYERS if payer.platform == "public"]
    rejected = made.rejected
    body = sandbox_dossiers(public, siret_from(91000000), rejected=rejected, suspended=())
    _ask(url, "POST", "/_sandbox/load", body)


def _fill_inbox(made: Made, inbox: Path) -> None:
    """Drop every file, as a gestionnaire would."""
    write_files(made, inbox)
    for day, dossiers in made.dossiers:
        write_export(inbox, siret_from(91000000), day, dossiers)


def explain(runtime: Runtime, organisation_id: str, url: str) -> dict[str, Any]:
    """Explain every euro: the bank account, what the sandboxes saw, the ledger."""
    with runtime.books.open_books(organisation_id, "system", read_only=True) as uow:
        lines = list(uow.bank_lines.stream())
        sums = {
            "bank_cents": total(line.amount for line in lines).cents,
            "allocated_cents": total(line.allocated for line in lines).cents,
            "refunded_cents": total(line.refunded for line in lines).cents,
            "set_aside_cents": total(line.set_aside for line in lines).cents,
            "queued_cents": total(line.unallocated for line in lines).cents,
        }
        accepted = {
            claim.number
            for row in uow.submissions.find(state=SubmissionState.ACCEPTED, platform=WAYS["public"])
            for claim in [uow.claims.get(row.subject_id)]
            if claim is not None
        }
        refused_lines = uow.quarantine.count(cleared=False)
        claims = uow.claims.count()
        rejected = uow.claims.count(state=LifeState.REJECTED)
    received = _ask(url, "GET", f"/_sandbox/received?platform={WAYS['public']}")
    taken = [item for item in received if item["outcome"] == "accepted"]
    keys = [item["business_key"] for item in taken]
    each_once = len(keys) == len(set(keys)) and {item["number"] for item in taken} == accepted
    explained = sums["allocated_cents"] + sums["refunded_cents"] + sums["set_aside_cents"] + sums["queued_cents"]
    with runtime.books.open_books(organisation_id, "system", read_only=True) as uow:
        ties = ageing(uow, as_of=runtime.clock.today()).ties
    return {
        **sums,
        "balanced": explained == sums["bank_cents"],
        "bank_lines": len(lines),
        "claims": claims,
        "claims_rejected": rejected,
        "quarantined": refused_lines,
        "sandbox_received": len(received),
        "sandbox_accepted": len(taken),
        "each_once": each_once,
        "ties": ties,
    }


def show(result: DemoResult) -> None:
    """Print the night, the money and the troubles."""
    night_report.show(result.night)
    document = result.document
    out()
    out("Chaque euro du compte bancaire")
    for key, label in (
        ("allocated_cents", "affecté à des factures"),
        ("refunded_cents", "remboursé"),
        ("set_aside_cents", "mis de côté (salaires, frais, virements internes…)"),
        ("queued_cents", "en attente d'une personne"),
    ):
        out(f"  {Money(document[key]).french():>20}  {label}")
    sign = "=" if document["balanced"] else "≠"
    out(f"  {Money(document['bank_cents']).french():>20}  {sign} total des {document['bank_lines']} lignes importées")
    out(
        f"Bac à sable : {document['sandbox_received']} dépôt(s) reçus, {document['sandbox_accepted']} acceptés, "
        + ("chacun une seule fois." if document["each_once"] else "DES DOUBLONS OU DES ÉCARTS !")
    )
    out("Balance âgée et grand livre : " + ("égaux au centime près." if document["ties"] else "ÉCART !"))
    out("Journal, projections et écritures : " + ("prouvés." if document["audit_ok"] else "FAUX !"))
    for line in document["audit_problems"]:
        out(f"  • {line}")
    verdict = result.verdict
    out(f"Troubles plantés : précision {verdict.precision}, rappel {verdict.recall}.")
    texts = Texts()
    for told, troubles in (("non trouvé", verdict.missed), ("trouvé sans être planté", verdict.unplanted)):
        for code, kind, name in troubles:
            out(f"  {told} : {texts.sentence('labels', code, {})} – {case_facts.subject(kind, name)}")
