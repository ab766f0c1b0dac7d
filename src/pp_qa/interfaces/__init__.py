"""Ways in for people and programs: thin, they only serialise."""
