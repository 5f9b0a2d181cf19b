"""The folders that tests read."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
"""The project's folder."""
