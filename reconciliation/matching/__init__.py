"""Matching of bank lines to claims: pure, incremental, deterministic, one organisation at a time.

`engine.Engine` keeps the state and takes payers, items, advices and lines in the order of time;
`cascade` orders the rules, one file each; `guards` says what stops even a lone candidate.
"""
