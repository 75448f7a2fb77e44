"""Effective-dated values of law and of funders, as data files; the composition root reads them."""
