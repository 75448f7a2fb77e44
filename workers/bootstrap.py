"""The composition root: builds everything from the settings, passes it on, closes it. Nothing is wired at import."""

import os
import threading
import uuid
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Self

from adapters.contract import Carrier, Connection, Tools, adjusted
from adapters.registry import Registry, registry
from billing.errors import Misconfigured
from billing.parameters_book import Parameter, ParameterBook
from billing.ports import Credentials
from billing.submission import SubmissionContract
from billing.usecases.parcels import Parcels
from billing.usecases.submit import Engine, no_crash
from integrations.database.books import Books
from integrations.database.keyring import Keyring
from integrations.facturx import FacturxDocuments, LogoFolder, Renderer
from integrations.payroll import CsvDataFiles
from workers.catalogue import Texts, shipped_parameters
from workers.clock import SystemClock
from workers.settings import SECRET_NAMES, PlatformSettings, Secrets, Settings, load, overridden


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
    documents: FacturxDocuments
    engine: Engine
    registry: Registry
    _shipped: list[Parameter] = field(default_factory=list)
    _connections: dict[tuple[str, str], Connection] = field(default_factory=dict)
    _connecting: threading.Lock = field(default_factory=threading.Lock)
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
        known = {organisation.slug: organisation.id for organisation in self.books.organisations()}
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
        if not self._shipped:  # read once: the night asks for the parameters before each file
            self._shipped.extend(shipped_parameters())
        return ParameterBook([*self._shipped, *own])

    def connection(self, slug: str, code: str) -> Connection:
        """Connect to one platform of one organisation, once for the life of this runtime.

        Raises:
            NotFound: quitus has no such platform.
            Misconfigured: its settings cannot work.
        """
        key = (slug, code)
        with self._connecting:
            if key not in self._connections:
                settings = self._platform_settings(slug, code)
                credentials = self._credentials(slug, code, settings, sirets=self._sirets(slug, settings))
                try:
                    connection = self.registry.connect(code, credentials, Tools(clock=self.clock))
                except Misconfigured as error:
                    raise self._named(error, slug, code) from error
                self._stack.callback(connection.close)
                self._connections[key] = connection
            return self._connections[key]

    def carrier(self, slug: str, code: str) -> Carrier:
        """Give what the submission engine speaks through."""
        return Carrier(connection=self.connection(slug, code))

    def contract(self, slug: str, code: str) -> SubmissionContract:
        """Tell what a platform promises, also where its addresses and secrets are not given.

        Raises:
            NotFound: quitus has no such platform.
            Misconfigured: a delay among its settings cannot be used.
        """
        credentials = self._credentials(slug, code, self._platform_settings(slug, code))
        return adjusted(self.registry.platform(code), credentials).contract

    def platforms_in_use(self, organisation_id: str, slug: str) -> list[str]:
        """List the platforms that the settings of an organisation name, or that one of its routes points to."""
        organisation = self.settings.organisations.get(slug)
        configured = set(organisation.platforms) if organisation else set()
        with self.books.open_books(organisation_id, "system", read_only=True) as uow:
            return sorted(configured | {route.platform for route in uow.routes.stream()})

    def _named(self, error: Misconfigured, slug: str, code: str) -> Misconfigured:
        """Say by which exact names what a platform lacks is given; what is wrong stays among the findings."""
        missing = [str(item.values["setting"]) for item in error.findings if item.code == "platform_setting_missing"]
        if not missing:
            return error
        files = [name for name in missing if name in SECRET_NAMES]
        return Misconfigured(
            "platform_not_configured" if files else "platform_address_missing",
            tuple(item for item in error.findings if item.code != "platform_setting_missing"),
            platform=code,
            missing=", ".join(self.secrets.variable(slug, code, name) if name in files else name for name in missing),
            section=f"organisations.{slug}.platforms.{code}",
            folder=f"secrets/{slug}/{code}/",
            files=", ".join(files),
        )

    def _platform_settings(self, slug: str, code: str) -> PlatformSettings:
        organisation = self.settings.organisations.get(slug)
        found = organisation.platforms.get(code) if organisation else None
        return overridden(found or PlatformSettings(), slug, code, self.secrets)

    def _sirets(self, slug: str, settings: PlatformSettings) -> tuple[str, ...]:
        """Tell by which numbers a platform may know the organisation: the one of the settings, else its sites'."""
        if settings.siret:
            return (settings.siret,)
        ids = [organisation.id for organisation in self.books.organisations() if organisation.slug == slug]
        sirets: list[str] = []
        for id_ in ids:
            with self.books.open_books(id_, "system", read_only=True) as uow:
                sirets += [site.siret.value for site in sorted(uow.sites.stream(), key=lambda site: site.code)]
        return tuple(dict.fromkeys(sirets))

    def _credentials(
        self, slug: str, code: str, settings: PlatformSettings, *, sirets: tuple[str, ...] = ()
    ) -> Credentials:
        found = {name: self.secrets.find(slug, code, name) for name in SECRET_NAMES}
        options = {
            "outbox": str(self.settings.outbox / slug),  # a portal makes its own folder in it
            "settle_seconds": str(settings.settle_seconds),
            "sirets": " ".join(sirets),
            "section": f"organisations.{slug}.platforms.{code}",  # where a person writes this platform's settings
            **({"rate_per_second": str(settings.rate_per_second)} if settings.rate_per_second else {}),
            **settings.options,
        }
        return Credentials(
            base_url=settings.base_url,
            token_url=settings.token_url,
            secrets={name: value for name, value in found.items() if value is not None},
            options=options,
            timeout=timedelta(seconds=settings.timeout_seconds),
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
    if settings.broker_url:
        raise Misconfigured("broker_not_supported", broker=settings.broker_url.partition(":")[0])
    secrets = Secrets(settings.home, os.environ if environment is None else environment)
    if not settings.is_installed and secrets.find("master_key") is None:
        raise Misconfigured("home_missing", home=str(settings.home))
    clock = SystemClock(settings.today)
    books = Books(settings.database_url.get_secret_value(), keyring(secrets), now=clock.now)
    stack = ExitStack()
    stack.callback(books.close)
    try:
        books.check_schema()
    except BaseException:
        stack.close()
        raise
    owners = ActiveOwners()
    adapters = registry()
    engine = Engine(
        open_books=books.open_books,
        clock=clock,
        make_parcel=Parcels(files=CsvDataFiles()),
        owner_is_over=owners.is_over,
        crash_point=no_crash,
    )
    return Runtime(
        settings=settings,
        secrets=secrets,
        books=books,
        clock=clock,
        texts=Texts(
            tuple(adapter.texts() for adapter in adapters.adapters),
            {platform.code: platform.display_name for platform in adapters.platforms()},
        ),
        run_id=uuid.uuid4().hex[:12],
        owners=owners,
        documents=FacturxDocuments(Renderer(), LogoFolder(settings.home / "logos").of),
        engine=engine,
        registry=adapters,
        _stack=stack,
    )
