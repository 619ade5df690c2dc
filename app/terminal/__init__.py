"""The same client without a screen. One file per group of commands; nothing here imports Qt."""
