"""Use cases of reconciliation: they take a unit of work, plain values, and days when time matters."""
