"""The data files that a submission carries (`billing.usecases.parcels.DataFiles`): one record, same bytes each time."""

from dataclasses import dataclass

from billing.compensation import AttendanceStatement, Entitlement
from billing.party import Learner, Trainer
from billing.remuneration import PayrollVariable
from billing.training import Session
from integrations.payroll.attendance import AttendanceLine, attendance_csv
from integrations.payroll.variables import PayrollLine, payroll_csv


@dataclass(frozen=True, slots=True)
class CsvDataFiles:
    """Writes each record as a CSV of one line under its header."""

    def payroll(self, variable: PayrollVariable, trainer: Trainer, session: Session) -> bytes:
        """Write one payroll variable."""
        return payroll_csv([PayrollLine(variable=variable, trainer=trainer, session=session)])

    def attendance(
        self, statement: AttendanceStatement, entitlement: Entitlement, learner: Learner, session: Session
    ) -> bytes:
        """Write one attendance statement."""
        line = AttendanceLine(statement=statement, entitlement=entitlement, learner=learner, session=session)
        return attendance_csv([line])
