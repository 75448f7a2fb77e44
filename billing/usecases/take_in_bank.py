"""Bank statements into the books: each movement once, however often and in whatever overlap it is given.

What makes two movements the same: the bank's own reference, with the day, the amount and the payer's
reference beside it because banks use references again; else everything that the bank says of it. Of equal
movements the n-th of a file is the n-th in the books: where two files overlap on a day, the books keep the
larger of both counts, and two equal movements of one day are both kept. Source: formats.md part C.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice

from billing.booking import entry_of_bank_line
from billing.errors import Finding, Severity
from billing.identity import derive_id, mask
from billing.intake import ImportedFile, QuarantinedRow
from billing.money import Money
from billing.party import BankAccount
from billing.payment import BankLine, BankStatement
from billing.ports import OpenBooks, UnitOfWork
from billing.statement import Statement, StatementFile, Transaction, UnreadableLine
from billing.usecases.bank_continuity import follow_on

BATCH = 500
CURRENCY = "EUR"
STREAM = "bank"


@dataclass(slots=True, kw_only=True)
class TakenIn:
    """What one bank file brought: `lines read = new + known + refused`.

    Attributes:
        statements: statements of the file that belong to one of our accounts.
        gaps: those whose opening balance does not follow from what the books hold.
        unbalanced: those whose movements do not lead from opening to closing balance.
        refused: movements that could not be used (each in quarantine) or of an account that is not ours.
        foreign: those of them that are in another currency, or of an account held in one.
    """

    statements: int = 0
    new: int = 0
    known: int = 0
    gaps: int = 0
    unbalanced: int = 0
    refused: int = 0
    foreign: int = 0
    findings: list[Finding] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class _Intake:
    """A file while it is taken in: for each of its statements, our account and the stored statement."""

    file: StatementFile
    file_id: str
    accounts: list[BankAccount | None]
    statement_ids: list[str]
    payers: dict[str, str]
    seen: dict[bytes, int] = field(default_factory=dict)


def take_in_statement(
    open_books: OpenBooks,
    organisation_id: str,
    file: StatementFile,
    *,
    actor: str,
    on_progress: Callable[[int], None] | None = None,
) -> TakenIn:
    """Take a bank file into the books; taking it in again, or on after a kill, changes nothing that is there.

    Args:
        open_books: factory of units of work; each batch of lines is one transaction.
        organisation_id: whose books.
        file: the file, already read to its end by `integrations.bank`.
        actor: who acts.
        on_progress: called with the number of movements read so far.

    Returns:
        Counts and findings. Gaps, wrong balances, foreign amounts and unknown accounts never stop the rest.
    """
    result = TakenIn()
    with open_books(organisation_id, actor) as uow:
        intake = _begin(uow, file, result)
        done = uow.imported_files.get(intake.file_id)
        uow.commit()
    if done is not None:
        result.known, result.refused = done.new + done.unchanged, done.quarantined
    read = 0
    lines = file.lines() if done is None else iter(())
    while batch := list(islice(lines, BATCH)):
        with open_books(organisation_id, actor) as uow:
            _take_batch(uow, intake, batch, result)
            uow.commit()
        read += len(batch)
        if on_progress:
            on_progress(read)
    with open_books(organisation_id, actor) as uow:
        _end(uow, intake, result)
        uow.commit()
    return result


def _begin(uow: UnitOfWork, file: StatementFile, result: TakenIn) -> _Intake:
    """Store the file and its statements; say which accounts are not ours."""
    accounts = uow.bank_accounts.find()
    intake = _Intake(
        file=file,
        file_id=derive_id("imported_file", "bank", file.sha256),
        accounts=[_account_of(statement, accounts) for statement in file.statements],
        statement_ids=[],
        payers={str(item.iban): item.funder_id for item in uow.funder_accounts.find()},
    )
    known_file = uow.imported_files.get(intake.file_id) is not None
    document = file.sha256 if known_file else uow.store_document(file.content(), file.media_type, file.name)
    for statement, account in zip(file.statements, intake.accounts, strict=True):
        if _is_foreign(statement):
            intake.statement_ids.append("")
            result.findings.append(_foreign_account(file, statement))
            continue
        if account is None:
            intake.statement_ids.append("")
            result.findings.append(
                Finding(
                    code="bank_account_unknown",
                    where=file.name,
                    values={"account": mask(statement.account), "lines": statement.transactions},
                )
            )
            continue
        result.statements += 1
        intake.statement_ids.append(_store_statement(uow, statement, account, document))
        if statement.balanced is False:
            result.unbalanced += 1
            result.findings.append(_unbalanced(file, statement))
    return intake


def _is_foreign(statement: Statement) -> bool:
    """Tell whether an account is held in another currency: its balances are no euros, whatever its movements say."""
    return statement.currency not in {"", CURRENCY}


def _foreign_account(file: StatementFile, statement: Statement) -> Finding:
    return Finding(
        code="bank_account_foreign",
        where=file.name,
        values={
            "account": mask(statement.account),
            "currency": statement.currency,
            "lines": statement.transactions + statement.unreadable,
            "credits": _plain(statement.credits_cents),
            "debits": _plain(statement.debits_cents),
        },
    )


def _plain(cents: int) -> str:
    """Write an amount without a currency."""
    return Money(cents).french().removesuffix("€").strip()


def _account_of(statement: Statement, accounts: list[BankAccount]) -> BankAccount | None:
    """Find our account by IBAN, or by the national number that its IBAN ends with."""
    number = statement.account
    same = (account for account in accounts if number and str(account.iban) == number)
    national = (account for account in accounts if len(number) > 10 and str(account.iban)[4:] == number)  # noqa: PLR2004 - a whole national number, not a fragment
    return next(same, None) or next(national, None)


def _store_statement(uow: UnitOfWork, statement: Statement, account: BankAccount, document: str) -> str:
    """Store a statement once; the same one downloaded twice differs in its bytes, not in what it says."""
    said = (
        *(statement.reference, statement.sequence, str(statement.first_on), str(statement.last_on)),
        *(str(statement.opening_cents), str(statement.closing_cents)),
        *(str(statement.credits_cents), str(statement.debits_cents), str(statement.transactions)),
    )
    id_ = derive_id("bank_statement", account.id, *said)
    if uow.bank_statements.get(id_) is not None:
        return id_
    stored = BankStatement(
        id=id_,
        account_id=account.id,
        reference=statement.reference[:200],
        document=document,
        first_on=statement.first_on,
        last_on=statement.last_on,
        opening=_money(statement.opening_cents),
        closing=_money(statement.closing_cents),
        balanced=statement.balanced,
        gap=False,
        lines=statement.transactions,
        recorded_at=uow.recorded_at,
    )
    uow.bank_statements.add(stored)
    if statement.last_on is not None:
        uow.record(
            type_="bank_statement.taken_in",
            subject_kind="bank_statement",
            subject_id=id_,
            effective_on=statement.last_on,
            payload={"account_id": account.id, "document": document, "lines": statement.transactions},
        )
    return id_


def _money(cents: int | None) -> Money | None:
    return None if cents is None else Money(cents)


def _unbalanced(file: StatementFile, statement: Statement) -> Finding:
    moved = (statement.opening_cents or 0) + statement.credits_cents + statement.debits_cents
    return Finding(
        code="bank_statement_unbalanced",
        where=file.name,
        severity=Severity.WARNING,
        values={
            "statement": statement.reference,
            "difference": Money((statement.closing_cents or 0) - moved).french(),
        },
    )


def _take_batch(uow: UnitOfWork, intake: _Intake, batch: list[Transaction | UnreadableLine], result: TakenIn) -> None:
    made: dict[str, tuple[BankLine, BankAccount]] = {}
    refused: list[UnreadableLine] = []
    for line in batch:
        account = intake.accounts[line.statement]
        statement = intake.file.statements[line.statement]
        foreign = _is_foreign(statement) or (isinstance(line, Transaction) and line.currency != CURRENCY)
        result.foreign += foreign
        if isinstance(line, Transaction) and foreign and (account is not None or _is_foreign(statement)):
            refused.append(_foreign(line, statement))
        elif account is None:
            result.refused += 1
        elif isinstance(line, UnreadableLine):
            refused.append(line)
        else:
            bank_line = _bank_line(uow, intake, line, account)
            made[bank_line.id] = bank_line, account
    there = {line.id for line in uow.bank_lines.find(id=tuple(made))} if made else set()
    new = [pair for id_, pair in made.items() if id_ not in there]
    uow.bank_lines.add(*(line for line, _ in new))
    uow.post(*(entry_of_bank_line(line, account.ledger_account) for line, account in new if line.amount))
    result.new += len(new)
    result.known += len(there)
    result.refused += len(refused)
    _quarantine(uow, intake, refused)


def _bank_line(uow: UnitOfWork, intake: _Intake, line: Transaction, account: BankAccount) -> BankLine:
    print_ = fingerprint(account.id, line)
    key = bytes.fromhex(print_)[:16]
    occurrence = intake.seen.get(key, 0) + 1
    intake.seen[key] = occurrence
    return BankLine(
        id=derive_id("bank_line", account.id, print_, str(occurrence)),
        account_id=account.id,
        statement_id=intake.statement_ids[line.statement],
        booked_on=line.booked_on,
        value_on=line.value_on,
        amount=Money(line.amount_cents),
        label=line.label,
        counterparty_name=line.counterparty_name,
        counterparty_iban=line.counterparty_iban,
        end_to_end_id=line.end_to_end_id,
        bank_reference=line.bank_reference,
        fingerprint=print_,
        occurrence=occurrence,
        recorded_at=uow.recorded_at,
        funder_id=intake.payers.get(line.counterparty_iban) if line.counterparty_iban else None,
        unallocated=Money(line.amount_cents),
    )


def fingerprint(account_id: str, line: Transaction) -> str:
    """Give what makes a movement the same one wherever it is read again (SHA-256, hexadecimal)."""
    told: tuple[str, ...]
    if line.bank_reference:
        told = ("reference", line.bank_reference, _normal(line.end_to_end_id))
    else:
        told = ("texts", str(line.value_on), line.operation, _normal(line.label), _normal(line.details))
    key = (account_id, line.booked_on.isoformat(), str(line.amount_cents), *told)
    return sha256("\x1f".join(key).encode()).hexdigest()


def _normal(text: str) -> str:
    return "".join(text.casefold().split())


def _foreign(line: Transaction, statement: Statement) -> UnreadableLine:
    amount = f"{line.amount_cents} {line.currency}/100"
    return UnreadableLine(
        statement=line.statement,
        code="bank_currency_refused",
        column="Amt",
        values={
            "currency": line.currency or "?",
            "amount": _plain(line.amount_cents),
            "day": f"{line.booked_on:%d/%m/%Y}",
            "account": mask(statement.account),
        },
        raw=f"{line.booked_on.isoformat()} | {amount} | {line.label} | {line.counterparty_name}",
        where=line.where,
        line=line.line,
    )


def _quarantine(uow: UnitOfWork, intake: _Intake, lines: list[UnreadableLine]) -> None:
    rows = [
        QuarantinedRow(
            id=derive_id("quarantine", intake.file_id, line.where),
            file_id=intake.file_id,
            file_name=intake.file.name,
            stream=STREAM,
            row_key=f"{intake.file.name}:{line.where}",
            line=line.line,
            column=line.column,
            code=line.code,
            values=json.dumps(dict(line.values), ensure_ascii=False, sort_keys=True),
            raw=line.raw,
            recorded_at=uow.recorded_at,
        )
        for line in lines
    ]
    there = {row.id for row in uow.quarantine.find(id=tuple(row.id for row in rows))} if rows else set()
    uow.quarantine.add(*(row for row in rows if row.id not in there))


def _end(uow: UnitOfWork, intake: _Intake, result: TakenIn) -> None:
    """Say which statements do not follow, and note that the file was read to its end."""
    file = intake.file
    gaps: set[str] = set()
    for account in {account.id: account for account in intake.accounts if account}.values():
        pairs = zip(file.statements, intake.accounts, strict=True)
        mine = [one for one, its in pairs if its is account and not _is_foreign(one)]
        starts = [one.first_on for one in mine if one.first_on]
        gaps |= follow_on(uow, account.id, since=min(starts, default=None))
    for statement, id_ in zip(file.statements, intake.statement_ids, strict=True):
        if id_ in gaps:
            result.gaps += 1
            result.findings.append(_gap(file, statement))
    unknown = zip(file.statements, intake.accounts, strict=True)
    if (
        any(account is None and not _is_foreign(one) for one, account in unknown)
        or uow.imported_files.get(intake.file_id) is not None
    ):
        return
    uow.imported_files.add(
        ImportedFile(
            id=intake.file_id,
            name=file.name,
            sha256=file.sha256,
            profile=file.format,
            stream=STREAM,
            read=result.new + result.known + result.refused,
            new=result.new,
            changed=0,
            unchanged=result.known,
            quarantined=result.refused,
            gone=0,
            recorded_at=uow.recorded_at,
        )
    )


def _gap(file: StatementFile, statement: Statement) -> Finding:
    return Finding(
        code="bank_statement_gap",
        where=file.name,
        severity=Severity.WARNING,
        values={"statement": statement.reference, "opening": Money(statement.opening_cents or 0).french()},
    )
