-- Who meets a badge's criterion, and since when.

-- A run of a streak's days: which of a member's runs each day belongs to. Runs break where those of
-- `gamification_score_streaks` do.
CREATE FUNCTION gamification_streak_runs(p_metric gamification_metric, p_member_ids bigint[])
RETURNS TABLE (member_id bigint, run bigint, day date, first_at timestamptz)
LANGUAGE sql STABLE AS $$
    WITH done AS (
        SELECT streak.member_id, streak.day, streak.first_at,
            CASE p_metric.streak_unit WHEN 'week' THEN 7 ELSE 1 END AS step,
            lag(streak.day) OVER earlier AS day_before,
            lag(streak.last_at) OVER earlier AS at_before
        FROM gamification_streakday streak
        WHERE streak.metric_id = p_metric.id AND streak.member_id = ANY (p_member_ids)
        WINDOW earlier AS (PARTITION BY streak.member_id ORDER BY streak.day)
    )
    SELECT done.member_id,
        count(*) FILTER (
            WHERE CASE
                WHEN day - day_before = step THEN false
                WHEN first_at - at_before < interval '24 hours' THEN false
                ELSE (day - day_before) / step - 1 > (
                    SELECT count(DISTINCT (outage.day - date '0001-01-01') / step)
                    FROM gamification_outageday outage
                    WHERE outage.day >= day_before + step AND outage.day < done.day
                )
            END
        ) OVER (PARTITION BY done.member_id ORDER BY done.day),
        done.day, done.first_at
    FROM done
$$;

-- When each of these members first had `p_needed` (in the metric's units) of a metric, by the
-- world's clock: whatever order the rows came in, the same rows give the same instant. For badges
-- that are held, `p_badge_id` does not count itself. Members who never had it are left out.
CREATE FUNCTION gamification_first_met(
    p_metric gamification_metric, p_needed bigint, p_badge_id bigint, p_member_ids bigint[]
) RETURNS TABLE (member_id bigint, met_at timestamptz) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    has_sources boolean := EXISTS (
        SELECT 1 FROM gamification_metricsource WHERE metric_id = p_metric.id
    );
BEGIN
    IF p_metric.kind = 'gauge' THEN
        RETURN QUERY SELECT reading.member_id, min(reading.reported_at)
            FROM gamification_gaugereading reading
            WHERE reading.metric_id = p_metric.id AND reading.member_id = ANY (p_member_ids)
              AND reading.value >= p_needed
            GROUP BY 1;
    ELSIF p_metric.log = 'badges' THEN
        RETURN QUERY SELECT held.member_id, held.awarded_at FROM (
                SELECT member_id, awarded_at, row_number() OVER (
                    PARTITION BY member_id ORDER BY awarded_at, badge_id
                ) AS place
                FROM gamification_held_badge
                WHERE member_id = ANY (p_member_ids) AND badge_id <> p_badge_id
            ) held
            WHERE held.place = p_needed;
    ELSIF p_metric.kind = 'distinct' THEN
        RETURN QUERY SELECT seen.member_id, seen.first_at FROM (
                SELECT member_id, first_at, row_number() OVER (
                    PARTITION BY member_id ORDER BY first_at, value_digest
                ) AS place
                FROM gamification_seenvalue
                WHERE metric_id = p_metric.id AND member_id = ANY (p_member_ids)
                  AND period_kind = 0
            ) seen
            WHERE seen.place = p_needed;
    ELSIF p_metric.kind = 'streak' THEN
        RETURN QUERY SELECT streak.member_id, min(streak.reached_at) FROM (
                SELECT member_id, row_number() OVER (
                        PARTITION BY member_id, run ORDER BY day
                    ) AS length,
                    max(first_at) OVER (
                        PARTITION BY member_id, run ORDER BY day
                        ROWS BETWEEN p_needed - 1 PRECEDING AND CURRENT ROW
                    ) AS reached_at
                FROM gamification_streak_runs(p_metric, p_member_ids)
            ) streak
            WHERE streak.length >= p_needed
            GROUP BY 1;
    ELSIF p_metric.log = 'activities' THEN
        RETURN QUERY SELECT running.member_id, min(running.occurred_at) FROM (
                SELECT account.member_id, activity.occurred_at, sum(
                    gamification_amount(p_metric, activity.points, activity.metadata)
                ) OVER (
                    PARTITION BY account.member_id ORDER BY activity.occurred_at, activity.id
                ) AS total
                FROM points_pointaccount account
                JOIN points_activity activity ON activity.account_id = account.id
                WHERE account.member_id = ANY (p_member_ids) AND (NOT has_sources OR EXISTS (
                    SELECT 1 FROM gamification_metricsource source
                    WHERE source.metric_id = p_metric.id AND source.action_id = activity.action_id
                      AND activity.metadata @> source.metadata_filter
                ))
            ) running
            WHERE running.total >= p_needed
            GROUP BY 1;
    ELSE
        RETURN QUERY SELECT running.member_id, min(running.occurred_at) FROM (
                SELECT account.member_id, earning.occurred_at, sum(
                    gamification_amount(p_metric, earning.amount, earning.metadata)
                ) OVER (
                    PARTITION BY account.member_id ORDER BY earning.occurred_at, earning.id
                ) AS total
                FROM points_pointaccount account
                JOIN points_pointtransaction earning ON earning.account_id = account.id
                WHERE account.member_id = ANY (p_member_ids)
                  AND earning.type IN ('earn', 'admin_grant')
                  AND (NOT has_sources OR EXISTS (
                    SELECT 1 FROM gamification_metricsource source
                    WHERE source.metric_id = p_metric.id AND source.action_id = earning.action_id
                      AND earning.metadata @> source.metadata_filter
                ))
            ) running
            WHERE running.total >= p_needed
            GROUP BY 1;
    END IF;
END
$$;

-- What a badge needs, in its metric's units: a threshold is in the units people read.
CREATE FUNCTION gamification_needed(p_threshold bigint, p_decimals smallint)
RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT p_threshold * (ARRAY[1, 10, 100, 1000, 10000])[p_decimals + 1]
$$;

-- Who meets these badges and never had them: pairs of a badge and a member (two arrays of the same
-- length) are looked at. The members' accounts are locked first, in ascending order, so that nobody
-- else awards them anything meanwhile; closed ones are left out.
CREATE FUNCTION gamification_lock_earners(p_badge_ids bigint[], p_member_ids bigint[])
RETURNS TABLE (badge_id bigint, member_id bigint, account_id bigint, met_at timestamptz)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    badge gamification_badge;
    metric gamification_metric;
    needed bigint;
    member_ids bigint[];
    account_ids bigint[];
    met_ats timestamptz[];
    open_ids bigint[];
BEGIN
    PERFORM 1 FROM points_pointaccount
    WHERE member_id = ANY (p_member_ids) ORDER BY id FOR NO KEY UPDATE;

    FOR badge IN SELECT * FROM gamification_badge WHERE id = ANY (p_badge_ids) ORDER BY id LOOP
        SELECT * INTO metric FROM gamification_metric WHERE id = badge.metric_id;
        needed := gamification_needed(badge.threshold, metric.decimals);
        -- Where the score stands exactly at the threshold, it knows when it came there.
        SELECT array_agg(score.member_id), array_agg(account.id),
            array_agg(score.reached_at),
            array_agg(score.member_id) FILTER (
                WHERE score.value > needed OR metric.kind = 'gauge' OR metric.sum_field <> ''
            )
        INTO member_ids, account_ids, met_ats, open_ids
        FROM unnest(p_badge_ids, p_member_ids) pair(badge_id, member_id)
        JOIN gamification_metricscore score
          ON score.metric_id = metric.id AND score.member_id = pair.member_id
         AND score.period_kind = 0 AND score.period_start = date '0001-01-01'
        JOIN points_pointaccount account ON account.member_id = pair.member_id
        WHERE pair.badge_id = badge.id AND score.value >= needed AND account.closed_at IS NULL
          AND NOT EXISTS (
              SELECT 1 FROM gamification_badgeaward award
              WHERE award.member_id = pair.member_id AND award.badge_id = badge.id
          );
        IF open_ids IS NULL THEN
            RETURN QUERY SELECT badge.id, known.*
                FROM unnest(member_ids, account_ids, met_ats) known
                ORDER BY 2;
        ELSE
            RETURN QUERY SELECT badge.id, known.member_id, known.account_id,
                    coalesce(first.met_at, known.met_at)
                FROM unnest(member_ids, account_ids, met_ats)
                    AS known(member_id, account_id, met_at)
                LEFT JOIN gamification_first_met(metric, needed, badge.id, open_ids) first
                  ON first.member_id = known.member_id
                ORDER BY 2;
        END IF;
    END LOOP;
END
$$;

-- Who has come to a published badge by what has just been projected: pairs of a metric and a
-- member, in the transaction that wrote their scores. Badges that are being published are waited
-- for, and publishing waits for us, so that each of the two finds whom the other has not seen.
CREATE FUNCTION gamification_find_earners(p_metric_ids bigint[], p_member_ids bigint[])
RETURNS TABLE (badge_id bigint, member_id bigint, account_id bigint, met_at timestamptz)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    published_ids bigint[];
    badge_ids bigint[];
    member_ids bigint[];
BEGIN
    SELECT array_agg(id) INTO published_ids
    FROM (
        SELECT id, state, is_active FROM gamification_badge
        WHERE metric_id = ANY (p_metric_ids) ORDER BY id FOR SHARE
    ) badge
    WHERE state = 'published' AND is_active;
    IF published_ids IS NULL THEN
        RETURN;
    END IF;
    SELECT array_agg(badge.id), array_agg(touched.member_id) INTO badge_ids, member_ids
    FROM unnest(p_metric_ids, p_member_ids) touched(metric_id, member_id)
    JOIN gamification_badge badge
      ON badge.metric_id = touched.metric_id AND badge.id = ANY (published_ids)
    JOIN gamification_metric metric ON metric.id = badge.metric_id
    JOIN gamification_metricscore score
      ON score.metric_id = touched.metric_id AND score.member_id = touched.member_id
     AND score.period_kind = 0 AND score.period_start = date '0001-01-01'
    WHERE score.value >= gamification_needed(badge.threshold, metric.decimals)
      AND NOT EXISTS (
          SELECT 1 FROM gamification_badgeaward award
          WHERE award.member_id = touched.member_id AND award.badge_id = badge.id
      );
    IF badge_ids IS NOT NULL THEN
        RETURN QUERY SELECT * FROM gamification_lock_earners(badge_ids, member_ids);
    END IF;
END
$$;
