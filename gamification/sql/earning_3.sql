-- Who has come to which badges, and never had them: whoever had one has a first turn of it.
--
-- What is known of a member is looked up row by row, which OFFSET 0 and subqueries ask for. Scores and
-- awards are few when a plan is made and many when it runs: a join may then go through everybody's
-- for each member. `+ 0` keeps to the index by member: a badge that nobody held when statistics were
-- taken looks like the shortest way to an award, and is the longest by the time all hold it.

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
        SELECT array_agg(pair.member_id), array_agg(account.id),
            array_agg(score.reached_at),
            array_agg(pair.member_id) FILTER (
                WHERE score.value > needed OR metric.kind = 'gauge' OR metric.sum_field <> ''
            )
        INTO member_ids, account_ids, met_ats, open_ids
        FROM unnest(p_badge_ids, p_member_ids) pair(badge_id, member_id)
        CROSS JOIN LATERAL (
            SELECT value, reached_at FROM gamification_metricscore
            WHERE metric_id = metric.id AND member_id = pair.member_id
              AND period_kind = 0 AND period_start = date '0001-01-01'
            OFFSET 0
        ) score
        CROSS JOIN LATERAL (
            SELECT id, closed_at FROM points_pointaccount
            WHERE member_id = pair.member_id
            OFFSET 0
        ) account
        WHERE pair.badge_id = badge.id AND score.value >= needed AND account.closed_at IS NULL
          AND (
              SELECT award.id FROM gamification_badgeaward award
              WHERE award.member_id = pair.member_id AND award.badge_id + 0 = badge.id
                AND award.turn = 1
          ) IS NULL;
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
    CROSS JOIN LATERAL (
        SELECT value FROM gamification_metricscore
        WHERE metric_id = touched.metric_id AND member_id = touched.member_id
          AND period_kind = 0 AND period_start = date '0001-01-01'
        OFFSET 0
    ) score
    WHERE score.value >= gamification_needed(badge.threshold, metric.decimals)
      AND (
          SELECT award.id FROM gamification_badgeaward award
          WHERE award.member_id = touched.member_id AND award.badge_id + 0 = badge.id
            AND award.turn = 1
      ) IS NULL;
    IF badge_ids IS NOT NULL THEN
        RETURN QUERY SELECT * FROM gamification_lock_earners(badge_ids, member_ids);
    END IF;
END
$$;
