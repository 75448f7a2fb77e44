"""Every adapter: ours, one line each, and third parties' by the entry point group `quitus.adapters`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from importlib.resources.abc import Traversable

from adapters import chorus_pro, edof, portal
from adapters.contract import Adapter, Connection, Tools
from billing.errors import Misconfigured, NotFound
from billing.ports import Credentials, Platform

GROUP = "quitus.adapters"

OURS: tuple[Adapter, ...] = (
    chorus_pro.ADAPTER,
    edof.ADAPTER,
    portal.ADAPTER,
)


@dataclass(frozen=True, slots=True)
class Registry:
    """The adapters of this installation, and the platforms that they serve by code."""

    adapters: tuple[Adapter, ...]
    served: Mapping[str, tuple[Adapter, Platform]]

    def platforms(self) -> tuple[Platform, ...]:
        """List every platform, by code."""
        return tuple(self.served[code][1] for code in sorted(self.served))

    def export_profiles(self) -> tuple[Traversable, ...]:
        """List the profiles of the exports that adapters bring."""
        return tuple(profile for adapter in self.adapters for profile in adapter.exports())

    def platform(self, code: str) -> Platform:
        """Find a platform.

        Raises:
            NotFound: no adapter serves it.
        """
        return self._served(code)[1]

    def adapter(self, code: str) -> Adapter:
        """Find the adapter of a platform.

        Raises:
            NotFound: no adapter serves it.
        """
        return self._served(code)[0]

    def connect(self, code: str, credentials: Credentials, tools: Tools) -> Connection:
        """Open a platform; the caller closes the connection.

        Raises:
            NotFound: no adapter serves it.
            Misconfigured: settings are missing or wrong, all listed.
        """
        return self.adapter(code).connect(code, credentials, tools)

    def texts(self) -> dict[str, dict[str, str]]:
        """Gather every adapter's own sentences: table (`errors`, `findings`, …) → code → French sentence."""
        gathered: dict[str, dict[str, str]] = {}
        for adapter in self.adapters:
            for table, sentences in adapter.texts().items():
                gathered.setdefault(table, {}).update(sentences)
        return gathered

    def _served(self, code: str) -> tuple[Adapter, Platform]:
        if code not in self.served:
            raise NotFound("platform_unknown", platform=code)
        return self.served[code]


def registry(*, third_parties: bool = True, more: Iterable[Adapter] = ()) -> Registry:
    """Gather the adapters.

    Raises:
        Misconfigured: a third party's adapter is no adapter, or claims a platform that is served already.
    """
    adapters = [*OURS, *more, *(_installed() if third_parties else ())]
    served: dict[str, tuple[Adapter, Platform]] = {}
    for adapter in adapters:
        for platform in adapter.platforms():
            if platform.code in served:
                raise Misconfigured("adapter_invalid", adapter=adapter.name, reason=f"{platform.code}: 2")
            served[platform.code] = (adapter, platform)
    return Registry(tuple(adapters), served)


def _installed() -> list[Adapter]:
    found = []
    for point in sorted(entry_points(group=GROUP), key=lambda item: item.name):
        try:
            adapter = point.load()
        except (ImportError, AttributeError) as cause:
            raise Misconfigured("adapter_invalid", adapter=point.name, reason=type(cause).__name__) from cause
        if not isinstance(adapter, Adapter):
            raise Misconfigured("adapter_invalid", adapter=point.name, reason="ADAPTER")
        found.append(adapter)
    return found
