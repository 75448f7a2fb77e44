"""The pipe to payroll and to learners' payers by file: neutral CSV that people and software can both read."""

from integrations.payroll.attendance import AttendanceLine, attendance_csv
from integrations.payroll.variables import PayrollLine, payroll_csv
from integrations.payroll.writer import CsvDataFiles

__all__ = ["AttendanceLine", "CsvDataFiles", "PayrollLine", "attendance_csv", "payroll_csv"]
