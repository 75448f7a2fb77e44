"""Acts of a person or of the night, one file each: over a unit of work, a day and plain values."""
