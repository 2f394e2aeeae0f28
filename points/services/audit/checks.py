"""The ledger's own passes: what one SELECT can tell.

Each query returns (subject, problem). `%(account)s` is NULL for an audit of everybody. Rows are
found by joins that also see what has no counterpart, because foreign keys do not hold for whoever
can switch triggers off.
"""

from points.models import digests

BALANCES = """
SELECT 'account ' || account.id, concat_ws('; ',
    CASE WHEN account.balance <> coalesce(entries.amount, 0) THEN 'its balance is '
        || account.balance || ', its transactions add up to ' || coalesce(entries.amount, 0) END,
    CASE WHEN account.balance <> coalesce(lots.remaining, 0) THEN 'its balance is '
        || account.balance || ', its lots hold ' || coalesce(lots.remaining, 0) END,
    CASE WHEN account.lifetime_points <> coalesce(entries.earned, 0) THEN 'its lifetime points are '
        || account.lifetime_points || ', it earned ' || coalesce(entries.earned, 0) END,
    CASE WHEN account.version <> coalesce(entries.count, 0) THEN 'it counts '
        || account.version || ' transactions and has ' || coalesce(entries.count, 0) END,
    CASE WHEN account.activity_count <> coalesce(activities.count, 0) THEN 'it counts '
        || account.activity_count || ' activities and has ' || coalesce(activities.count, 0) END,
    CASE WHEN account.level_count <> coalesce(levels.count, 0) THEN 'it counts '
        || account.level_count || ' reached levels and has ' || coalesce(levels.count, 0) END
)
FROM points_pointaccount account
LEFT JOIN (
    SELECT account_id, count(*), sum(amount) AS amount,
        sum(amount) FILTER (WHERE type IN ('earn', 'admin_grant')) AS earned
    FROM points_pointtransaction
    WHERE %(account)s::bigint IS NULL OR account_id = %(account)s GROUP BY account_id
) entries ON entries.account_id = account.id
LEFT JOIN (
    SELECT account_id, sum(remaining) AS remaining FROM points_pointlot
    WHERE %(account)s::bigint IS NULL OR account_id = %(account)s GROUP BY account_id
) lots ON lots.account_id = account.id
LEFT JOIN (
    SELECT account_id, count(*) FROM points_activity
    WHERE %(account)s::bigint IS NULL OR account_id = %(account)s GROUP BY account_id
) activities ON activities.account_id = account.id
LEFT JOIN (
    SELECT account_id, count(*) FROM points_reachedlevel
    WHERE %(account)s::bigint IS NULL OR account_id = %(account)s GROUP BY account_id
) levels ON levels.account_id = account.id
WHERE (%(account)s::bigint IS NULL OR account.id = %(account)s)
  AND ((account.balance, account.balance, account.lifetime_points) IS DISTINCT FROM
       (coalesce(entries.amount, 0), coalesce(lots.remaining, 0), coalesce(entries.earned, 0))
    OR (account.version, account.activity_count, account.level_count) IS DISTINCT FROM
       (coalesce(entries.count, 0), coalesce(activities.count, 0), coalesce(levels.count, 0)))
"""

OPENINGS = """
SELECT 'account ' || coalesce(account.id, opening.account_id),
    CASE WHEN account.id IS NULL THEN 'it was opened and is missing'
        ELSE 'nothing says that it was opened' END
FROM points_pointaccount account
FULL JOIN points_accountopening opening ON opening.account_id = account.id
WHERE (account.id IS NULL OR opening.account_id IS NULL)
  AND (%(account)s::bigint IS NULL OR coalesce(account.id, opening.account_id) = %(account)s)
"""

# `people` stands for the user model's table.
MEMBERS = """
SELECT 'account ' || account.id, 'its member ' || account.member_id || ' is missing'
FROM points_pointaccount account
LEFT JOIN people person ON person.id = account.member_id
WHERE person.id IS NULL AND (%(account)s::bigint IS NULL OR account.id = %(account)s)
"""

STRAYS = """
SELECT stray.what || ' ' || stray.id, 'its account ' || stray.account_id || ' is missing'
FROM (
    SELECT 'transaction' AS what, id, account_id FROM points_pointtransaction
    UNION ALL SELECT 'lot', transaction_id, account_id FROM points_pointlot
    UNION ALL SELECT 'reached level', id, account_id FROM points_reachedlevel
    UNION ALL SELECT 'activity', id, account_id FROM points_activity
) stray
LEFT JOIN points_pointaccount account ON account.id = stray.account_id
WHERE account.id IS NULL
  AND (%(account)s::bigint IS NULL OR stray.account_id = %(account)s)
"""

CHAIN = """
SELECT 'transaction ' || id, concat_ws('; ',
    CASE WHEN version <> version_before + 1 THEN 'version ' || version || ' of account '
        || account_id || ' follows version ' || version_before END,
    CASE WHEN balance_after <> balance_before + amount THEN 'the balance was ' || balance_before
        || ', it moved ' || amount || ' and left ' || balance_after END,
    CASE WHEN lifetime_after <> lifetime_before + earned THEN 'the lifetime points were '
        || lifetime_before || ', it earned ' || earned || ' and left ' || lifetime_after END
)
FROM (
    SELECT id, account_id, version, amount, balance_after, lifetime_after,
        CASE WHEN type IN ('earn', 'admin_grant') THEN amount ELSE 0 END AS earned,
        lag(version, 1, 0::bigint) OVER history AS version_before,
        lag(balance_after, 1, 0::bigint) OVER history AS balance_before,
        lag(lifetime_after, 1, 0::bigint) OVER history AS lifetime_before
    FROM points_pointtransaction
    WHERE %(account)s::bigint IS NULL OR account_id = %(account)s
    WINDOW history AS (PARTITION BY account_id ORDER BY version)
) entry
WHERE version <> version_before + 1
   OR balance_after <> balance_before + amount
   OR lifetime_after <> lifetime_before + earned
"""

TRANSACTION_DIGESTS = """
SELECT 'transaction ' || entry.id, 'a column of it, or the transaction before it, was changed'
FROM (
    SELECT *, lag(digest, 1, ''::bytea) OVER (PARTITION BY account_id ORDER BY version)
        AS digest_before
    FROM points_pointtransaction
    WHERE %(account)s::bigint IS NULL OR account_id = %(account)s
) entry
WHERE entry.digest IS DISTINCT FROM DIGEST
""".replace(
    "DIGEST", digests.digest_sql("entry", digests.TRANSACTION, previous="entry.digest_before")
)


def _digest_query(what: str, table: str, columns: tuple[str, ...], *, account: str) -> str:
    return f"""
        SELECT '{what} ' || entry.id, 'a column of it was changed' FROM {table} entry
        WHERE entry.digest IS DISTINCT FROM {digests.digest_sql("entry", columns)}
          AND (%(account)s::bigint IS NULL OR {account})
    """  # noqa: S608 -- only names from this package


ACCOUNT_DIGESTS = _digest_query(
    "account", "points_pointaccount", digests.ACCOUNT, account="entry.id = %(account)s"
)
ACTIVITY_DIGESTS = _digest_query(
    "activity", "points_activity", digests.ACTIVITY, account="entry.account_id = %(account)s"
)
REACHED_LEVEL_DIGESTS = _digest_query(
    "reached level",
    "points_reachedlevel",
    digests.REACHED_LEVEL,
    account="entry.account_id = %(account)s",
)
LOT_USE_DIGESTS = _digest_query(
    "lot use",
    "points_lotuse",
    digests.LOT_USE,
    account="entry.transaction_id IN "
    "(SELECT id FROM points_pointtransaction WHERE account_id = %(account)s)",
)

LOTS = """
SELECT 'lot ' || coalesce(lot.transaction_id, entry.id), concat_ws('; ',
    CASE WHEN lot.transaction_id IS NULL THEN 'an earning has lost its lot' END,
    CASE WHEN entry.id IS NULL THEN 'no transaction earned it' END,
    CASE WHEN entry.type NOT IN ('earn', 'admin_grant') THEN 'transaction ' || entry.id
        || ' is no earning' END,
    CASE WHEN lot.account_id <> entry.account_id THEN 'it lies in account ' || lot.account_id
        || ', account ' || entry.account_id || ' earned it' END,
    CASE WHEN lot.amount <> entry.amount THEN 'it began with ' || lot.amount || ', '
        || entry.amount || ' were earned' END,
    CASE WHEN lot.remaining <> lot.amount - coalesce(uses.amount, 0) THEN lot.remaining
        || ' remain, ' || coalesce(uses.amount, 0) || ' of ' || lot.amount || ' were taken' END,
    CASE WHEN lot.expires_at IS DISTINCT FROM coalesce(prolonged.ends_at, entry.expires_at)
        THEN 'it lapses ' || coalesce(lot.expires_at::text, 'never') || ', on record is '
        || coalesce(coalesce(prolonged.ends_at, entry.expires_at)::text, 'never') END
)
FROM (
    SELECT * FROM points_pointlot
    WHERE %(account)s::bigint IS NULL OR account_id = %(account)s
) lot
FULL JOIN (
    SELECT id, account_id, type, amount, expires_at FROM points_pointtransaction
    WHERE %(account)s::bigint IS NULL OR account_id = %(account)s
) entry ON entry.id = lot.transaction_id
LEFT JOIN (
    SELECT lot_id, sum(amount) AS amount FROM points_lotuse GROUP BY lot_id
) uses ON uses.lot_id = lot.transaction_id
LEFT JOIN (
    SELECT DISTINCT ON (lot_id) lot_id, lot_extended_to AS ends_at FROM points_lotuse
    WHERE lot_extended_to IS NOT NULL ORDER BY lot_id, transaction_id DESC
) prolonged ON prolonged.lot_id = lot.transaction_id
WHERE (lot.transaction_id IS NULL) = (entry.type IN ('earn', 'admin_grant'))
   OR entry.id IS NULL
   OR lot.account_id <> entry.account_id
   OR lot.amount <> entry.amount
   OR lot.remaining <> lot.amount - coalesce(uses.amount, 0)
   OR lot.expires_at IS DISTINCT FROM coalesce(prolonged.ends_at, entry.expires_at)
"""

LOT_USE_SUMS = """
SELECT 'transaction ' || entry.id, 'it moved ' || entry.amount || ', its lots moved '
    || -coalesce(uses.amount, 0)
FROM points_pointtransaction entry
LEFT JOIN (
    SELECT transaction_id, sum(amount) AS amount FROM points_lotuse GROUP BY transaction_id
) uses ON uses.transaction_id = entry.id
WHERE (%(account)s::bigint IS NULL OR entry.account_id = %(account)s)
  AND CASE WHEN entry.type IN ('earn', 'admin_grant') THEN uses.amount IS NOT NULL
      ELSE entry.amount <> -coalesce(uses.amount, 0) END
"""

LOT_USE_PLACES = """
SELECT 'lot use ' || used.id,
    CASE WHEN entry.id IS NULL THEN 'its transaction ' || used.transaction_id || ' is missing'
        WHEN lot.transaction_id IS NULL THEN 'its lot ' || used.lot_id || ' is missing'
        ELSE 'account ' || entry.account_id || ' took of a lot of account ' || lot.account_id END
FROM points_lotuse used
LEFT JOIN points_pointtransaction entry ON entry.id = used.transaction_id
LEFT JOIN points_pointlot lot ON lot.transaction_id = used.lot_id
WHERE (entry.id IS NULL OR lot.transaction_id IS NULL OR lot.account_id <> entry.account_id)
  AND (%(account)s::bigint IS NULL OR coalesce(entry.account_id, lot.account_id) = %(account)s)
"""

REVERSALS = """
SELECT 'transaction ' || entry.id, concat_ws('; ',
    CASE WHEN original.id IS NULL THEN 'it reverses transaction ' || entry.reversal_of_id
        || ', which is missing' END,
    CASE WHEN original.type NOT IN ('spend', 'admin_deduct', 'penalty') THEN 'it reverses '
        || 'transaction ' || original.id || ', which took nothing from the member' END,
    CASE WHEN original.account_id <> entry.account_id THEN 'it reverses transaction '
        || original.id || ' of account ' || original.account_id END,
    CASE WHEN original.amount <> -entry.amount THEN 'it gives back ' || entry.amount || ' of '
        || -original.amount END,
    CASE WHEN original.version >= entry.version THEN 'it reverses a later transaction' END
)
FROM points_pointtransaction entry
LEFT JOIN points_pointtransaction original ON original.id = entry.reversal_of_id
WHERE entry.reversal_of_id IS NOT NULL
  AND (%(account)s::bigint IS NULL OR entry.account_id = %(account)s)
  AND (original.id IS NULL
    OR original.type NOT IN ('spend', 'admin_deduct', 'penalty')
    OR original.account_id <> entry.account_id
    OR original.amount <> -entry.amount
    OR original.version >= entry.version)
"""

REACHED_LEVELS = """
SELECT 'reached level ' || reached.id, concat_ws('; ',
    CASE WHEN level.id IS NULL THEN 'level ' || reached.level_id || ' is missing' END,
    CASE WHEN entry.id IS NULL THEN 'transaction ' || reached.transaction_id || ' is missing' END,
    CASE WHEN entry.account_id <> reached.account_id THEN 'account ' || reached.account_id
        || ' reached it by a transaction of account ' || entry.account_id END,
    CASE WHEN entry.type NOT IN ('earn', 'admin_grant') THEN 'no earning reached it' END,
    CASE WHEN entry.lifetime_after < reached.min_points THEN 'it took ' || reached.min_points
        || ' points and there were ' || entry.lifetime_after END,
    CASE WHEN entry.created_at <> reached.reached_at THEN 'it was reached at another instant than '
        || 'the points were posted' END
)
FROM points_reachedlevel reached
LEFT JOIN points_levelconfig level ON level.id = reached.level_id
LEFT JOIN points_pointtransaction entry ON entry.id = reached.transaction_id
WHERE (%(account)s::bigint IS NULL OR reached.account_id = %(account)s)
  AND (level.id IS NULL
    OR entry.id IS NULL
    OR entry.account_id <> reached.account_id
    OR entry.type NOT IN ('earn', 'admin_grant')
    OR entry.lifetime_after < reached.min_points
    OR entry.created_at <> reached.reached_at)
"""

# Where no level was reached the account stands on the one it was opened with.
ACCOUNT_LEVELS = """
SELECT 'account ' || account.id, 'it stands on level ' || coalesce(level_id::text, 'none')
    || ', which it never reached'
FROM points_pointaccount account
WHERE (%(account)s::bigint IS NULL OR account.id = %(account)s)
  AND EXISTS (SELECT 1 FROM points_reachedlevel WHERE account_id = account.id)
  AND NOT EXISTS (
      SELECT 1 FROM points_reachedlevel
      WHERE account_id = account.id AND level_id = account.level_id
  )
"""

# The rule is the action's code when it was posted; staff may rename an action, so it is left to the
# digest.
ACTIVITIES = """
SELECT CASE WHEN activity.id IS NULL THEN 'transaction ' || entry.id
        ELSE 'activity ' || activity.id END,
    concat_ws('; ',
        CASE WHEN activity.id IS NULL THEN 'its activity ' || entry.source_id || ' is missing' END,
        CASE WHEN entry.id IS NULL THEN 'it earned ' || activity.points
            || ' points and no transaction says so' END,
        CASE WHEN activity.points <> entry.amount THEN 'it earned ' || activity.points
            || ', transaction ' || entry.id || ' moved ' || entry.amount END,
        CASE WHEN activity.status <> 'posted' THEN 'it is ' || activity.status
            || ' and transaction ' || entry.id || ' was posted for it' END,
        CASE WHEN entry.type <> CASE WHEN entry.amount > 0 THEN 'earn' ELSE 'penalty' END
            THEN 'transaction ' || entry.id || ' is of type ' || entry.type END,
        CASE WHEN (activity.account_id, activity.action_id, activity.metadata,
                   activity.occurred_at, activity.created_at)
            IS DISTINCT FROM (entry.account_id, entry.action_id, entry.metadata,
                              entry.occurred_at, entry.created_at)
            AND activity.id IS NOT NULL AND entry.id IS NOT NULL
            THEN 'it and transaction ' || entry.id || ' tell different things' END
    )
FROM (
    SELECT * FROM points_activity
    WHERE %(account)s::bigint IS NULL OR account_id = %(account)s
) activity
FULL JOIN (
    SELECT * FROM points_pointtransaction
    WHERE source_type = 'activity' AND (%(account)s::bigint IS NULL OR account_id = %(account)s)
) entry ON entry.source_id = activity.event_id
WHERE activity.id IS NULL
   OR (entry.id IS NULL AND activity.points <> 0)
   OR (entry.id IS NOT NULL AND (
          activity.points <> entry.amount
       OR activity.status <> 'posted'
       OR entry.type <> CASE WHEN entry.amount > 0 THEN 'earn' ELSE 'penalty' END
       OR (activity.account_id, activity.action_id, activity.metadata,
           activity.occurred_at, activity.created_at)
          IS DISTINCT FROM (entry.account_id, entry.action_id, entry.metadata,
                            entry.occurred_at, entry.created_at)))
"""

# The unique index says so too, unless somebody has dropped it.
SOURCES = """
SELECT 'transaction ' || max(id), count(*) || ' transactions have the cause '
    || concat_ws('/', source_type, source_id, rule)
FROM points_pointtransaction
WHERE %(account)s::bigint IS NULL OR account_id = %(account)s
GROUP BY source_type, source_id, rule
HAVING count(*) > 1
"""

EXPIRIES = """
SELECT 'transaction ' || id, 'it lapsed points under the cause ' || source_type || '/' || source_id
FROM points_pointtransaction
WHERE (%(account)s::bigint IS NULL OR account_id = %(account)s)
  AND ((type = 'expire') <> (source_type = 'expiry')
    OR (type = 'expire' AND source_id <> account_id || ':' || version))
"""
