"""Models that find passages instead of labels: an exact index over the features of a release (PoA-1, section 11)."""
