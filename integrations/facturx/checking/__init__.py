"""Documents of any origin checked by every layer: readable, schema, official rule books, PDF/A-3, arithmetic.

`CheckPool` does it in spawned processes; nothing else here may be run on a file of unknown origin.
"""

from integrations.facturx.checking.pool import Checked, CheckPool

__all__ = ["CheckPool", "Checked"]
