"""Who we write to, in which language, on what legal basis."""
