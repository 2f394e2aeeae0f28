"""Metrics and badges, folded from what the packages below record."""
