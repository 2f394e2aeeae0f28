-- When a badge was earned, as far as the logs say by now: a report that comes late may say that its
-- member had met the criterion before. Whatever order rows came in, the same rows give the same
-- instant.

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
                SELECT earning.member_id, earning.occurred_at, sum(
                    gamification_amount(p_metric, earning.amount, earning.metadata)
                ) OVER (
                    PARTITION BY earning.member_id ORDER BY earning.occurred_at, earning.id
                ) AS total
                FROM gamification_earnings(array(
                    SELECT earning.id FROM points_pointaccount account
                    JOIN points_pointtransaction earning ON earning.account_id = account.id
                    WHERE account.member_id = ANY (p_member_ids)
                      AND earning.type IN ('earn', 'admin_grant')
                )) earning
                WHERE NOT has_sources OR EXISTS (
                    SELECT 1 FROM gamification_metricsource source
                    WHERE source.metric_id = p_metric.id AND source.action_id = earning.action_id
                      AND earning.metadata @> source.metadata_filter
                )
            ) running
            WHERE running.total >= p_needed
            GROUP BY 1;
    END IF;
END
$$;

-- Move the awards that the rule gave to when their criterion was first met, where that was earlier
-- than was known. Metrics, members who have new rows in them, and when the first of these happened,
-- are three arrays of the same length; awards from before are as they were. The members' scores are
-- locked. Awards of before the badge was last published may be of another criterion. Planned anew
-- for each batch, by how many there are; `+ 0` as in `earning_4`.
CREATE FUNCTION gamification_move_awards(
    p_metric_ids bigint[], p_member_ids bigint[], p_first_ats timestamptz[], p_zone text
) RETURNS void LANGUAGE plpgsql
SET enable_seqscan = off SET jit = off SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    badged_ids bigint[] := array(
        SELECT metric_id FROM gamification_badge
        WHERE metric_id = ANY (p_metric_ids) AND state = 'published' AND is_active
    );
    late record;
    found_ids bigint[];
    found_ats timestamptz[];
    moved_ids bigint[] := '{}';
    moved_ats timestamptz[] := '{}';
BEGIN
    IF badged_ids = '{}' THEN
        RETURN;
    END IF;
    FOR late IN
        WITH touched AS MATERIALIZED (
            SELECT * FROM unnest(p_metric_ids, p_member_ids, p_first_ats)
                AS touched(metric_id, member_id, first_at)
            WHERE metric_id = ANY (badged_ids) AND first_at IS NOT NULL
        ),
        award AS MATERIALIZED (
            SELECT award.*
            FROM (SELECT member_id, min(first_at) AS first_at FROM touched GROUP BY 1) known
            CROSS JOIN LATERAL (
                SELECT badge_id, member_id, earned_at, awarded_at FROM gamification_badgeaward
                WHERE member_id = known.member_id AND turn = 1 AND origin = 'rule'
                  AND earned_at > known.first_at
                OFFSET 0
            ) award
        )
        SELECT badge, array_agg(award.member_id) AS member_ids
        FROM award
        JOIN gamification_badge badge ON badge.id = award.badge_id
        JOIN touched ON touched.metric_id = badge.metric_id
         AND touched.member_id = award.member_id AND touched.first_at < award.earned_at
        WHERE badge.state = 'published' AND badge.is_active
          AND award.awarded_at >= coalesce((
              SELECT max(requested_at) FROM gamification_badgebackfill
              WHERE badge_id = badge.id
          ), '-infinity')
        GROUP BY badge
    LOOP
        WITH moved AS (
            UPDATE gamification_badgeaward award SET earned_at = first.met_at
            FROM gamification_metric metric
            CROSS JOIN LATERAL gamification_first_met(
                metric, gamification_needed((late.badge).threshold, metric.decimals),
                (late.badge).id, late.member_ids
            ) first
            WHERE metric.id = (late.badge).metric_id
              AND award.member_id = first.member_id AND award.badge_id + 0 = (late.badge).id
              AND award.turn = 1 AND first.met_at < award.earned_at
            RETURNING award.member_id, award.earned_at
        )
        SELECT array_agg(member_id), array_agg(earned_at) INTO found_ids, found_ats FROM moved;
        moved_ids := moved_ids || found_ids;
        moved_ats := moved_ats || found_ats;
    END LOOP;
    IF moved_ids <> '{}' THEN
        PERFORM gamification_move_what_badges_brought(moved_ids, moved_ats, p_zone);
    END IF;
END
$$;

-- Members' badges left the boards they were on, and their points, which were earned with them, did
-- as well: fold what counts either again, since no award names the periods they were in any more.
-- The later rows of two arrays may name a member once more.
CREATE FUNCTION gamification_move_what_badges_brought(
    p_member_ids bigint[], p_earned_ats timestamptz[], p_zone text
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    metric_ids bigint[];
    member_ids bigint[];
    first_ats timestamptz[];
BEGIN
    PERFORM gamification_rebuild(
        array(
            SELECT id FROM gamification_metric WHERE log IN ('earnings', 'badges') AND is_active
        ),
        array(SELECT id FROM points_pointaccount WHERE member_id = ANY (p_member_ids)),
        p_zone
    );
    SELECT array_agg(metric.id), array_agg(moved.member_id), array_agg(moved.first_at)
    INTO metric_ids, member_ids, first_ats
    FROM (
        SELECT member_id, min(earned_at) AS first_at
        FROM unnest(p_member_ids, p_earned_ats) earned(member_id, earned_at) GROUP BY 1
    ) moved
    CROSS JOIN gamification_metric metric WHERE metric.log = 'earnings' AND metric.is_active;
    PERFORM gamification_move_awards(metric_ids, member_ids, first_ats, p_zone);
END
$$;
