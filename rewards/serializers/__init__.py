"""The shapes of the catalogue and the redemptions over HTTP."""
