"""dj-wallet, the peer, in a project of its own: `python -m benchmarks.peer prepare`, `measure`."""
