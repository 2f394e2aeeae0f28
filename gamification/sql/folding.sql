-- Folding rows of the logs into scores. Whoever calls these holds the locks of the members whose
-- rows they are. What comes out does not depend on the order in which rows come in: counts and sums
-- add up, and distinct values and streaks are derived from all that was ever seen.

-- A score that has to be derived anew.
CREATE TYPE gamification_touched AS (
    metric_id bigint, member_id bigint, period_kind smallint, period_start date
);

-- Count the different values of the touched scores.
CREATE FUNCTION gamification_score_distinct(p_touched gamification_touched[])
RETURNS void LANGUAGE sql AS $$
    INSERT INTO gamification_metricscore AS score (
        metric_id, member_id, period_kind, period_start, value, reached_at
    )
    SELECT seen.metric_id, seen.member_id, seen.period_kind, seen.period_start,
        count(*), max(seen.first_at)
    FROM unnest(p_touched) touched
    JOIN gamification_seenvalue seen
      ON seen.metric_id = touched.metric_id AND seen.member_id = touched.member_id
     AND seen.period_kind = touched.period_kind AND seen.period_start = touched.period_start
    GROUP BY 1, 2, 3, 4
    ORDER BY 1, 2, 3, 4
    ON CONFLICT (metric_id, member_id, period_kind, period_start) DO UPDATE
    SET value = EXCLUDED.value, reached_at = EXCLUDED.reached_at
    WHERE (score.value, score.reached_at) <> (EXCLUDED.value, EXCLUDED.reached_at)
$$;

-- Find the longest run within each touched period, and the first of them among equals. A run breaks
-- where a whole day (week) lies between that holds no outage. Two things done within 24 hours never
-- break one: between them no day was missed, whatever the zones they were done in.
CREATE FUNCTION gamification_score_streaks(p_touched gamification_touched[])
RETURNS void LANGUAGE sql AS $$
    WITH span AS MATERIALIZED (
        SELECT touched.*, CASE metric.streak_unit WHEN 'week' THEN 7 ELSE 1 END AS step,
            touched.period_start - gamification_streak_shift(metric.streak_unit) AS first_day,
            gamification_period_end(touched.period_kind, touched.period_start) AS end_day
        FROM unnest(p_touched) touched
        JOIN gamification_metric metric ON metric.id = touched.metric_id
    ),
    done AS (
        SELECT span.metric_id, span.member_id, span.period_kind, span.period_start, span.step,
            streak.day, streak.first_at,
            lag(streak.day) OVER earlier AS day_before,
            lag(streak.last_at) OVER earlier AS at_before
        FROM span JOIN gamification_streakday streak
          ON streak.metric_id = span.metric_id AND streak.member_id = span.member_id
         AND (span.period_kind = 0 OR streak.day >= span.first_day)
         AND (span.period_kind = 0
            OR streak.day < span.end_day - (span.period_start - span.first_day))
        WINDOW earlier AS (
            PARTITION BY span.metric_id, span.member_id, span.period_kind, span.period_start
            ORDER BY streak.day
        )
    ),
    numbered AS (
        SELECT *, count(*) FILTER (
            WHERE CASE
                WHEN day - day_before = step THEN false
                WHEN first_at - at_before < interval '24 hours' THEN false
                ELSE (day - day_before) / step - 1 > (
                    SELECT count(DISTINCT (outage.day - date '0001-01-01') / step)
                    FROM gamification_outageday outage
                    WHERE outage.day >= day_before + step AND outage.day < done.day
                )
            END
        ) OVER (
            PARTITION BY metric_id, member_id, period_kind, period_start ORDER BY day
        ) AS run
        FROM done
    ),
    run AS (
        SELECT metric_id, member_id, period_kind, period_start,
            count(*) AS length, max(first_at) AS reached_at
        FROM numbered GROUP BY metric_id, member_id, period_kind, period_start, run
    )
    INSERT INTO gamification_metricscore AS score (
        metric_id, member_id, period_kind, period_start, value, reached_at
    )
    SELECT DISTINCT ON (metric_id, member_id, period_kind, period_start) *
    FROM run
    ORDER BY metric_id, member_id, period_kind, period_start, length DESC, reached_at
    ON CONFLICT (metric_id, member_id, period_kind, period_start) DO UPDATE
    SET value = EXCLUDED.value, reached_at = EXCLUDED.reached_at
    WHERE (score.value, score.reached_at) <> (EXCLUDED.value, EXCLUDED.reached_at)
$$;

-- Fold activities and earnings. `p_metric_ids` NULL is all metrics. Returns whose scores in which
-- metrics may have changed.
CREATE FUNCTION gamification_fold(
    p_activity_ids bigint[], p_earning_ids bigint[], p_metric_ids bigint[], p_zone text
) RETURNS TABLE (metric_id bigint, member_id bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    seen gamification_touched[];
    streaks gamification_touched[];
    changed_metric_ids bigint[];
    changed_member_ids bigint[];
BEGIN
    WITH match AS MATERIALIZED (
        SELECT * FROM gamification_match_activities(p_activity_ids, p_metric_ids, p_zone)
        UNION ALL
        SELECT * FROM gamification_match_earnings(p_earning_ids, p_metric_ids, p_zone)
    ),
    daily AS (
        SELECT metric_id, member_id, day, sum(amount) AS amount, max(happened_at) AS reached_at
        FROM match WHERE kind IN ('count', 'sum') AND amount <> 0
        GROUP BY metric_id, member_id, day
    ),
    added AS (
        INSERT INTO gamification_metricscore AS score (
            metric_id, member_id, period_kind, period_start, value, reached_at
        )
        SELECT metric_id, member_id, period_kind, period_start, sum(amount), max(reached_at)
        FROM daily CROSS JOIN LATERAL gamification_periods(day)
        GROUP BY 1, 2, 3, 4
        ORDER BY 1, 2, 3, 4
        ON CONFLICT (metric_id, member_id, period_kind, period_start) DO UPDATE
        SET value = score.value + EXCLUDED.value,
            reached_at = greatest(score.reached_at, EXCLUDED.reached_at)
    ),
    met AS (
        INSERT INTO gamification_seenvalue AS seen (
            metric_id, member_id, period_kind, period_start, value_digest, first_at
        )
        SELECT metric_id, member_id, period_kind, period_start, value_digest, min(happened_at)
        FROM match CROSS JOIN LATERAL gamification_periods(day)
        WHERE value_digest IS NOT NULL
        GROUP BY 1, 2, 3, 4, 5
        ORDER BY 1, 2, 3, 4, 5
        ON CONFLICT (metric_id, member_id, period_kind, period_start, value_digest) DO UPDATE
        SET first_at = EXCLUDED.first_at
        WHERE EXCLUDED.first_at < seen.first_at
        RETURNING metric_id, member_id, period_kind, period_start
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
        SELECT DISTINCT metric_id, member_id FROM match
    )
    SELECT
        (SELECT array_agg(DISTINCT met::gamification_touched) FROM met),
        (
            SELECT array_agg(DISTINCT
                (done.metric_id, done.member_id, period_kind, period_start)::gamification_touched
            )
            FROM done JOIN gamification_metric metric ON metric.id = done.metric_id
            CROSS JOIN LATERAL gamification_periods(
                done.day + gamification_streak_shift(metric.streak_unit)
            )
        ),
        array_agg(changed.metric_id), array_agg(changed.member_id)
    INTO seen, streaks, changed_metric_ids, changed_member_ids
    FROM changed;
    IF seen IS NOT NULL THEN
        PERFORM gamification_score_distinct(seen);
    END IF;
    IF streaks IS NOT NULL THEN
        PERFORM gamification_score_streaks(streaks);
    END IF;
    RETURN QUERY SELECT * FROM unnest(changed_metric_ids, changed_member_ids);
END
$$;

-- Derive the scores that these readings of gauges, and the ones that follow them, touch. All time
-- is what was last reported; a period is what it changed by, counted from 0 before the first.
CREATE FUNCTION gamification_fold_gauges(
    p_reading_ids bigint[], p_metric_ids bigint[], p_zone text
) RETURNS TABLE (metric_id bigint, member_id bigint) LANGUAGE sql AS $$
    WITH reading AS (
        SELECT reading.* FROM gamification_gaugereading reading
        JOIN gamification_metric metric ON metric.id = reading.metric_id
        WHERE reading.id = ANY (p_reading_ids) AND metric.kind = 'gauge' AND metric.is_active
          AND (p_metric_ids IS NULL OR metric.id = ANY (p_metric_ids))
    ),
    touched AS (
        SELECT DISTINCT reading.metric_id, reading.member_id, period_kind, period_start,
            CASE WHEN period_kind > 0 THEN period_start::timestamp AT TIME ZONE p_zone
                ELSE '-infinity' END AS starts_at,
            CASE WHEN period_kind > 0
                THEN gamification_period_end(period_kind, period_start)::timestamp
                    AT TIME ZONE p_zone
                ELSE 'infinity' END AS ends_at
        FROM reading
        CROSS JOIN LATERAL (
            SELECT reading.reported_at
            UNION ALL
            (
                SELECT later.reported_at FROM gamification_gaugereading later
                WHERE later.metric_id = reading.metric_id AND later.member_id = reading.member_id
                  AND (later.reported_at, later.id) > (reading.reported_at, reading.id)
                ORDER BY later.reported_at, later.id LIMIT 1
            )
        ) moment
        CROSS JOIN LATERAL gamification_periods(gamification_day(moment.reported_at, p_zone))
    ),
    written AS (
        INSERT INTO gamification_metricscore (
            metric_id, member_id, period_kind, period_start, value, reached_at
        )
        SELECT touched.metric_id, touched.member_id, period_kind, period_start,
            closing.value - coalesce(opening.value, 0), closing.reported_at
        FROM touched
        CROSS JOIN LATERAL (
            SELECT value, reported_at FROM gamification_gaugereading
            WHERE metric_id = touched.metric_id AND member_id = touched.member_id
              AND reported_at < touched.ends_at
            ORDER BY reported_at DESC, id DESC LIMIT 1
        ) closing
        LEFT JOIN LATERAL (
            SELECT value FROM gamification_gaugereading
            WHERE metric_id = touched.metric_id AND member_id = touched.member_id
              AND reported_at < touched.starts_at
            ORDER BY reported_at DESC, id DESC LIMIT 1
        ) opening ON true
        ORDER BY 1, 2, 3, 4
        ON CONFLICT (metric_id, member_id, period_kind, period_start) DO UPDATE
        SET value = EXCLUDED.value, reached_at = EXCLUDED.reached_at
    )
    SELECT DISTINCT metric_id, member_id FROM touched
$$;

-- Count anew the badges that members hold: a badge that was taken away counts nowhere any more.
CREATE FUNCTION gamification_fold_badges(
    p_member_ids bigint[], p_metric_ids bigint[], p_zone text
) RETURNS TABLE (metric_id bigint, member_id bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    counted_ids bigint[] := array(
        SELECT id FROM gamification_metric
        WHERE log = 'badges' AND is_active AND (p_metric_ids IS NULL OR id = ANY (p_metric_ids))
    );
BEGIN
    DELETE FROM gamification_metricscore
    WHERE metric_id = ANY (counted_ids) AND member_id = ANY (p_member_ids);
    INSERT INTO gamification_metricscore (
        metric_id, member_id, period_kind, period_start, value, reached_at
    )
    SELECT counted_id, held.member_id, period_kind, period_start, count(*), max(held.awarded_at)
    FROM gamification_held_badge held
    CROSS JOIN unnest(counted_ids) counted_id
    CROSS JOIN LATERAL gamification_periods(gamification_day(held.awarded_at, p_zone))
    WHERE held.member_id = ANY (p_member_ids)
    GROUP BY 1, 2, 3, 4
    ORDER BY 1, 2, 3, 4;
    RETURN QUERY SELECT counted.id, measured.id
        FROM unnest(counted_ids) counted(id) CROSS JOIN unnest(p_member_ids) measured(id);
END
$$;
