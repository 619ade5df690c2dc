"""Specialised models: a frozen encoder, integer features, a head of proven integers; packages anyone can check."""
