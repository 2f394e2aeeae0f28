-- Which rows of the logs count for which metrics, and as what: the metrics are few and the rows many,
-- so a row carries no more of a metric than it needs.

-- What the metrics read in a log: an action and the filters of their sources with it, or everything
-- (NULLs) when a metric has no sources. `is_open` when every row of the action counts.
CREATE FUNCTION gamification_readings_of(p_log text, p_metric_ids bigint[])
RETURNS TABLE (
    metric gamification_metric, metric_id bigint, kind text, is_weekly boolean,
    action_id bigint, is_open boolean, filters jsonb[]
)
LANGUAGE sql STABLE AS $$
    SELECT metric, metric.id, metric.kind,
        metric.kind = 'streak' AND metric.streak_unit = 'week',
        source.action_id, source.is_open, source.filters
    FROM gamification_metric metric
    LEFT JOIN (
        SELECT metric_id, action_id, bool_or(metadata_filter = '{}') AS is_open,
            array_agg(metadata_filter) AS filters
        FROM gamification_metricsource GROUP BY metric_id, action_id
    ) source ON source.metric_id = metric.id
    WHERE metric.log = p_log AND metric.is_active
      AND (p_metric_ids IS NULL OR metric.id = ANY (p_metric_ids))
$$;

-- Activities as the metrics read them. A row that fits two sources of a metric counts once.
CREATE FUNCTION gamification_match_activities(
    p_ids bigint[], p_metric_ids bigint[], p_zone text
) RETURNS SETOF gamification_match LANGUAGE sql STABLE AS $$
    WITH reading AS MATERIALIZED (
        SELECT * FROM gamification_readings_of('activities', p_metric_ids)
    ),
    entry AS MATERIALIZED (
        SELECT activity.action_id, activity.metadata, activity.points, activity.occurred_at,
            activity.local_date, account.member_id,
            gamification_day(activity.occurred_at, p_zone) AS programme_day
        FROM points_activity activity
        JOIN points_pointaccount account ON account.id = activity.account_id
        WHERE activity.id = ANY (p_ids)
    ),
    pair AS (
        SELECT reading.metric, reading.metric_id, reading.kind, reading.is_weekly, entry.*
        FROM reading JOIN entry ON entry.action_id = reading.action_id
            AND (reading.is_open OR entry.metadata @> ANY (reading.filters))
        UNION ALL
        SELECT reading.metric, reading.metric_id, reading.kind, reading.is_weekly, entry.*
        FROM reading CROSS JOIN entry WHERE reading.action_id IS NULL
    )
    SELECT metric_id, kind, member_id, occurred_at,
        CASE WHEN kind <> 'streak' THEN programme_day
            WHEN is_weekly THEN date_trunc('week', local_date::timestamp)::date
            ELSE local_date END,
        CASE kind WHEN 'sum' THEN gamification_amount(metric, points, metadata) ELSE 1 END,
        CASE kind WHEN 'distinct' THEN gamification_value_digest(metric, metadata) END
    FROM pair
$$;

-- Earnings as the metrics read them: the transactions that count as lifetime points.
CREATE FUNCTION gamification_match_earnings(
    p_ids bigint[], p_metric_ids bigint[], p_zone text
) RETURNS SETOF gamification_match LANGUAGE sql STABLE AS $$
    WITH reading AS MATERIALIZED (
        SELECT * FROM gamification_readings_of('earnings', p_metric_ids)
    ),
    entry AS MATERIALIZED (
        SELECT earning.action_id, earning.metadata, earning.amount, earning.occurred_at,
            account.member_id, gamification_day(earning.occurred_at, p_zone) AS programme_day
        FROM points_pointtransaction earning
        JOIN points_pointaccount account ON account.id = earning.account_id
        WHERE earning.id = ANY (p_ids)
    ),
    pair AS (
        SELECT reading.metric, reading.metric_id, reading.kind, reading.is_weekly, entry.*
        FROM reading JOIN entry ON entry.action_id = reading.action_id
            AND (reading.is_open OR entry.metadata @> ANY (reading.filters))
        UNION ALL
        SELECT reading.metric, reading.metric_id, reading.kind, reading.is_weekly, entry.*
        FROM reading CROSS JOIN entry WHERE reading.action_id IS NULL
    )
    SELECT metric_id, kind, member_id, occurred_at,
        CASE WHEN is_weekly THEN date_trunc('week', programme_day::timestamp)::date
            ELSE programme_day END,
        CASE kind WHEN 'sum' THEN gamification_amount(metric, amount, metadata) ELSE 1 END,
        CASE kind WHEN 'distinct' THEN gamification_value_digest(metric, metadata) END
    FROM pair
$$;
