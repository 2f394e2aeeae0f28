-- Take up to `p_limit` rows of each log out of the backlog and fold them. Rows that another
-- projector has taken are passed over; what dies before its commit was never taken. Rows are deleted
-- by where they lie, which locked rows do not change: joined, all that waits was read for each batch.
-- What comes late may say that a badge was earned earlier.
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
    first_ats timestamptz[];
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

    SELECT array_agg(changed.metric_id), array_agg(changed.member_id), array_agg(first_at)
    INTO batch.metric_ids, batch.member_ids, first_ats
    FROM (
        SELECT * FROM gamification_fold(activity_ids, earning_ids, NULL, p_zone)
        UNION ALL
        SELECT *, NULL FROM gamification_fold_gauges(reading_ids, NULL, p_zone)
        UNION ALL
        -- Which of them are new is not known.
        SELECT *, '-infinity' FROM gamification_fold_badges(holder_ids, NULL, p_zone)
    ) changed;
    PERFORM gamification_move_awards(batch.metric_ids, batch.member_ids, first_ats, p_zone);
    RETURN batch;
END
$$;
