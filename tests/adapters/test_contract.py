"""The shipped contract, over every adapter of the registry."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest

from adapters import chorus_pro, edof, portal
from adapters.contract import Adapter, Connection, Tools
from adapters.registry import OURS, registry
from adapters.testing import (
    AdapterContract,
    AttendanceContract,
    ByHandContract,
    ClaimsContract,
    OverTheNetwork,
    RemunerationContract,
    StatusesContract,
    capabilities_without_contract,
)
from billing.ports import Credentials, Parcel
from billing.submission import SubmissionKind

MakeParcel = Callable[..., Parcel]
MakePdf = Callable[..., bytes]
MakeCredentials = Callable[..., Credentials]


class _Given:
    """Keeps the fixtures on the test's instance."""

    @pytest.fixture(autouse=True)
    def _given(
        self,
        tools: Tools,
        tmp_path: Path,
        control: object,
        chorus_credentials: MakeCredentials,
        make_parcel: MakeParcel,
        make_pdf: MakePdf,
    ) -> None:
        self.given_tools = tools
        self.outbox = tmp_path / "outbox"
        self.control = control
        self.chorus_credentials = chorus_credentials
        self.make_parcel = make_parcel
        self.make_pdf = make_pdf

    def drop_credentials(self) -> Credentials:
        return Credentials(
            base_url="",
            token_url="",
            secrets={},
            options={"outbox": str(self.outbox)},
            timeout=timedelta(seconds=10),
        )

    def parcel(self, number: str) -> Parcel:
        return self.make_parcel(number)


class _Any(_Given):
    one: ClassVar[Adapter]

    def adapter(self) -> Adapter:
        return self.one

    def tools(self) -> Tools:
        return self.given_tools

    def credentials(self, platform: str) -> Credentials:
        return self.chorus_credentials() if platform == "chorus-pro" else self.drop_credentials()


class TestChorusProAdapter(_Any, AdapterContract):
    one = chorus_pro.ADAPTER


class TestEdofAdapter(_Any, AdapterContract):
    one = edof.ADAPTER


class TestPortalAdapter(_Any, AdapterContract):
    one = portal.ADAPTER


class _Chorus(_Given):
    def open(self) -> Connection:
        return chorus_pro.connect("chorus-pro", self.chorus_credentials(), self.given_tools)


class TestChorusProClaims(_Chorus, OverTheNetwork, ClaimsContract):
    def refused_parcel(self) -> Parcel:
        return self.make_parcel("NUMERO-BEAUCOUP-TROP-LONG")

    def lose_answers(self) -> None:
        self.control.post("faults", {"platform": "chorus-pro", "seed": 1, "rates": {"accept_then_500": 1.0}})  # type: ignore[attr-defined]

    def deny_access(self) -> None:
        self._habilitate(habilitated=False)

    def answer_again(self) -> None:
        self.control.post("faults", {"platform": "chorus-pro", "rates": {}})  # type: ignore[attr-defined]
        self._habilitate(habilitated=True)

    def _habilitate(self, *, habilitated: bool) -> None:
        settings = self.chorus_credentials().secrets
        account = {"login": settings["login"], "password": settings["password"], "habilitated": habilitated}
        self.control.post("load", {"chorus-pro": {"accounts": [account]}})  # type: ignore[attr-defined]


class TestChorusProStatuses(_Chorus, StatusesContract):
    def open_with(self, numbers: Iterable[str]) -> Connection:
        connection = chorus_pro.connect("chorus-pro", self.chorus_credentials(), self.given_tools)
        for number in numbers:
            connection.submit_claim(self.make_parcel(number))
        return connection

    def show_unknown_word(self, number: str) -> Connection:
        outcome = {"number": number, "outcome": "status", "status": "MOT_NOUVEAU", "after_days": 0}
        self.control.post("load", {"chorus-pro": {"outcomes": [outcome]}})  # type: ignore[attr-defined]
        return self.open_with([number])


class TestPayrollDrop(_Given, RemunerationContract):
    def open(self) -> Connection:
        return portal.connect("portal-paie", self.drop_credentials(), self.given_tools)


class TestAttendanceDrop(_Given, AttendanceContract):
    def open(self) -> Connection:
        return portal.connect("portal-rsfp", self.drop_credentials(), self.given_tools)


class TestOpcoByHand(_Given, ByHandContract):
    def open(self) -> Connection:
        return portal.connect("portal-opco", self.drop_credentials(), self.given_tools)


class TestCourrierByHand(_Given, ByHandContract):
    def open(self) -> Connection:
        return portal.connect("portal-courrier", self.drop_credentials(), self.given_tools)


class TestEdofByHand(_Given, ByHandContract):
    def open(self) -> Connection:
        return edof.connect("edof", self.drop_credentials(), self.given_tools)


def test_every_declared_capability_has_its_contract_test() -> None:
    tested = [
        ("chorus-pro", TestChorusProClaims),
        ("chorus-pro", TestChorusProStatuses),
        ("portal-paie", TestPayrollDrop),
        ("portal-rsfp", TestAttendanceDrop),
        ("portal-opco", TestOpcoByHand),
        ("portal-courrier", TestCourrierByHand),
        ("edof", TestEdofByHand),
    ]
    assert capabilities_without_contract(registry(third_parties=False), tested) == set()


def test_every_adapter_folder_is_one_line_of_the_registry() -> None:
    here = Path(chorus_pro.__file__).parent.parent
    folders = {item.name for item in here.iterdir() if (item / "__init__.py").exists()}
    assert folders == {adapter.name for adapter in OURS}


def test_what_a_platform_does_not_take_is_left_to_a_person(tools: Tools, make_parcel: MakeParcel) -> None:
    from adapters.contract import Carrier  # noqa: PLC0415 - the one test that carries
    from billing.errors import NotSupported  # noqa: PLC0415 - same

    credentials = Credentials(base_url="", token_url="", secrets={}, options={}, timeout=timedelta(seconds=10))
    carrier = Carrier(connection=edof.connect("edof", credentials, tools))
    assert carrier.by_hand
    with pytest.raises(NotSupported):
        carrier.send(SubmissionKind.CLAIM, make_parcel())
