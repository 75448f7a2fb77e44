"""The pipe to accounting: entries out as files, and the check of any FEC. It decides nothing about entries."""

from integrations.accounting.batch import Batch, Frozen
from integrations.accounting.export import export_fec, exported_batches, write_provisional
from integrations.accounting.fec import write_fec
from integrations.accounting.fec_check import Checked, check_fec
from integrations.accounting.period import Period, read_period

__all__ = [
    "Batch",
    "Checked",
    "Frozen",
    "Period",
    "check_fec",
    "export_fec",
    "exported_batches",
    "read_period",
    "write_fec",
    "write_provisional",
]
