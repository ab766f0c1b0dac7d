"""Passages you can search: `memory`, the exact oracle, and `local`, embedded on disk."""
