"""French sentences by code, as data files; the composition root reads them."""
