"""What is true: parties, agreements, evidence, claims, payments, entries, and the rules that bind them.

This room imports the standard library only, does no I/O and never reads a clock.
"""
