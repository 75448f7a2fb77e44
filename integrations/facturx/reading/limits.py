"""Every limit on a document that somebody else made, in one place."""

FILE_SIZE_MAX = 64 * 1024 * 1024
"""Bytes of one file: what the books can store, and more than any public platform takes."""
XML_SIZE_MAX = 60_000_000
"""Bytes of one XML, its attachments included."""
TEXT_SIZE_MAX = 9_000_000
"""Bytes that the parser takes without lifting its own guards; only an attachment needs more."""
ELEMENTS_MAX = 400_000
"""Elements of one XML: some ten thousand lines."""
PDF_OBJECTS_MAX = 30_000
"""Objects walked in one PDF; a long invoice has some hundreds."""
EMBEDDED_MAX = 100
"""Files embedded in one PDF."""
EMBEDDED_SIZE_MAX = XML_SIZE_MAX
"""Bytes of one embedded file once it is unpacked."""
UNREAD_MAX = 200
"""Parts of an XML listed as not taken into the model."""
