"""Invoices dropped into the inbox: told from bank files, checked in their own process, put to their supplier."""

from dataclasses import replace
from pathlib import Path

from billing.identity import Siret
from billing.party import TrainerStatus
from billing.usecases.take_in_suppliers import received_invoices
from integrations.facturx import Renderer
from integrations.facturx.document import Endpoint
from integrations.facturx.xml import write_xml
from tests.builders import a_trainer
from tests.integrations.bank import camt_files
from tests.integrations.facturx import documents as valid
from tests.workers.rig import ORGANISATION
from workers import inbox
from workers.bootstrap import Runtime
from workers.supplier_invoices import is_invoice

TRAINER = a_trainer(status=TrainerStatus.FREELANCE, employee_number=None, siret=Siret("40483304800022"))
SELLER = valid.seller(
    name="Camille Petit",
    siren="404833048",
    siret="40483304800022",
    tax_number="404833048",
    endpoint=Endpoint(value="404833048"),
    legal="",
)


def know_the_trainer(runtime: Runtime) -> None:
    with runtime.books.open_books(ORGANISATION, "test") as uow:
        uow.trainers.put(TRAINER)
        uow.commit()


def read(runtime: Runtime) -> inbox.InboxResult:
    return inbox.read_folder(runtime, ORGANISATION, runtime.settings.inbox, actor="test")


def drop(runtime: Runtime, name: str, content: bytes) -> None:
    runtime.settings.inbox.mkdir(exist_ok=True)
    (runtime.settings.inbox / name).write_bytes(content)


def test_an_invoice_is_known_by_its_bytes(tmp_path: Path) -> None:
    bill = tmp_path / "sans-suffixe"
    bill.write_bytes(write_xml(valid.document()))
    statement = camt_files.a_file(tmp_path, camt_files.document(camt_files.statement()))
    assert (is_invoice(bill), is_invoice(statement), is_invoice(tmp_path / "absent")) == (True, False, False)


def test_invoices_dropped_go_to_their_trainer_once_and_unreadable_ones_are_refused(runtime: Runtime) -> None:
    know_the_trainer(runtime)
    good = valid.document(seller=SELLER, number="H-12")
    wrong = replace(good, number="H-13", notes=good.notes[1:])
    drop(runtime, "h12.pdf", Renderer().render(good))
    drop(runtime, "h13.xml", write_xml(wrong))
    drop(runtime, "photo.pdf", b"\x89PNG\r\n\x1a\n0000")
    result = read(runtime)
    assert result.rows() == {
        "read": 2,
        "new": 2,
        "changed": 0,
        "unchanged": 0,
        "quarantined": 0,
        "gone": 0,
        "tied": 0,
        "older": 0,
        "dismissed": 0,
    }
    with runtime.books.open_books(ORGANISATION, "test", read_only=True) as uow:
        held = {item.number: item for item in received_invoices(uow)}
        assert {number: (item.trainer_id, item.errors) for number, item in held.items()} == {
            "H-12": (TRAINER.id, 0),
            "H-13": (TRAINER.id, 1),
        }
        assert (uow.document(held["H-12"].sha256) or b"").startswith(b"%PDF-")
    told = {item.name: item.refusal for item in result.files}
    assert told["h12.pdf"] == ""
    assert "40 € pour frais de recouvrement manque" in told["h13.xml"]
    assert "une image PNG" in told["photo.pdf"]
    assert (runtime.settings.inbox / "refuses" / "photo.pdf").exists()
    drop(runtime, "h12 bis.pdf", Renderer().render(good))
    assert read(runtime).rows()["unchanged"] == 1


def test_an_invoice_of_an_unknown_supplier_waits_in_quarantine(runtime: Runtime) -> None:
    drop(runtime, "h12.xml", write_xml(valid.document(seller=SELLER, number="H-12")))
    result = read(runtime)
    assert result.rows()["quarantined"] == 1
    assert result.refusals == [
        (
            "h12.xml : La facture H-12 vient d’un vendeur (SIREN 404833048) que quitus ne connaît pas. Ajoutez ce "
            "formateur ou ce sous-traitant avec son SIRET (fichier des formateurs), puis déposez de nouveau la facture."
        )
    ]
