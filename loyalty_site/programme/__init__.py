"""The programme a fresh installation starts with, one CSV file a kind."""
