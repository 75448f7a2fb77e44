"""What is keyed in on the CPF platform."""

from collections.abc import Callable
from datetime import timedelta

from adapters import edof
from adapters.contract import Tools
from billing.money import Money
from billing.ports import Credentials, Parcel


def test_the_sheet_shows_net_vat_and_our_number_in_the_screen_s_order(
    tools: Tools, make_parcel: Callable[..., Parcel]
) -> None:
    credentials = Credentials(base_url="", token_url="", secrets={}, options={}, timeout=timedelta(seconds=10))
    connection = edof.connect("edof", credentials, tools)
    parcel = make_parcel(
        "F2026-0042", net=Money(123_456), vat=Money(24_691), amount=Money(148_147), facts={"dossier": "00012345678901"}
    )
    sheet = connection.sheet(parcel)
    assert [line.value for line in sheet.lines] == ["00012345678901", "1234,56", "246,91", "F2026-0042"]
    assert sheet.folder is None
