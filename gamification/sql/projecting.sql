-- Working off the backlog, and folding again from the beginning.

-- What became of a batch: how many rows of the logs were counted, and whose scores in which metrics
-- may have changed (two arrays of the same length).
CREATE TYPE gamification_batch AS (row_count bigint, metric_ids bigint[], member_ids bigint[]);

-- Lock members against anybody else who writes their scores until the transaction ends, in
-- ascending order, so that two never wait for each other in a circle.
CREATE FUNCTION gamification_lock_members(p_member_ids bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO gamification_measuredmember (member_id)
    SELECT DISTINCT member_id FROM unnest(p_member_ids) member_id ORDER BY member_id
    ON CONFLICT DO NOTHING;
    PERFORM 1 FROM gamification_measuredmember
    WHERE member_id = ANY (p_member_ids) ORDER BY member_id FOR UPDATE;
    -- A metric is not deleted while its scores are written.
    PERFORM 1 FROM gamification_metric ORDER BY id FOR KEY SHARE;
END
$$;

-- Take up to `p_limit` rows of each log out of the backlog and fold them. Rows that another
-- projector has taken are passed over; what dies before its commit was never taken.
CREATE FUNCTION gamification_project(p_limit integer, p_zone text) RETURNS gamification_batch
LANGUAGE plpgsql AS $$
DECLARE
    batch gamification_batch;
    activity_ids bigint[];
    earning_ids bigint[];
    reading_ids bigint[];
    account_ids bigint[];
    holder_ids bigint[];
    member_ids bigint[];
BEGIN
    WITH next AS MATERIALIZED (
        SELECT log.number, waiting.row_id
        FROM generate_series(1, 4) log(number)
        CROSS JOIN LATERAL (
            SELECT row_id FROM gamification_backlog
            WHERE gamification_backlog.log = log.number
            ORDER BY row_id LIMIT p_limit FOR UPDATE SKIP LOCKED
        ) waiting
    ),
    taken AS (
        DELETE FROM gamification_backlog backlog USING next
        WHERE backlog.log = next.number AND backlog.row_id = next.row_id
        RETURNING backlog.*
    )
    SELECT count(*),
        array_agg(row_id) FILTER (WHERE log = 1),
        array_agg(row_id) FILTER (WHERE log = 2),
        array_agg(row_id) FILTER (WHERE log = 4),
        array_agg(DISTINCT account_id),
        array_agg(DISTINCT account_id) FILTER (WHERE log = 3)
    INTO batch.row_count, activity_ids, earning_ids, reading_ids, account_ids, holder_ids
    FROM taken;
    IF batch.row_count = 0 THEN
        RETURN batch;
    END IF;

    SELECT array_agg(member_id), array_agg(member_id) FILTER (WHERE id = ANY (holder_ids))
    INTO member_ids, holder_ids
    FROM points_pointaccount WHERE id = ANY (account_ids);
    PERFORM gamification_lock_members(member_ids);

    SELECT array_agg(changed.metric_id), array_agg(changed.member_id)
    INTO batch.metric_ids, batch.member_ids
    FROM (
        SELECT * FROM gamification_fold(activity_ids, earning_ids, NULL, p_zone)
        UNION ALL
        SELECT * FROM gamification_fold_gauges(reading_ids, NULL, p_zone)
        UNION ALL
        SELECT * FROM gamification_fold_badges(holder_ids, NULL, p_zone)
    ) changed;
    RETURN batch;
END
$$;

-- Fold the scores of these accounts' members again from the logs, in these metrics (NULL is all).
-- Rows that still wait in the backlog are left to it: whoever takes them needs the members' locks,
-- which we hold, to finish.
CREATE FUNCTION gamification_rebuild(
    p_metric_ids bigint[], p_account_ids bigint[], p_zone text
) RETURNS gamification_batch LANGUAGE plpgsql AS $$
DECLARE
    slice constant integer := 10000;
    batch gamification_batch;
    ids bigint[];
    rebuilt_ids bigint[] := coalesce(p_metric_ids, array(SELECT id FROM gamification_metric));
    rebuilt_members bigint[];
    action_ids bigint[];
BEGIN
    SELECT coalesce(array_agg(member_id), '{}') INTO rebuilt_members
    FROM points_pointaccount WHERE id = ANY (p_account_ids);
    PERFORM gamification_lock_members(rebuilt_members);

    DELETE FROM gamification_metricscore
    WHERE metric_id = ANY (rebuilt_ids) AND member_id = ANY (rebuilt_members);
    DELETE FROM gamification_seenvalue
    WHERE metric_id = ANY (rebuilt_ids) AND member_id = ANY (rebuilt_members);
    DELETE FROM gamification_streakday
    WHERE metric_id = ANY (rebuilt_ids) AND member_id = ANY (rebuilt_members);

    batch.row_count := 0;
    -- NULL reads every action, because a metric without sources does.
    SELECT CASE WHEN bool_or(action_id IS NULL) THEN NULL
        ELSE coalesce(array_agg(action_id), '{}') END
    INTO action_ids FROM gamification_readings_of('activities', rebuilt_ids);
    IF action_ids IS NULL OR action_ids <> '{}' THEN
        SELECT coalesce(array_agg(activity.id ORDER BY activity.id), '{}') INTO ids
        FROM points_activity activity
        WHERE activity.account_id = ANY (p_account_ids)
          AND (action_ids IS NULL OR activity.action_id = ANY (action_ids))
          AND NOT EXISTS (
              SELECT 1 FROM gamification_backlog backlog
              WHERE backlog.log = 1 AND backlog.row_id = activity.id
          );
        FOR start IN 1 .. cardinality(ids) BY slice LOOP
            PERFORM gamification_fold(
                ids[start : start + slice - 1], NULL, rebuilt_ids, p_zone
            );
        END LOOP;
        batch.row_count := batch.row_count + cardinality(ids);
    END IF;
    SELECT CASE WHEN bool_or(action_id IS NULL) THEN NULL
        ELSE coalesce(array_agg(action_id), '{}') END
    INTO action_ids FROM gamification_readings_of('earnings', rebuilt_ids);
    IF action_ids IS NULL OR action_ids <> '{}' THEN
        SELECT coalesce(array_agg(earning.id ORDER BY earning.id), '{}') INTO ids
        FROM points_pointtransaction earning
        WHERE earning.account_id = ANY (p_account_ids)
          AND earning.type IN ('earn', 'admin_grant')
          AND (action_ids IS NULL OR earning.action_id = ANY (action_ids))
          AND NOT EXISTS (
              SELECT 1 FROM gamification_backlog backlog
              WHERE backlog.log = 2 AND backlog.row_id = earning.id
          );
        FOR start IN 1 .. cardinality(ids) BY slice LOOP
            PERFORM gamification_fold(
                NULL, ids[start : start + slice - 1], rebuilt_ids, p_zone
            );
        END LOOP;
        batch.row_count := batch.row_count + cardinality(ids);
    END IF;
    -- Badges and gauges are derived from the rows themselves, so waiting ones do no harm.
    SELECT coalesce(array_agg(reading.id), '{}') INTO ids
    FROM gamification_gaugereading reading
    WHERE reading.metric_id = ANY (rebuilt_ids) AND reading.member_id = ANY (rebuilt_members);
    PERFORM gamification_fold_gauges(ids, rebuilt_ids, p_zone);
    PERFORM gamification_fold_badges(rebuilt_members, rebuilt_ids, p_zone);
    batch.row_count := batch.row_count + cardinality(ids);

    SELECT array_agg(score.metric_id), array_agg(score.member_id)
    INTO batch.metric_ids, batch.member_ids
    FROM gamification_metricscore score
    WHERE score.metric_id = ANY (rebuilt_ids) AND score.member_id = ANY (rebuilt_members)
      AND score.period_kind = 0;
    RETURN batch;
END
$$;
