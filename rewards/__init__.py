"""The reward catalogue and its redemptions. It knows the ledger and nothing else."""
