-- Which rows of the logs count for which metrics, and as what.

-- One row of a log as one metric reads it. `day` is the programme's date, except for streaks: there
-- it is the day they count for (for weekly ones the week's Monday). `amount` is what a count or sum
-- adds, in the metric's units; `value_digest` is what a distinct metric tells values apart by.
CREATE TYPE gamification_match AS (
    metric_id bigint,
    kind text,
    member_id bigint,
    happened_at timestamptz,
    day date,
    amount bigint,
    value_digest bytea
);

-- The programme's date of an instant, kept within the dates that others can read.
CREATE FUNCTION gamification_day(p_instant timestamptz, p_zone text)
RETURNS date LANGUAGE sql STABLE AS $$
    SELECT least(
        greatest((p_instant AT TIME ZONE p_zone)::date, date '0001-01-01'), date '9999-12-31'
    )
$$;

-- The four periods a day lies in: 0 all time, 1 year, 2 month, 3 ISO week.
CREATE FUNCTION gamification_periods(p_day date)
RETURNS TABLE (period_kind smallint, period_start date) LANGUAGE sql IMMUTABLE AS $$
    VALUES (0::smallint, date '0001-01-01'),
        (1::smallint, date_trunc('year', p_day::timestamp)::date),
        (2::smallint, date_trunc('month', p_day::timestamp)::date),
        (3::smallint, date_trunc('week', p_day::timestamp)::date)
$$;

-- The first day after a period.
CREATE FUNCTION gamification_period_end(p_kind smallint, p_start date)
RETURNS date LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE p_kind
        WHEN 0 THEN date 'infinity'
        WHEN 1 THEN (p_start + interval '1 year')::date
        WHEN 2 THEN (p_start + interval '1 month')::date
        ELSE p_start + 7
    END
$$;

-- Days from a streak's day to the one that decides its period: a week belongs where its Thursday
-- does, as in ISO years.
CREATE FUNCTION gamification_streak_shift(p_unit text) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE p_unit WHEN 'week' THEN 3 ELSE 0 END
$$;

-- What a row adds to a count or a sum. A sum adds the points earned (a penalty earns none) or a
-- number of the metadata, to the metric's decimals; what is no number, or beyond what a transaction
-- may move, adds nothing.
CREATE FUNCTION gamification_amount(
    p_metric gamification_metric, p_points bigint, p_metadata jsonb
) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN p_metric.kind <> 'sum' THEN 1
        WHEN p_metric.sum_field = ''
            THEN greatest(p_points, 0) * (ARRAY[1, 10, 100, 1000, 10000])[p_metric.decimals + 1]
        WHEN jsonb_typeof(p_metadata -> p_metric.sum_field) <> 'number' THEN 0
        WHEN abs((p_metadata ->> p_metric.sum_field)::numeric) > 1000000000 THEN 0
        ELSE round(
            (p_metadata ->> p_metric.sum_field)::numeric
                * (ARRAY[1, 10, 100, 1000, 10000])[p_metric.decimals + 1]
        )::bigint
    END
$$;

-- What a distinct metric tells this row's value by; NULL when it has none.
CREATE FUNCTION gamification_value_digest(p_metric gamification_metric, p_metadata jsonb)
RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN p_metric.kind = 'distinct' AND p_metadata ->> p_metric.distinct_field <> ''
        THEN substr(
            sha256(convert_to(p_metadata ->> p_metric.distinct_field, 'UTF8')), 1, 16
        ) END
$$;

-- What the metrics read in a log: a source's action and filter, or everything (NULLs) when a metric
-- has no sources.
CREATE FUNCTION gamification_readings_of(p_log text, p_metric_ids bigint[])
RETURNS TABLE (metric gamification_metric, action_id bigint, metadata_filter jsonb)
LANGUAGE sql STABLE AS $$
    SELECT metric, source.action_id, source.metadata_filter
    FROM gamification_metric metric
    LEFT JOIN gamification_metricsource source ON source.metric_id = metric.id
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
        SELECT activity.id, activity.action_id, activity.metadata, activity.points,
            activity.occurred_at, activity.local_date, account.member_id,
            gamification_day(activity.occurred_at, p_zone) AS programme_day
        FROM points_activity activity
        JOIN points_pointaccount account ON account.id = activity.account_id
        WHERE activity.id = ANY (p_ids)
    ),
    pair AS (
        SELECT DISTINCT ON ((reading.metric).id, entry.id) reading.metric, entry.*
        FROM reading JOIN entry ON entry.action_id = reading.action_id
            AND entry.metadata @> reading.metadata_filter
        UNION ALL
        SELECT reading.metric, entry.*
        FROM reading CROSS JOIN entry WHERE reading.action_id IS NULL
    )
    SELECT (metric).id, (metric).kind, member_id, occurred_at,
        CASE WHEN (metric).kind <> 'streak' THEN programme_day
            WHEN (metric).streak_unit = 'week'
                THEN date_trunc('week', local_date::timestamp)::date
            ELSE local_date END,
        gamification_amount(metric, points, metadata),
        gamification_value_digest(metric, metadata)
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
        SELECT earning.id, earning.action_id, earning.metadata, earning.amount,
            earning.occurred_at, account.member_id,
            gamification_day(earning.occurred_at, p_zone) AS programme_day
        FROM points_pointtransaction earning
        JOIN points_pointaccount account ON account.id = earning.account_id
        WHERE earning.id = ANY (p_ids)
    ),
    pair AS (
        SELECT DISTINCT ON ((reading.metric).id, entry.id) reading.metric, entry.*
        FROM reading JOIN entry ON entry.action_id = reading.action_id
            AND entry.metadata @> reading.metadata_filter
        UNION ALL
        SELECT reading.metric, entry.*
        FROM reading CROSS JOIN entry WHERE reading.action_id IS NULL
    )
    SELECT (metric).id, (metric).kind, member_id, occurred_at,
        CASE WHEN (metric).kind = 'streak' AND (metric).streak_unit = 'week'
            THEN date_trunc('week', programme_day::timestamp)::date
            ELSE programme_day END,
        gamification_amount(metric, amount, metadata),
        gamification_value_digest(metric, metadata)
    FROM pair
$$;
