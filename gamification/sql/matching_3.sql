-- Earnings, and as what they count for the metrics.

-- These transactions, and when they were earned by the world's clock. What a badge brought was earned
-- with the badge: a report that comes late may move that instant, while the ledger's row stays as it
-- was written.
CREATE FUNCTION gamification_earnings(p_ids bigint[])
RETURNS TABLE (
    id bigint, member_id bigint, action_id bigint, metadata jsonb, amount bigint,
    occurred_at timestamptz
) LANGUAGE sql STABLE AS $$
    SELECT earning.id, account.member_id, earning.action_id, earning.metadata, earning.amount,
        CASE WHEN earning.source_type = 'badge' THEN coalesce((
            SELECT award.earned_at FROM gamification_badgeaward award
            WHERE award.member_id = account.member_id AND award.turn = 1
              AND earning.source_id = 'site:badge:' || award.member_id || ':' || award.badge_id
        ), earning.occurred_at) ELSE earning.occurred_at END
    FROM points_pointtransaction earning
    JOIN points_pointaccount account ON account.id = earning.account_id
    WHERE earning.id = ANY (p_ids)
$$;

-- Earnings as the metrics read them: the transactions that count as lifetime points.
CREATE FUNCTION gamification_match_earnings(
    p_ids bigint[], p_metric_ids bigint[], p_zone text
) RETURNS SETOF gamification_match LANGUAGE sql STABLE AS $$
    WITH reading AS MATERIALIZED (
        SELECT * FROM gamification_readings_of('earnings', p_metric_ids)
    ),
    earning AS MATERIALIZED (
        SELECT * FROM gamification_earnings(p_ids)
    ),
    entry AS MATERIALIZED (
        SELECT earning.*, gamification_day(occurred_at, p_zone) AS programme_day FROM earning
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
