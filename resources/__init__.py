"""Files that ship with the application: fonts, icons, contracts, encoders, networks, samples, licences."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent
