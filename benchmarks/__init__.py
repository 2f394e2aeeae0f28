"""Benchmarks: each prints a ratio to a limit measured in the same run.

Times say little on a machine that others use as well; the ratio of two things that took turns on it
says something. `benchmarks/run --help` lists them, docs/benchmarks.md keeps the latest figures.
"""
