"""The interpreters: one folder for each kind of interface; the only room that names platforms and operators."""
