"""How large things may be. The database's checks hold the same bounds."""

# Points one transaction may move, and points one account may hold.
AMOUNT_MAX = 1_000_000_000
BALANCE_MAX = 1_000_000_000_000
# Characters of an id that somebody else gave: an event's, a subject's.
SOURCE_ID_LENGTH_MAX = 128
