-- Fold activities and earnings, as `folding_2` says. `p_metric_ids` NULL is all metrics. Returns
-- whose scores in which metrics may have changed, and when the first of these rows happened.
CREATE FUNCTION gamification_fold(
    p_activity_ids bigint[], p_earning_ids bigint[], p_metric_ids bigint[], p_zone text
) RETURNS TABLE (metric_id bigint, member_id bigint, first_at timestamptz)
LANGUAGE plpgsql SET work_mem = '32MB' SET enable_seqscan = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
    seen gamification_touched[];
    streaks gamification_touched[];
    changed_metric_ids bigint[];
    changed_member_ids bigint[];
    changed_first_ats timestamptz[];
BEGIN
    WITH match AS MATERIALIZED (
        SELECT * FROM gamification_match_activities(p_activity_ids, p_metric_ids, p_zone)
        UNION ALL
        SELECT * FROM gamification_match_earnings(p_earning_ids, p_metric_ids, p_zone)
    ),
    -- The values that rows name, and where those lie that were met before. Nobody moves them: the
    -- members are locked.
    named AS MATERIALIZED (
        SELECT value.*, known.place, known.known_at
        FROM (
            SELECT metric_id, member_id, period_kind, period_start, value_digest,
                min(happened_at) AS first_at
            FROM match CROSS JOIN LATERAL gamification_periods(day)
            WHERE value_digest IS NOT NULL
            GROUP BY 1, 2, 3, 4, 5
            ORDER BY 1, 2, 3, 4, 5
        ) value
        LEFT JOIN LATERAL (
            SELECT ctid AS place, first_at AS known_at FROM gamification_seenvalue
            WHERE metric_id = value.metric_id AND member_id = value.member_id
              AND period_kind = value.period_kind AND period_start = value.period_start
              AND value_digest = value.value_digest
            OFFSET 0
        ) known ON true
    ),
    met AS (
        INSERT INTO gamification_seenvalue (
            metric_id, member_id, period_kind, period_start, value_digest, first_at
        )
        SELECT metric_id, member_id, period_kind, period_start, value_digest, first_at
        FROM named WHERE place IS NULL
    ),
    -- A late row moves the instant at which a value was first met, so the latest of them is looked for.
    advanced AS (
        UPDATE gamification_seenvalue seen SET first_at = named.first_at
        FROM named WHERE seen.ctid = named.place AND named.first_at < named.known_at
        RETURNING seen.metric_id, seen.member_id, seen.period_kind, seen.period_start
    ),
    part AS (
        SELECT metric_id, member_id, period_kind, period_start, amount, reached_at
        FROM (
            SELECT metric_id, member_id, day, sum(amount)::bigint AS amount,
                max(happened_at) AS reached_at
            FROM match WHERE kind IN ('count', 'sum') AND amount <> 0
            GROUP BY metric_id, member_id, day
        ) daily CROSS JOIN LATERAL gamification_periods(day)
        UNION ALL
        SELECT metric_id, member_id, period_kind, period_start, 1, first_at
        FROM named WHERE place IS NULL
    ),
    added AS (
        INSERT INTO gamification_metricscore AS score (
            metric_id, member_id, period_kind, period_start, value, reached_at
        )
        SELECT metric_id, member_id, period_kind, period_start, sum(amount)::bigint,
            max(reached_at)
        FROM part
        GROUP BY 1, 3, 4, 2
        ORDER BY 1, 3, 4, 2
        ON CONFLICT (metric_id, period_kind, period_start, member_id) DO UPDATE
        SET value = score.value + EXCLUDED.value,
            reached_at = greatest(score.reached_at, EXCLUDED.reached_at)
    ),
    done AS (
        INSERT INTO gamification_streakday AS streak (metric_id, member_id, day, first_at, last_at)
        SELECT metric_id, member_id, day, min(happened_at), max(happened_at)
        FROM match WHERE kind = 'streak'
        GROUP BY 1, 2, 3
        ORDER BY 1, 2, 3
        ON CONFLICT (metric_id, member_id, day) DO UPDATE
        SET first_at = least(streak.first_at, EXCLUDED.first_at),
            last_at = greatest(streak.last_at, EXCLUDED.last_at)
        WHERE EXCLUDED.first_at < streak.first_at OR EXCLUDED.last_at > streak.last_at
        RETURNING metric_id, member_id, day
    ),
    changed AS (
        SELECT metric_id, member_id, min(happened_at) AS first_at FROM match
        GROUP BY metric_id, member_id
    )
    SELECT
        (SELECT array_agg(DISTINCT advanced::gamification_touched) FROM advanced),
        (
            SELECT array_agg(DISTINCT
                (done.metric_id, done.member_id, period_kind, period_start)::gamification_touched
            )
            FROM done JOIN gamification_metric metric ON metric.id = done.metric_id
            CROSS JOIN LATERAL gamification_periods(
                done.day + gamification_streak_shift(metric.streak_unit)
            )
        ),
        array_agg(changed.metric_id), array_agg(changed.member_id),
        array_agg(changed.first_at)
    INTO seen, streaks, changed_metric_ids, changed_member_ids, changed_first_ats
    FROM changed;
    IF seen IS NOT NULL THEN
        PERFORM gamification_score_distinct(seen);
    END IF;
    IF streaks IS NOT NULL THEN
        PERFORM gamification_score_streaks(streaks);
    END IF;
    RETURN QUERY
        SELECT * FROM unnest(changed_metric_ids, changed_member_ids, changed_first_ats);
END
$$;
