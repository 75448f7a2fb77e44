"""Tables that only the database knows: the journal, the ledger, documents, runs of the night."""

from integrations.database.tables.columns import (
    Parent,
    Rule,
    cents,
    day,
    instant,
    integer,
    json,
    lookup,
    octets,
    own_table,
    text,
    unique,
)

# Where each gap-free sequence of an organisation stands; the row is the lock under which it grows.
sequences = own_table("sequences", ("name",), text("name"), integer("last"), text("head"))

# `hash` covers the line and `prev_hash`: no line can be changed, dropped or slipped in unseen.
journal = own_table(
    "journal",
    ("sequence",),
    integer("sequence"),
    instant("recorded_at"),
    day("effective_on"),
    text("actor"),
    text("subject_kind"),
    text("subject_id"),
    text("type"),
    json("payload"),
    text("prev_hash"),
    text("hash"),
    lookup("subject_kind", "subject_id", "sequence"),
    append_only=True,
)

entries = own_table(
    "entries",
    ("id",),
    text("id"),
    integer("sequence"),
    text("journal"),
    text("fact"),
    text("subject_kind"),
    text("subject_id"),
    day("effective_on"),
    instant("recorded_at"),
    text("piece"),
    day("piece_on"),
    text("label"),
    unique("subject_kind", "subject_id", "fact"),
    unique("sequence"),
    lookup("effective_on"),
    append_only=True,
)

entry_lines = own_table(
    "entry_lines",
    ("entry_id", "position"),
    text("entry_id"),
    integer("position"),
    text("account"),
    cents("debit"),
    cents("credit"),
    text("auxiliary"),
    text("auxiliary_label"),
    text("label"),
    Parent("entry_id", "entries"),
    Rule("one_sided", "(debit > 0 AND credit = 0) OR (debit = 0 AND credit > 0)"),
    lookup("account", "auxiliary"),
    append_only=True,
)

# The content is compressed, then encrypted with a key of its own; without its key only the hash remains.
documents = own_table(
    "documents",
    ("sha256",),
    text("sha256"),
    text("media_type"),
    text("name"),
    integer("size"),
    octets("content"),
    instant("recorded_at"),
)
document_keys = own_table("document_keys", ("sha256",), text("sha256"), octets("sealed_key"))

# One run of the night; `slot` is what it was asked for (a day, or a click), once.
night_runs = own_table(
    "night_runs",
    ("id",),
    text("id"),
    text("slot"),
    text("requested_by"),
    text("state"),
    text("owner"),
    instant("filed_at"),
    instant("started_at", null=True),
    instant("ended_at", null=True),
    json("steps"),
    unique("slot"),
    lookup("state", "filed_at"),
)
