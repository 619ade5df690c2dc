"""Everything that is kept, encrypted: the vault, its key, its backups."""
