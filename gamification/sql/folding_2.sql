-- Folding rows of the logs into scores. Whoever calls these holds the locks of the members whose
-- rows they are. What comes out does not depend on the order in which rows come in: counts and sums
-- add up, new values of a distinct metric too, and streaks are derived from all days ever seen.
--
-- Scores are written board by board, as their key and the board index lie: a batch then goes through
-- either once, and not once for every member.

-- Count the different values of the touched scores anew.
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
    GROUP BY 1, 3, 4, 2
    ORDER BY 1, 3, 4, 2
    ON CONFLICT (metric_id, period_kind, period_start, member_id) DO UPDATE
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
    SELECT DISTINCT ON (metric_id, period_kind, period_start, member_id) *
    FROM run
    ORDER BY metric_id, period_kind, period_start, member_id, length DESC, reached_at
    ON CONFLICT (metric_id, period_kind, period_start, member_id) DO UPDATE
    SET value = EXCLUDED.value, reached_at = EXCLUDED.reached_at
    WHERE (score.value, score.reached_at) <> (EXCLUDED.value, EXCLUDED.reached_at)
$$;

-- Fold activities and earnings. `p_metric_ids` NULL is all metrics. Returns whose scores in which
-- metrics may have changed.
CREATE FUNCTION gamification_fold(
    p_activity_ids bigint[], p_earning_ids bigint[], p_metric_ids bigint[], p_zone text
) RETURNS TABLE (metric_id bigint, member_id bigint)
LANGUAGE plpgsql SET work_mem = '32MB' AS $$
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
        SELECT DISTINCT metric_id, member_id FROM match
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

-- Count anew the badges that members hold: a badge that was taken away counts nowhere any more. What
-- was awarded once stays written down, so it names every period in which a member may have a score.
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
    WITH counted AS MATERIALIZED (
        SELECT counted_id AS metric_id, award.member_id, period_kind, period_start,
            count(*) FILTER (WHERE award.revoked_at IS NULL) AS value,
            max(award.earned_at) FILTER (WHERE award.revoked_at IS NULL) AS reached_at
        FROM gamification_badgeaward award
        CROSS JOIN unnest(counted_ids) counted_id
        CROSS JOIN LATERAL gamification_periods(gamification_day(award.earned_at, p_zone))
        WHERE award.member_id = ANY (p_member_ids)
        GROUP BY 1, 3, 4, 2
        ORDER BY 1, 3, 4, 2
    ),
    lost AS (
        DELETE FROM gamification_metricscore
        WHERE ctid = ANY (ARRAY(
            SELECT score.place FROM counted
            CROSS JOIN LATERAL (
                SELECT ctid AS place FROM gamification_metricscore
                WHERE metric_id = counted.metric_id AND member_id = counted.member_id
                  AND period_kind = counted.period_kind AND period_start = counted.period_start
                OFFSET 0
            ) score
            WHERE counted.value = 0
        ))
    )
    INSERT INTO gamification_metricscore AS score (
        metric_id, member_id, period_kind, period_start, value, reached_at
    )
    SELECT metric_id, member_id, period_kind, period_start, value, reached_at
    FROM counted WHERE value > 0
    ON CONFLICT (metric_id, period_kind, period_start, member_id) DO UPDATE
    SET value = EXCLUDED.value, reached_at = EXCLUDED.reached_at
    WHERE (score.value, score.reached_at) <> (EXCLUDED.value, EXCLUDED.reached_at);
    RETURN QUERY SELECT counted.id, measured.id
        FROM unnest(counted_ids) counted(id) CROSS JOIN unnest(p_member_ids) measured(id);
END
$$;
