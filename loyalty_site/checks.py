"""System checks: mistakes in a deployment that cost points, said before they do."""
