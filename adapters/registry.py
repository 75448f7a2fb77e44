"""Every adapter: ours, one line each, and third parties' by the entry point group `quitus.adapters`."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import entry_points

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
    """The adapters of this installation, by platform code."""

    adapters: tuple[Adapter, ...]

    def platforms(self) -> tuple[Platform, ...]:
        """List every platform, by code."""
        listed = (platform for adapter in self.adapters for platform in adapter.platforms())
        return tuple(sorted(listed, key=lambda platform: platform.code))

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

    def _served(self, code: str) -> tuple[Adapter, Platform]:
        for adapter in self.adapters:
            for platform in adapter.platforms():
                if platform.code == code:
                    return adapter, platform
        raise NotFound("platform_unknown", platform=code)


def registry(*, third_parties: bool = True, more: Iterable[Adapter] = ()) -> Registry:
    """Gather the adapters.

    Raises:
        Misconfigured: a third party's adapter is no adapter, or claims a platform that is served already.
    """
    adapters = [*OURS, *more, *(_installed() if third_parties else ())]
    served: dict[str, str] = {}
    for adapter in adapters:
        for platform in adapter.platforms():
            if platform.code in served:
                raise Misconfigured("adapter_invalid", adapter=adapter.name, reason=f"{platform.code}: 2")
            served[platform.code] = adapter.name
    return Registry(adapters=tuple(adapters))


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
