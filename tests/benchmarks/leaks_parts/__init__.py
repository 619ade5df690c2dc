"""Decoders: from features and sums of features back to the words they were made of."""
