"""The points ledger. It knows nobody: the other apps call it and listen to its signals."""
