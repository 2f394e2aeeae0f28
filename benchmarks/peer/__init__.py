"""dj-wallet, the peer, in a project of its own: `python -m benchmarks.peer <command>`.

The commands are prepare, measure, measure-together and cost.
"""
