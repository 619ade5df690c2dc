"""Specialised models: a frozen encoder, integer features, an exact ridge head; packages anyone can check and run."""
