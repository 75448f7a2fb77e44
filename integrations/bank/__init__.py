"""The pipe from banks: statement files read as streams, whatever their format, into the plain values of billing."""

from integrations.bank.detect import SUPPORTED, open_statement_file
from integrations.bank.inspection import inspect

__all__ = ["SUPPORTED", "inspect", "open_statement_file"]
