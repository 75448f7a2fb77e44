"""Limits of what is read from files, in one place."""

FILE_BYTES_MAX = 200_000_000
ROWS_MAX = 1_000_000
CELL_CHARACTERS_MAX = 131_072
"""The standard library's own limit for a CSV field; a spreadsheet's cell holds 32,767 at most."""
LINE_CHARACTERS_MAX = 2_000_000
"""Of a physical line held in memory; the rest of a longer one is skipped, and its row set apart."""
SHOWN_CHARACTERS = 10_000
"""Of a row that cannot be read, kept for people; the file itself is kept whole."""
COLUMNS_MAX = 1_000
HEAD_ROWS = 50
"""Rows among which the headings are looked for, below title rows."""
SHEETS_MAX = 50
"""Sheets of a workbook among which the headings are looked for."""

ZIP_MEMBERS_MAX = 2_000
ZIP_TOTAL_MAX = 1_000_000_000
"""Bytes of all members of a workbook, once inflated."""
ZIP_RATIO_MAX = 250
"""Inflated ÷ compressed size of a member; only asked of members above `ZIP_RATIO_FROM` bytes."""
ZIP_RATIO_FROM = 20_000_000
SHEET_CELLS_MAX = 20_000_000
"""Rows × columns that a sheet spans: the reader holds them all, also the empty ones between two far cells."""
FORMULA_ERRORS_MAX = 10_000
CHUNK_BYTES = 1_048_576
PROFILE_BYTES_MAX = 1_000_000
