-- Who has come to which badges, and never had them: whoever had one has a first turn of it.
--
-- What is known of a member is looked up row by row, which OFFSET 0 and subqueries ask for. Scores and
-- awards are few when a plan is made and many when it runs: a join may then go through everybody's
-- for each member. `+ 0` keeps to the index by member: a badge that nobody held when statistics were
-- taken looks like the shortest way to an award, and is the longest by the time all hold it.

-- Lock the accounts of members in ascending order, so that nobody else awards them anything then.
CREATE FUNCTION gamification_lock_accounts(p_member_ids bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM points_pointaccount
    WHERE member_id = ANY (p_member_ids) ORDER BY id FOR NO KEY UPDATE;
END
$$;

-- Who of these members, whose accounts are locked, meets a badge and never had it, and since when.
-- Closed accounts are left out.
CREATE FUNCTION gamification_earners(p_badge_id bigint, p_member_ids bigint[])
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
    SELECT * INTO badge FROM gamification_badge WHERE id = p_badge_id;
    SELECT * INTO metric FROM gamification_metric WHERE id = badge.metric_id;
    needed := gamification_needed(badge.threshold, metric.decimals);
    -- Where the score stands exactly at the threshold, it knows when it came there.
    SELECT array_agg(member.id), array_agg(account.id), array_agg(score.reached_at),
        array_agg(member.id) FILTER (
            WHERE score.value > needed OR metric.kind = 'gauge' OR metric.sum_field <> ''
        )
    INTO member_ids, account_ids, met_ats, open_ids
    FROM unnest(p_member_ids) member(id)
    CROSS JOIN LATERAL (
        SELECT value, reached_at FROM gamification_metricscore
        WHERE metric_id = metric.id AND member_id = member.id
          AND period_kind = 0 AND period_start = date '0001-01-01'
        OFFSET 0
    ) score
    CROSS JOIN LATERAL (
        SELECT id, closed_at FROM points_pointaccount
        WHERE member_id = member.id
        OFFSET 0
    ) account
    WHERE score.value >= needed AND account.closed_at IS NULL
      AND (
          SELECT award.id FROM gamification_badgeaward award
          WHERE award.member_id = member.id AND award.badge_id + 0 = badge.id
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
END
$$;

-- The same of members whose accounts are not locked yet.
CREATE FUNCTION gamification_lock_earners_of(p_badge_id bigint, p_member_ids bigint[])
RETURNS TABLE (badge_id bigint, member_id bigint, account_id bigint, met_at timestamptz)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM gamification_lock_accounts(p_member_ids);
    RETURN QUERY SELECT * FROM gamification_earners(p_badge_id, p_member_ids);
END
$$;

-- The same for several badges: pairs of a badge and a member, two arrays of the same length.
CREATE FUNCTION gamification_lock_earners(p_badge_ids bigint[], p_member_ids bigint[])
RETURNS TABLE (badge_id bigint, member_id bigint, account_id bigint, met_at timestamptz)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    met_badge_id bigint;
BEGIN
    PERFORM gamification_lock_accounts(p_member_ids);
    FOR met_badge_id IN SELECT DISTINCT id FROM unnest(p_badge_ids) met(id) ORDER BY id LOOP
        RETURN QUERY SELECT * FROM gamification_earners(met_badge_id, array(
            SELECT pair.member_id FROM unnest(p_badge_ids, p_member_ids) pair(badge_id, member_id)
            WHERE pair.badge_id = met_badge_id
        ));
    END LOOP;
END
$$;
