"""Every limit of the readers of bank files, in one place."""

CHUNK_BYTES = 64 * 1024
PROLOG_BYTES = 64 * 1024
"""The root element begins within this; what comes before it may hold no DOCTYPE."""
FILE_BYTES_MAX = 256 * 1024 * 1024
ELEMENT_BYTES_MAX = 8 * 1024 * 1024
"""From one entry to the next; a batch of some ten thousand details fits."""
ENTRIES_MAX = 2_000_000
BALANCES_MAX = 1_000
"""Of one statement."""
ZIP_MEMBERS_MAX = 200
ZIP_UNPACKED_MAX = 1024 * 1024 * 1024
ZIP_RATIO_MAX = 250
"""Unpacked to packed; a year of repetitive entries was measured at about 60."""
TEXT_MAX = 2_000
"""Characters kept of one text of the bank."""
RAW_MAX = 8_000
"""Characters kept of an entry that cannot be used."""
