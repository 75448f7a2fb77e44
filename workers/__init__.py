"""The night shift: settings, composition root, actors, relay, the nightly run. No business rule lives here."""
