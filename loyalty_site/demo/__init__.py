"""The demo's data; README.md names its origin."""
