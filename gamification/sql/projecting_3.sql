-- Working off the backlog, and folding again from the beginning.

-- Take up to `p_limit` rows of each log out of the backlog and fold them. Rows that another
-- projector has taken are passed over; what dies before its commit was never taken. Rows are deleted
-- by where they lie, which locked rows do not change: joined, all that waits was read for each batch.
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
    WITH taken AS (
        DELETE FROM gamification_backlog
        WHERE ctid = ANY (ARRAY(
            SELECT waiting.ctid
            FROM generate_series(1, 4) log(number)
            CROSS JOIN LATERAL (
                SELECT ctid FROM gamification_backlog
                WHERE gamification_backlog.log = log.number
                ORDER BY row_id LIMIT p_limit FOR UPDATE SKIP LOCKED
            ) waiting
        ))
        RETURNING *
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

    SELECT array_agg(member_id) INTO member_ids
    FROM points_pointaccount WHERE id = ANY (account_ids);
    SELECT array_agg(member_id) INTO holder_ids
    FROM points_pointaccount WHERE id = ANY (holder_ids);
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

-- Delete what members have in these metrics. Scores lie by board, so the boards are found first, one
-- look for each, and then the members on them.
CREATE FUNCTION gamification_forget(p_metric_ids bigint[], p_member_ids bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM gamification_metricscore
    WHERE ctid = ANY (ARRAY(
        WITH RECURSIVE board AS (
            SELECT metric.id AS metric_id, first.period_kind, first.period_start
            FROM unnest(p_metric_ids) metric(id)
            CROSS JOIN LATERAL (
                SELECT period_kind, period_start FROM gamification_metricscore
                WHERE metric_id = metric.id
                ORDER BY period_kind, period_start LIMIT 1
            ) first
            UNION ALL
            SELECT board.metric_id, next.period_kind, next.period_start
            FROM board CROSS JOIN LATERAL (
                SELECT period_kind, period_start FROM gamification_metricscore
                WHERE metric_id = board.metric_id
                  AND (period_kind, period_start) > (board.period_kind, board.period_start)
                ORDER BY period_kind, period_start LIMIT 1
            ) next
        )
        SELECT score.place FROM board
        CROSS JOIN LATERAL (
            SELECT ctid AS place FROM gamification_metricscore
            WHERE metric_id = board.metric_id AND period_kind = board.period_kind
              AND period_start = board.period_start AND member_id = ANY (p_member_ids)
            OFFSET 0
        ) score
    ));
    DELETE FROM gamification_seenvalue
    WHERE metric_id = ANY (p_metric_ids) AND member_id = ANY (p_member_ids);
    DELETE FROM gamification_streakday
    WHERE metric_id = ANY (p_metric_ids) AND member_id = ANY (p_member_ids);
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

    PERFORM gamification_forget(rebuilt_ids, rebuilt_members);

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
      AND score.period_kind = 0 AND score.period_start = date '0001-01-01';
    RETURN batch;
END
$$;
