"""One rule of matching in each test; amounts in cents."""

from dataclasses import replace
from datetime import date

from reconciliation.matching.model import ItemKind, Reason, Status
from reconciliation.matching.settings import Settings
from tests.reconciliation.matching.builders import (
    IBAN_A,
    IBAN_B,
    a_debit,
    a_line,
    a_payer,
    an_advice,
    an_item,
    parts_of,
    pays,
    play,
)

# --- references ---


def test_one_exact_reference_of_the_whole_amount_is_paid() -> None:
    (decision,) = play(a_line("VIR FACT FAC-000412"), items=(an_item(),))
    assert (decision.status, decision.rule) == (Status.AUTO, "reference_single@1")
    assert parts_of(decision) == {"FAC-000412": 100_000}
    assert decision.facts == ("payer=iban", "agreement=same", "reference=exact", "amount=exact")


def test_a_reference_in_the_end_to_end_identifier_counts() -> None:
    (decision,) = play(a_line("VIR SEPA", end_to_end_id="FAC-000412"), items=(an_item(), an_item("FAC-000413")))
    assert parts_of(decision) == {"FAC-000412": 100_000}


def test_references_whose_open_amounts_sum_to_the_line_are_paid() -> None:
    items = (an_item("FAC-000412", 60_000), an_item("FAC-000413", 40_000))
    (decision,) = play(a_line("FAC-000412 FAC-000413"), items=items)
    assert decision.rule == "references_sum@1"
    assert parts_of(decision) == {"FAC-000412": 60_000, "FAC-000413": 40_000}


def test_references_that_do_not_sum_are_queued() -> None:
    items = (an_item("FAC-000412", 60_000), an_item("FAC-000413", 50_000))
    (decision,) = play(a_line("FAC-000412 FAC-000413"), items=items)
    assert decision.status is Status.QUEUED
    assert decision.reasons == (Reason.AMOUNT_DIFFERS,)
    assert len(decision.candidates) == 2


def test_a_dossier_and_a_number_of_the_same_claim_are_one_reference() -> None:
    items = (
        an_item("FAC-000412", references=("DA25001234",)),
        an_item("FAC-000413", references=("DA25001234",), payer_id="B"),
    )
    (decision,) = play(a_line("DA25001234 FAC-000412"), items=items)
    assert parts_of(decision) == {"FAC-000412": 100_000}


def test_a_dossier_of_two_payers_is_paid_by_its_own() -> None:
    items = (
        an_item("FAC-000412", references=("DA25001234",), payer_id="B"),
        an_item("FAC-000413", references=("DA25001234",)),
    )
    (decision,) = play(a_line("VIR DA25001234"), items=items)
    assert parts_of(decision) == {"FAC-000413": 100_000}


def test_two_claims_of_one_dossier_and_amount_are_ambiguous() -> None:
    items = tuple(an_item(number, references=("DA25001234",)) for number in ("FAC-000412", "FAC-000413"))
    (decision,) = play(a_line("VIR DA25001234"), items=items)
    assert decision.status is Status.QUEUED
    assert Reason.AMBIGUOUS in decision.reasons


def test_a_part_is_paid_when_the_debtor_itself_names_the_claim() -> None:
    (decision,) = play(a_line("ACOMPTE FAC-000412", 30_000), items=(an_item(),))
    assert (decision.status, decision.reasons) == (Status.AUTO, (Reason.SHORT,))
    assert parts_of(decision) == {"FAC-000412": 30_000}


def test_a_part_from_an_unknown_payer_is_only_suggested() -> None:
    line = a_line("ACOMPTE FAC-000412", 30_000, counterparty_name="MME X", counterparty_iban="")
    (decision,) = play(line, items=(an_item(),))
    assert decision.status is Status.SUGGESTED
    assert decision.reasons == (Reason.PAYER_UNKNOWN,)


def test_an_excess_pays_what_is_open_and_leaves_the_rest() -> None:
    (decision,) = play(a_line("VIR FAC-000412", 105_000), items=(an_item(),))
    assert (decision.status, decision.reasons) == (Status.AUTO, (Reason.OVER,))
    assert parts_of(decision) == {"FAC-000412": 100_000}


def test_an_excess_with_a_cut_label_may_have_other_references_and_is_queued() -> None:
    label = "VIR SEPA REGL FACT  FAC-000412 ".ljust(31, "X")
    assert len(label) == 31
    (decision,) = play(a_line(label, 205_000), items=(an_item(),))
    assert decision.status is Status.QUEUED
    assert Reason.LABEL_CUT in decision.reasons


def test_an_excess_beside_shortened_numbers_is_queued() -> None:
    items = (an_item("FA-2025-0412"), an_item("FA-2025-0413"))
    (decision,) = play(a_line("FACTURES FA-2025-0412/13", 190_000), items=items)
    assert decision.status is Status.QUEUED


def test_a_reference_that_payer_and_amount_contradict_is_queued() -> None:
    items = (an_item("FAC-000412", payer_id="B"), an_item("FAC-000999"))
    (decision,) = play(a_line("VIR FAC-000412"), items=items)
    assert decision.status in {Status.QUEUED, Status.SUGGESTED}
    assert Reason.CONTRADICTION in decision.reasons


def test_a_part_is_not_paid_when_a_near_reference_has_the_very_amount() -> None:
    items = (an_item("FAC-000412", 90_000), an_item("FAC-000413", 30_000))
    (decision,) = play(a_line("VIR FAC-000412", 30_000), items=items)
    assert decision.status is not Status.AUTO
    assert Reason.CONTRADICTION in decision.reasons


def test_a_whole_reference_paid_by_somebody_else_is_matched_and_said() -> None:
    (decision,) = play(a_line("VIR FAC-000412", counterparty_iban=IBAN_B), items=(an_item(),), payers=(a_payer("B"),))
    assert (decision.status, decision.reasons) == (Status.AUTO, (Reason.PAYER_DIFFERS,))


def test_money_never_pays_what_was_not_issued_yet() -> None:
    (decision,) = play(a_line("VIR FAC-000412"), items=(an_item(issued_on=date(2025, 4, 11)),))
    assert decision.status is Status.QUEUED


def test_a_cancelled_claim_is_never_paid() -> None:
    (decision,) = play(a_line("VIR FAC-000412"), items=(an_item(kind=ItemKind.CANCELLED),))
    assert (decision.status, decision.reasons) == (Status.QUEUED, (Reason.CANCELLED_CLAIM,))


def test_a_frozen_claim_waits_for_a_person() -> None:
    (decision,) = play(a_line("VIR FAC-000412"), items=(an_item(),), frozen=frozenset({"FAC-000412"}))
    assert (decision.status, decision.reasons) == (Status.SUGGESTED, (Reason.FROZEN,))


# --- twice ---


def test_a_second_payment_of_a_paid_claim_is_a_duplicate() -> None:
    first = a_line("VIR FAC-000412", id="1")
    second = replace(first, id="2", on=date(2025, 4, 16))
    one, two = play(first, second, items=(an_item(),))
    assert one.status is Status.AUTO
    assert (two.status, Reason.DUPLICATE in two.reasons) == (Status.QUEUED, True)


def test_an_equal_part_just_after_is_suspect_and_a_month_later_is_an_instalment() -> None:
    lines = [
        a_line("ECHEANCE FAC-000412", 25_000, id=str(day), on=date(2025, month, day))
        for month, day in ((4, 10), (4, 15), (5, 20))
    ]
    first, soon, later = play(*lines, items=(an_item(),))
    assert [first.status, later.status] == [Status.AUTO, Status.AUTO]
    assert soon.reasons == (Reason.DUPLICATE,)


def test_a_payment_that_names_nothing_just_after_an_equal_one_is_suspect() -> None:
    items = (an_item("FAC-000412"), an_item("FAC-000413"))
    named, silent = play(a_line("VIR FAC-000412", id="1"), a_line("VIREMENT", id="2"), items=items)
    assert named.status is Status.AUTO
    assert silent.reasons == (Reason.DUPLICATE,)


# --- no reference ---


def test_the_only_open_claim_of_this_amount_is_paid() -> None:
    (decision,) = play(a_line("REGLEMENT FORMATION"), items=(an_item(), an_item("FAC-000413", 70_000)))
    assert (decision.status, decision.rule) == (Status.AUTO, "only_open@1")
    assert parts_of(decision) == {"FAC-000412": 100_000}


def test_two_open_claims_of_this_amount_are_never_chosen_from() -> None:
    (decision,) = play(a_line("REGLEMENT"), items=(an_item(), an_item("FAC-000413")))
    assert (decision.status, decision.reasons) == (Status.QUEUED, (Reason.AMBIGUOUS,))
    assert len(decision.candidates) == 2


def test_the_rest_of_one_claim_may_be_an_instalment_of_another() -> None:
    items = (an_item("FAC-000412", 30_000, allocated_cents=60_000), an_item("FAC-000413", 90_000))
    (decision,) = play(a_line("ECHEANCE", 30_000), items=items)
    assert (decision.status, decision.reasons) == (Status.QUEUED, (Reason.AMBIGUOUS,))
    assert len(decision.candidates) == 2


def test_a_reference_of_our_shape_that_is_none_of_ours_stops_a_match_by_amount() -> None:
    (decision,) = play(a_line("VIR FACT 20250999999"), items=(an_item("20250600482"),))
    assert decision.status is not Status.AUTO
    assert Reason.UNKNOWN_REFERENCE in decision.reasons


def test_a_mistyped_reference_singles_out_a_claim_of_this_payer_and_amount() -> None:
    items = (an_item("20250600482"), an_item("20250600777"))
    (decision,) = play(a_line("VIR FACT 20250600842"), items=items)
    assert decision.rule == "short_reference@1"
    assert parts_of(decision) == {"20250600482": 100_000}


def test_a_running_number_singles_out_a_claim_of_this_payer_and_amount() -> None:
    (decision,) = play(a_line("FACT 000413"), items=(an_item(), an_item("FAC-000413")))
    assert parts_of(decision) == {"FAC-000413": 100_000}


def test_a_learner_named_singles_out_a_claim_of_this_payer_and_amount() -> None:
    items = (an_item(learner_keys=("PETITINES",)), an_item("FAC-000413", learner_keys=("LEROYEMMA",)))
    (decision,) = play(a_line("FORMATION LEROY EMMA"), items=items)
    assert parts_of(decision) == {"FAC-000413": 100_000}


def test_an_unknown_payer_without_a_reference_is_unidentified() -> None:
    (decision,) = play(a_line("REMISE CHEQUES", counterparty_name="", counterparty_iban=""), items=(an_item(),))
    assert (decision.status, decision.reasons) == (Status.QUEUED, (Reason.UNIDENTIFIED,))


def test_an_account_and_a_name_that_disagree_are_a_conflict() -> None:
    (decision,) = play(a_line("VIREMENT", counterparty_name="OPCO BBBB"), items=(an_item(),))
    assert decision.status is Status.QUEUED


def test_a_shared_account_is_told_apart_by_the_name() -> None:
    payers = (a_payer("A"), a_payer("B", ibans=(IBAN_A,)))
    items = (an_item("FAC-000412", payer_id="B"), an_item("FAC-000413"))
    (decision,) = play(a_line("VIREMENT", counterparty_name="OPCO BBBB"), items=items, payers=payers)
    assert parts_of(decision) == {"FAC-000412": 100_000}


def test_a_name_cut_by_the_bank_is_recognised() -> None:
    payers = (a_payer("A", name="OPCO DES ENTREPRISES DE PROXIMITE", ibans=()),)
    line = a_line("VIREMENT", counterparty_name="OPCO DES ENTREPRISES DE ", counterparty_iban="")
    (decision,) = play(line, items=(an_item(),), payers=payers)
    assert decision.status is Status.AUTO


# --- advices ---


def test_an_advice_named_by_the_line_explains_it() -> None:
    items = (an_item("FAC-000412", 60_000), an_item("FAC-000413", 40_000))
    advice = an_advice(pays("FAC-000412", 60_000), pays("FAC-000413", 40_000))
    (decision,) = play(a_line("VIR OPC25-12345 BORDEREAU"), items=items, advices=(advice,))
    assert (decision.status, decision.rule, decision.advice_ids) == (Status.AUTO, "advice@1", ("OPC25-12345",))
    assert "found_by=named" in decision.facts


def test_a_refaction_is_a_short_payment_of_that_claim() -> None:
    items = (an_item("FAC-000412", 60_000), an_item("FAC-000413", 40_000))
    advice = an_advice(pays("FAC-000412", 55_000, 5_000), pays("FAC-000413", 40_000))
    (decision,) = play(a_line("VIR BORDEREAU", 95_000), items=items, advices=(advice,))
    assert parts_of(decision) == {"FAC-000412": 55_000, "FAC-000413": 40_000}
    assert decision.reasons == (Reason.DEDUCTION,)


def test_an_advice_with_one_line_that_points_nowhere_explains_nothing() -> None:
    advice = an_advice(pays("FAC-000412", 60_000), pays("FAC-999999", 40_000))
    (decision,) = play(a_line("VIR OPC25-12345"), items=(an_item("FAC-000412", 60_000),), advices=(advice,))
    assert (decision.status, decision.reasons) == (Status.QUEUED, (Reason.ADVICE_LINE_UNRESOLVED,))


def test_an_advice_of_another_total_explains_nothing() -> None:
    advice = an_advice(pays("FAC-000412", 60_000), pays("FAC-000413", 40_000))
    items = (an_item("FAC-000412", 60_000), an_item("FAC-000413", 40_000))
    (decision,) = play(a_line("VIR OPC25-12345", 101_000), items=items, advices=(advice,))
    assert decision.reasons == (Reason.ADVICE_TOTAL_DIFFERS,)


def test_an_advice_pays_one_transfer_only() -> None:
    items = (an_item("FAC-000412", 60_000), an_item("FAC-000413", 40_000))
    advice = an_advice(pays("FAC-000412", 60_000), pays("FAC-000413", 40_000))
    lines = [a_line("VIR OPC25-12345", id=str(day), on=date(2025, 4, day)) for day in (10, 18)]
    first, second = play(*lines, items=items, advices=(advice,))
    assert first.status is Status.AUTO
    assert Reason.DUPLICATE in second.reasons


def test_a_late_advice_settles_what_waits() -> None:
    items = tuple(an_item(number, 50_000) for number in ("FAC-000412", "FAC-000413", "FAC-000414"))
    advice = an_advice(pays("FAC-000412", 50_000), pays("FAC-000414", 50_000), issued_on=date(2025, 4, 28))
    (decision,) = play(a_line("REGLEMENT BORDEREAU"), items=items, advices=(advice,))
    assert decision.status is Status.AUTO
    assert "late_advice=yes" in decision.facts


def test_a_negative_advice_line_takes_back_what_was_paid() -> None:
    items = (an_item("FAC-000400", 0, allocated_cents=20_000), an_item("FAC-000412"))
    advice = an_advice(pays("FAC-000400", -20_000), pays("FAC-000412", 100_000))
    (decision,) = play(a_line("VIR OPC25-12345", 80_000), items=items, advices=(advice,))
    assert parts_of(decision) == {"FAC-000400": -20_000, "FAC-000412": 100_000}


def test_more_is_never_taken_back_than_was_paid() -> None:
    items = (an_item("FAC-000400", 0, allocated_cents=10_000), an_item("FAC-000412"))
    advice = an_advice(pays("FAC-000400", -20_000), pays("FAC-000412", 100_000))
    (decision,) = play(a_line("VIR OPC25-12345", 80_000), items=items, advices=(advice,))
    assert decision.status is Status.QUEUED


def test_a_credit_note_on_the_advice_is_taken_off_its_invoice() -> None:
    credit = an_item(
        "AV-000009", -20_000, kind=ItemKind.CREDIT_NOTE, credit_of="FAC-000412", issued_on=date(2025, 3, 20)
    )
    advice = an_advice(pays("FAC-000412", 100_000), pays("AV-000009", -20_000))
    (decision,) = play(a_line("VIR OPC25-12345", 80_000), items=(an_item(), credit), advices=(advice,))
    assert parts_of(decision) == {"FAC-000412": 80_000}
    assert [(part.claim_id, part.amount_cents) for part in decision.credit_notes] == [("AV-000009", -20_000)]


# --- debits and own transfers ---


def test_a_returned_payment_opens_its_claim_again() -> None:
    paid = a_line("VIR FAC-000412", id="1")
    back = a_line("RETOUR VIREMENT FAC-000412", -100_000, id="2", on=date(2025, 4, 15))
    again = a_line("VIR FAC-000412", id="3", on=date(2025, 4, 20))
    _, returned, third = play(paid, back, again, items=(an_item(),))
    assert (returned.status, returned.reverses_line) == (Status.AUTO, "1")
    assert parts_of(returned) == {"FAC-000412": -100_000}
    assert third.status is Status.AUTO


def test_a_return_without_its_credit_waits() -> None:
    (decision,) = play(a_debit("REJET VIREMENT FAC-000412", 100_000), items=(an_item(),))
    assert (decision.status, decision.reasons) == (Status.QUEUED, (Reason.RETURN_NOT_FOUND,))


def test_a_debit_that_gives_back_a_double_payment_is_a_refund() -> None:
    lines = [a_line("VIR FAC-000412", id=str(day), on=date(2025, 4, day)) for day in (10, 16)]
    refund = a_line("VIR EMIS REMBOURSEMENT", -100_000, id="9", on=date(2025, 4, 25))
    decision = play(*lines, refund, items=(an_item(),))[2]
    assert (decision.status, decision.refund_of, decision.payer_id) == (Status.REFUNDED, "16", "A")


def test_named_debits_are_set_aside_on_their_account() -> None:
    lines = (a_debit("VIR EMIS SALAIRES 100725", 34_556), a_debit("FRAIS TENUE DE COMPTE", 900))
    decisions = play(*lines, items=(an_item(),))
    assert [(one.status, one.code, one.account) for one in decisions] == [
        (Status.SET_ASIDE, "salary", "421000"),
        (Status.SET_ASIDE, "bank_fee", "627000"),
    ]


def test_a_word_is_matched_whole_never_inside_another() -> None:
    (decision,) = play(a_debit("PRLV FRAISSE SARL", 900))
    assert (decision.status, decision.code) == (Status.SET_ASIDE, "other_outflow")


def test_a_debit_to_a_payer_that_nothing_explains_is_queued() -> None:
    (decision,) = play(a_line("VIR EMIS", -50_000), items=(an_item(),))
    assert (decision.status, decision.reasons) == (Status.QUEUED, (Reason.DEBIT_TO_PAYER,))


def test_money_from_our_own_account_is_set_aside() -> None:
    settings = Settings(own_ibans=frozenset({IBAN_B}))
    (decision,) = play(a_line("VIREMENT", counterparty_iban=IBAN_B), items=(an_item(),), settings=settings)
    assert (decision.status, decision.code) == (Status.SET_ASIDE, "own_account")


def test_evidence_names_no_one() -> None:
    (decision,) = play(a_line("VIR LEROY EMMA"), items=(an_item(learner_keys=("LEROYEMMA",)),))
    assert decision.status is Status.AUTO
    assert not any("LEROY" in fact or "OPCO" in fact or "FR76" in fact for fact in decision.facts)
