-- Number and store events; a member of NULL is the staff room. `userId` is added to what members
-- are told. Streams are locked in ascending order of members, so that two batches cannot wait for
-- each other, and stay locked until the commit: whoever sees number 8 can see number 7.
--
-- In PL/pgSQL although it is one statement: that keeps its plan, which costs more to make than to run.
CREATE FUNCTION realtime_write_events(
    p_member_ids bigint[], p_events text[], p_data jsonb[], p_now timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WITH news AS (
        SELECT n, member_id, event, data
        FROM unnest(p_member_ids, p_events, p_data) WITH ORDINALITY AS news(member_id, event, data, n)
    ),
    advanced AS (
        INSERT INTO realtime_eventstream AS stream (member_id, last_seq)
        SELECT member_id, count(*) FROM news
        WHERE member_id IS NOT NULL GROUP BY member_id ORDER BY member_id
        ON CONFLICT (member_id) DO UPDATE SET last_seq = stream.last_seq + excluded.last_seq
        RETURNING stream.member_id, stream.last_seq
    )
    INSERT INTO realtime_outboxevent (member_id, room, seq, event, data, event_id, created_at)
    SELECT
        news.member_id,
        CASE WHEN news.member_id IS NULL THEN 'staff' ELSE 'user-' || person.public_id END,
        advanced.last_seq - count(*) OVER mine + row_number() OVER (mine ORDER BY news.n),
        news.event,
        CASE WHEN news.member_id IS NULL THEN news.data
             ELSE news.data || jsonb_build_object('userId', person.public_id) END,
        gen_random_uuid(),
        p_now
    FROM news
    LEFT JOIN advanced ON advanced.member_id = news.member_id
    LEFT JOIN accounts_user person ON person.id = news.member_id
    WINDOW mine AS (PARTITION BY news.member_id)
    ORDER BY news.n;
END
$$;
