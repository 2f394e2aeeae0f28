"""Referral codes and who came by them. It knows the ledger and nothing else."""
