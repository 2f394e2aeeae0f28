"""The audit's queries: what the logs say, and where the tables of scores say something else.

Each log is a chain of common table expressions that ends in `matched` (member_id, happened_at,
local_day, day, number, text); a kind adds `expected` (member_id, period_kind, period_start, value,
reached_at). A metric's facts are parameters.
"""

COUNT_SCORES = (
    "SELECT count(*) FROM gamification_metricscore "
    "WHERE %(member)s::bigint IS NULL OR member_id = %(member)s"
)
COUNT_BACKLOG = (
    "SELECT count(*) FROM gamification_backlog "
    "WHERE %(account)s::bigint IS NULL OR account_id = %(account)s"
)

IS_READ = """
    (%(account)s::bigint IS NULL OR entry.account_id = %(account)s)
    AND entry.account_id <= %(rebuilt_to)s
    AND (
        NOT EXISTS (SELECT 1 FROM gamification_metricsource WHERE metric_id = %(metric)s)
        OR EXISTS (
            SELECT 1 FROM gamification_metricsource source
            WHERE source.metric_id = %(metric)s AND source.action_id = entry.action_id
              AND entry.metadata @> source.metadata_filter
        )
    )
"""
FACTS = """
    account.member_id, entry.occurred_at AS happened_at,
    gamification_day(entry.occurred_at, %(zone)s) AS day,
    nullif(entry.metadata ->> %(field)s, '') AS text,
    CASE WHEN jsonb_typeof(entry.metadata -> %(field)s) = 'number'
        THEN (entry.metadata ->> %(field)s)::numeric ELSE 0 END AS number
"""

ACTIVITIES = f"""
WITH matched AS (
    SELECT {FACTS}, entry.local_date AS local_day, greatest(entry.points, 0) AS points
    FROM points_activity entry JOIN points_pointaccount account ON account.id = entry.account_id
    WHERE {IS_READ} AND NOT EXISTS (
        SELECT 1 FROM gamification_backlog WHERE log = 1 AND row_id = entry.id
    )
)
"""  # noqa: S608 -- made of the constants above
EARNINGS = f"""
WITH matched AS (
    SELECT {FACTS}, gamification_day(entry.occurred_at, %(zone)s) AS local_day,
        entry.amount AS points
    FROM (
        SELECT id, account_id, type, action_id, metadata, amount,
            coalesce(earned.earned_at, occurred_at) AS occurred_at
        FROM points_pointtransaction
        -- What a badge brought was earned with the badge.
        LEFT JOIN (
            SELECT 'site:badge:' || member_id || ':' || badge_id AS source_id, earned_at
            FROM gamification_badgeaward
            WHERE turn = 1 AND (%(member)s::bigint IS NULL OR member_id = %(member)s)
        ) earned ON source_type = 'badge'
         AND earned.source_id = points_pointtransaction.source_id
    ) entry
    JOIN points_pointaccount account ON account.id = entry.account_id
    WHERE {IS_READ} AND entry.type IN ('earn', 'admin_grant') AND NOT EXISTS (
        SELECT 1 FROM gamification_backlog WHERE log = 2 AND row_id = entry.id
    )
)
"""  # noqa: S608 -- made of the constants above

SUM = """, added AS (
    SELECT member_id, day, happened_at, CASE
        WHEN NOT %(is_sum)s THEN 1
        WHEN %(field)s = '' THEN points * %(scale)s
        WHEN abs(number) <= 1000000000 THEN round(number * %(scale)s) ELSE 0 END AS amount
    FROM matched
), expected AS (
    SELECT member_id, period_kind, period_start, sum(amount) AS value,
        max(happened_at) AS reached_at
    FROM added CROSS JOIN LATERAL gamification_periods(day)
    WHERE amount <> 0 GROUP BY 1, 2, 3
)
"""

SEEN = """, expected_seen AS (
    SELECT member_id, period_kind, period_start,
        substr(sha256(convert_to(text, 'UTF8')), 1, 16) AS value_digest,
        min(happened_at) AS first_at
    FROM matched CROSS JOIN LATERAL gamification_periods(day)
    WHERE text IS NOT NULL GROUP BY 1, 2, 3, 4
)
"""
DISTINCT = f"""{SEEN}, expected AS (
    SELECT member_id, period_kind, period_start, count(*) AS value, max(first_at) AS reached_at
    FROM expected_seen GROUP BY 1, 2, 3
)
"""  # noqa: S608 -- made of the constants above

DONE = """, expected_done AS (
    SELECT member_id,
        CASE %(step)s WHEN 7 THEN date_trunc('week', local_day::timestamp)::date
            ELSE local_day END AS day,
        min(happened_at) AS first_at, max(happened_at) AS last_at
    FROM matched GROUP BY 1, 2
)
"""
STREAK = f"""{DONE}, placed AS (
    SELECT member_id, period_kind, period_start, day, first_at,
        lag(day) OVER earlier AS day_before, lag(last_at) OVER earlier AS at_before
    FROM expected_done
    CROSS JOIN LATERAL gamification_periods(day + CASE %(step)s WHEN 7 THEN 3 ELSE 0 END)
    WINDOW earlier AS (PARTITION BY member_id, period_kind, period_start ORDER BY day)
), numbered AS (
    SELECT *, count(*) FILTER (
        WHERE first_at >= at_before + interval '24 hours' AND EXISTS (
            SELECT 1 FROM generate_series(
                day_before + %(step)s, placed.day - %(step)s, make_interval(days => %(step)s)
            ) missed
            WHERE NOT EXISTS (
                SELECT 1 FROM gamification_outageday outage
                WHERE outage.day >= missed::date AND outage.day < missed::date + %(step)s
            )
        )
    ) OVER (PARTITION BY member_id, period_kind, period_start ORDER BY day) AS run
    FROM placed
), runs AS (
    SELECT member_id, period_kind, period_start, count(*) AS value, max(first_at) AS reached_at
    FROM numbered GROUP BY member_id, period_kind, period_start, run
), expected AS (
    SELECT DISTINCT ON (member_id, period_kind, period_start) *
    FROM runs ORDER BY member_id, period_kind, period_start, value DESC, reached_at
)
"""  # noqa: S608 -- made of the constants above

GAUGES = """
WITH moved AS (
    SELECT reading.member_id, reading.reported_at, reading.id,
        reading.value - lag(reading.value, 1, 0::bigint) OVER (
            PARTITION BY reading.member_id ORDER BY reading.reported_at, reading.id
        ) AS change
    FROM gamification_gaugereading reading
    JOIN points_pointaccount account ON account.member_id = reading.member_id
    WHERE reading.metric_id = %(metric)s AND account.id <= %(rebuilt_to)s
      AND (%(member)s::bigint IS NULL OR reading.member_id = %(member)s)
      AND NOT EXISTS (
          SELECT 1 FROM gamification_backlog WHERE log = 4 AND account_id = account.id
      )
), expected AS (
    SELECT member_id, period_kind, period_start, sum(change) AS value,
        max(reported_at) AS reached_at
    FROM moved
    CROSS JOIN LATERAL gamification_periods(gamification_day(reported_at, %(zone)s))
    GROUP BY 1, 2, 3
)
"""
BADGES = """
WITH expected AS (
    SELECT held.member_id, period_kind, period_start, count(*) AS value,
        max(held.awarded_at) AS reached_at
    FROM gamification_held_badge held
    JOIN points_pointaccount account ON account.member_id = held.member_id
    CROSS JOIN LATERAL gamification_periods(gamification_day(held.awarded_at, %(zone)s))
    WHERE account.id <= %(rebuilt_to)s
      AND (%(member)s::bigint IS NULL OR held.member_id = %(member)s)
      AND NOT EXISTS (
          SELECT 1 FROM gamification_backlog WHERE log = 3 AND account_id = account.id
      )
    GROUP BY 1, 2, 3
)
"""

# The rows of a table of scores that the scope and a rebuild's progress let us judge. What is
# derived as a whole is left alone while a member has some of it in the backlog.
JUDGED = """
    SELECT kept.* FROM {table} kept
    JOIN points_pointaccount account ON account.member_id = kept.member_id
    WHERE kept.metric_id = %(metric)s AND account.id <= %(rebuilt_to)s
      AND (%(member)s::bigint IS NULL OR kept.member_id = %(member)s)
"""
NOT_WAITING = """
    AND NOT EXISTS (
        SELECT 1 FROM gamification_backlog waiting JOIN gamification_metric metric
          ON metric.id = %(metric)s AND waiting.log = CASE WHEN metric.log = 'badges' THEN 3
              WHEN metric.log = '' THEN 4 ELSE 0 END
        WHERE waiting.account_id = account.id
    )
"""


def compare_scores(expected: str) -> str:
    """Return the query of scores that differ from `expected`, are missing or too many."""
    judged = JUDGED.format(table="gamification_metricscore") + NOT_WAITING
    return f"""{expected}
SELECT 'score of member ' || coalesce(kept.member_id, expected.member_id) || ' in ' || %(name)s,
    'in the ' || (ARRAY['whole time', 'year', 'month', 'week'])[period_kind + 1] || ' from '
    || period_start || CASE
        WHEN kept.value IS NULL THEN ' it is missing, the logs say ' || expected.value
        WHEN expected.value IS NULL THEN ' it is ' || kept.value || ', the logs say nothing'
        WHEN kept.value <> expected.value
            THEN ' it is ' || kept.value || ', the logs say ' || expected.value
        ELSE ' it was reached at ' || kept.reached_at || ', the logs say ' || expected.reached_at
    END
FROM ({judged}) kept FULL JOIN expected USING (member_id, period_kind, period_start)
WHERE (kept.value, kept.reached_at) IS DISTINCT FROM
    (expected.value::bigint, expected.reached_at)
"""  # noqa: S608 -- only constants of this module


def compare_seen_values(log: str) -> str:
    """Return the query of seen values that differ from what the log says."""
    judged = JUDGED.format(table="gamification_seenvalue")
    return f"""{log}{SEEN}
SELECT 'a seen value of member ' || coalesce(kept.member_id, expected_seen.member_id) || ' in '
    || %(name)s, CASE WHEN kept.first_at IS NULL THEN 'it is missing'
        WHEN expected_seen.first_at IS NULL THEN 'the logs do not know it'
        ELSE 'it was first seen at another instant' END
FROM ({judged}) kept
FULL JOIN expected_seen USING (member_id, period_kind, period_start, value_digest)
WHERE kept.first_at IS DISTINCT FROM expected_seen.first_at
"""  # noqa: S608 -- only constants of this module


def compare_streak_days(log: str) -> str:
    """Return the query of streak days that differ from what the log says."""
    judged = JUDGED.format(table="gamification_streakday")
    return f"""{log}{DONE}
SELECT 'streak day ' || day || ' of member ' || coalesce(kept.member_id, expected_done.member_id)
    || ' in ' || %(name)s, CASE WHEN kept.first_at IS NULL THEN 'it is missing'
        WHEN expected_done.first_at IS NULL THEN 'the logs do not know it'
        ELSE 'it began or ended at another instant' END
FROM ({judged}) kept FULL JOIN expected_done USING (member_id, day)
WHERE (kept.first_at, kept.last_at) IS DISTINCT FROM
    (expected_done.first_at, expected_done.last_at)
"""  # noqa: S608 -- only constants of this module


STRAYS = """
SELECT stray.what || ' of member ' || stray.member_id, concat_ws('; ',
    CASE WHEN metric.id IS NULL THEN 'its metric ' || stray.metric_id || ' is missing' END,
    CASE WHEN NOT metric.is_active THEN 'its metric ' || metric.code || ' is not active' END,
    CASE WHEN account.id IS NULL THEN 'the member has no account' END
)
FROM (
    SELECT 'score' AS what, metric_id, member_id FROM gamification_metricscore
    UNION ALL SELECT 'seen value', metric_id, member_id FROM gamification_seenvalue
    UNION ALL SELECT 'streak day', metric_id, member_id FROM gamification_streakday
) stray
LEFT JOIN gamification_metric metric ON metric.id = stray.metric_id
LEFT JOIN gamification_metricrebuild rebuild ON rebuild.metric_id = metric.id
LEFT JOIN points_pointaccount account ON account.member_id = stray.member_id
WHERE (%(member)s::bigint IS NULL OR stray.member_id = %(member)s)
  AND (metric.id IS NULL OR account.id IS NULL
    OR (NOT metric.is_active AND rebuild.metric_id IS NULL))
"""

STRAY_BACKLOG = """
SELECT 'row ' || waiting.row_id || ' of log ' || waiting.log || ' in the backlog',
    CASE WHEN account.id IS NULL THEN 'its account ' || waiting.account_id || ' is missing'
        ELSE 'account ' || waiting.account_id || ' has no such row' END
FROM gamification_backlog waiting
LEFT JOIN points_pointaccount account ON account.id = waiting.account_id
WHERE (%(account)s::bigint IS NULL OR waiting.account_id = %(account)s)
  AND (account.id IS NULL OR NOT CASE waiting.log
    WHEN 1 THEN EXISTS (
        SELECT 1 FROM points_activity
        WHERE id = waiting.row_id AND account_id = waiting.account_id
    )
    WHEN 2 THEN EXISTS (
        SELECT 1 FROM points_pointtransaction
        WHERE id = waiting.row_id AND account_id = waiting.account_id
    )
    WHEN 4 THEN EXISTS (
        SELECT 1 FROM gamification_gaugereading
        WHERE id = waiting.row_id AND member_id = account.member_id
    )
    ELSE true END)
"""
