"""The composition root: builds everything from the settings, passes it on, closes it. Nothing is wired at import."""

import os
import threading
import uuid
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Self

from integrations.database.books import Books
from integrations.database.sealing import Keyring

from adapters import registry
from billing.errors import ErrorContext, Misconfigured, NotSupported
from billing.parameters_book import ParameterBook
from billing.ports import (
    Acceptance,
    Credentials,
    DeclaresAttendance,
    Parcel,
    Platform,
    Presence,
    SubmitsClaims,
    SubmitsRemuneration,
)
from billing.submission import SubmissionContract, SubmissionKind
from billing.usecases.parcels import Parcels
from billing.usecases.submit import Engine, no_crash
from workers.catalogue import Texts, shipped_parameters
from workers.clock import SystemClock
from workers.documents import DataFileWriter, FacturxMaker
from workers.settings import SECRET_NAMES, PlatformSettings, Secrets, Settings, load


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterCarrier:
    """Speaks to one platform through its adapter, under a contract whose delays the settings may change."""

    platform: Platform
    adapter: Any
    contract: SubmissionContract

    @property
    def by_hand(self) -> bool:
        """A person carries what is prepared."""
        return self.platform.by_hand

    def _not_supported(self) -> NotSupported:
        return NotSupported("platform_cannot", context=ErrorContext(platform=self.platform.code))

    def send(self, kind: SubmissionKind, parcel: Parcel) -> Acceptance:
        """Send, once."""
        if kind is SubmissionKind.CLAIM and isinstance(self.adapter, SubmitsClaims):
            return self.adapter.submit_claim(parcel)
        if kind is SubmissionKind.ATTENDANCE and isinstance(self.adapter, DeclaresAttendance):
            return self.adapter.declare_attendance(parcel)
        if kind is SubmissionKind.REMUNERATION and isinstance(self.adapter, SubmitsRemuneration):
            return self.adapter.submit_remuneration(parcel)
        raise self._not_supported()

    def find(self, kind: SubmissionKind, parcel: Parcel) -> Presence:
        """Ask whether it is there."""
        if kind is SubmissionKind.CLAIM and isinstance(self.adapter, SubmitsClaims):
            return self.adapter.find_claim(parcel)
        if kind is SubmissionKind.ATTENDANCE and isinstance(self.adapter, DeclaresAttendance):
            return self.adapter.find_attendance(parcel)
        if kind is SubmissionKind.REMUNERATION and isinstance(self.adapter, SubmitsRemuneration):
            return self.adapter.find_remuneration(parcel)
        raise self._not_supported()


@dataclass(slots=True)
class ActiveOwners:
    """Who sends in this process now.

    An owner of this run that is not here is over; so is one of another run, because this process holds
    the engine's lock.
    """

    _names: set[str] = field(default_factory=set)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def enter(self, owner: str) -> None:
        """Say that an owner works."""
        with self._guard:
            self._names.add(owner)

    def leave(self, owner: str) -> None:
        """Say that it is over."""
        with self._guard:
            self._names.discard(owner)

    def is_over(self, owner: str) -> bool:
        """Tell whether an owner is proven over."""
        with self._guard:
            return owner not in self._names


@dataclass(slots=True, kw_only=True)
class Runtime:
    """Everything that commands and jobs need. Close it."""

    settings: Settings
    secrets: Secrets
    books: Books
    clock: SystemClock
    texts: Texts
    run_id: str
    owners: ActiveOwners
    documents: FacturxMaker
    engine: Engine
    _carriers: dict[tuple[str, str], AdapterCarrier] = field(default_factory=dict)
    _stack: ExitStack = field(default_factory=ExitStack)

    def close(self) -> None:
        """Give connections and files back."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def organisation(self, slug: str | None = None) -> tuple[str, str]:
        """Find one organisation's id and slug; the only one when no slug is given.

        Raises:
            Misconfigured: there is none, none of this name, or several and no slug.
        """
        known = {slug_: id_ for id_, slug_ in self.books.organisations()}
        if not known:
            raise Misconfigured("no_organisation")
        if slug is None and len(known) == 1:
            return next((id_, slug_) for slug_, id_ in known.items())
        if slug is None:
            raise Misconfigured("organisation_to_choose", known=", ".join(sorted(known)))
        if slug not in known:
            raise Misconfigured("organisation_unknown", slug=slug, known=", ".join(sorted(known)))
        return known[slug], slug

    def parameters(self, organisation_id: str) -> ParameterBook:
        """Read the parameters in force: shipped ones, and the organisation's own, which win."""
        with self.books.open_books(organisation_id, "system", read_only=True) as uow:
            own = uow.parameters.find()
        return ParameterBook([*shipped_parameters(), *own])

    def carrier(self, slug: str, code: str) -> AdapterCarrier:
        """Connect to one platform of one organisation.

        Raises:
            Misconfigured: quitus has no such platform, or its settings cannot work.
        """
        key = (slug, code)
        if key not in self._carriers:
            platform = registry.platforms().get(code)
            if platform is None:
                raise Misconfigured("platform_unknown", platform=code)
            settings = self._platform_settings(slug, code)
            adapter = registry.connect(code, self._credentials(slug, code, settings))
            self._carriers[key] = AdapterCarrier(
                platform=platform, adapter=adapter, contract=_contract(platform, settings)
            )
        return self._carriers[key]

    def configured_platforms(self, slug: str) -> list[str]:
        """List the platforms that the settings of an organisation name."""
        organisation = self.settings.organisations.get(slug)
        return sorted(organisation.platforms) if organisation else []

    def _platform_settings(self, slug: str, code: str) -> PlatformSettings:
        organisation = self.settings.organisations.get(slug)
        found = organisation.platforms.get(code) if organisation else None
        return found or PlatformSettings()

    def _credentials(self, slug: str, code: str, settings: PlatformSettings) -> Credentials:
        found = {name: self.secrets.find(slug, code, name) for name in SECRET_NAMES}
        options = {"outbox": str(self.settings.outbox / slug / code), **settings.options}
        return Credentials(
            base_url=settings.base_url,
            token_url=settings.token_url,
            secrets={name: value for name, value in found.items() if value is not None},
            options=options,
            timeout=timedelta(seconds=settings.timeout_seconds),
        )


def _contract(platform: Platform, settings: PlatformSettings) -> SubmissionContract:
    declared = platform.contract
    return SubmissionContract(
        absence=declared.absence,
        listing_delay=timedelta(seconds=settings.settle_seconds),
        send_window=timedelta(seconds=settings.send_window_seconds),
        deadline=timedelta(seconds=settings.timeout_seconds),
        check_every=timedelta(seconds=settings.check_seconds),
        retry_after=declared.retry_after,
        attempts_max=declared.attempts_max,
        checks_max=declared.checks_max,
    )


def keyring(secrets: Secrets, *, create: bool = False) -> Keyring:
    """Read the master key; make it when asked to (`quitus init`).

    Raises:
        Misconfigured: there is none.
    """
    text = secrets.find("master_key")
    if text is None:
        if not create:
            raise Misconfigured("master_key_missing")
        text = Keyring.generate().dump()
        secrets.write(text, "master_key")
    return Keyring.load(text)


def build(settings: Settings | None = None, *, environment: Mapping[str, str] | None = None) -> Runtime:
    """Build everything from the settings; the database must have been initialised.

    Raises:
        Misconfigured: settings, key or database cannot work; all problems that can be seen at once.
    """
    settings = settings or load(environment)
    secrets = Secrets(settings.home, os.environ if environment is None else environment)
    books = Books(settings.database_url.get_secret_value(), keyring(secrets))
    stack = ExitStack()
    stack.callback(books.close)
    try:
        books.check_schema()
    except BaseException:
        stack.close()
        raise
    clock = SystemClock(settings.today)
    owners = ActiveOwners()
    engine = Engine(
        open_books=books.open_books,
        clock=clock,
        make_parcel=Parcels(files=DataFileWriter()),
        owner_is_over=owners.is_over,
        crash_point=no_crash,
    )
    return Runtime(
        settings=settings,
        secrets=secrets,
        books=books,
        clock=clock,
        texts=Texts(adapters=registry.text_files()),
        run_id=uuid.uuid4().hex[:12],
        owners=owners,
        documents=FacturxMaker(),
        engine=engine,
        _stack=stack,
    )
