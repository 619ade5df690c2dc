"""Who made an answer good, and what it earns them: exact, the same bits everywhere. See SPEC.md beside this."""
