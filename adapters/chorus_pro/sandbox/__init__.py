"""Chorus Pro's other side, written from its document: tokens, both credentials, deposits, reports, searches, history.

Sources: DSE-CPRO 1.1 (30/04/2026) and what public clients send and read (2026-11-23), corrections included. It imports
nothing of the client.
"""

from adapters.chorus_pro.sandbox.service import ChorusProSandbox
from adapters.sandbox_kit import Stage


def make(stage: Stage) -> ChorusProSandbox:
    """Make the sandbox."""
    return ChorusProSandbox(stage)


CODE = "chorus-pro"
