"""What people use: the command line, the sample organisation; later the web pages. No business rule lives here."""
