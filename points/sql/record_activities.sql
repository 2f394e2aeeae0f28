-- Record a report of activities: a JSON array of objects with n, event_id, account_id, action,
-- subject_id, metadata, occurred_at, local_date and optionally expires_at. All accounts are locked
-- first, in ascending order, so two reports never wait for each other in a circle. Accounts that
-- need no second thought go in one statement, the others one activity at a time.
CREATE FUNCTION points_record_activities(
    p_reports jsonb, p_expires_after_days integer, p_zone text, p_now timestamptz
) RETURNS SETOF points_activity_outcome LANGUAGE plpgsql AS $$
DECLARE
    report jsonb;
    is_batch boolean := jsonb_array_length(p_reports) > 1;
    careful bigint[];
BEGIN
    PERFORM 1 FROM points_pointaccount
    WHERE id IN (SELECT (item ->> 'account_id')::bigint FROM jsonb_array_elements(p_reports) item)
    ORDER BY id
    FOR NO KEY UPDATE;
    IF is_batch THEN
        careful := points_careful_accounts(p_reports);
        RETURN QUERY SELECT * FROM points_record_batch(
            p_reports, careful, p_expires_after_days, p_zone, p_now
        );
    END IF;
    FOR report IN
        SELECT item FROM jsonb_array_elements(p_reports) item
        WHERE NOT is_batch OR (item ->> 'account_id')::bigint = ANY (careful)
        ORDER BY (item ->> 'account_id')::bigint, (item ->> 'n')::integer
    LOOP
        RETURN QUERY SELECT * FROM points_record_activity(
            report, p_expires_after_days, p_zone, p_now
        );
    END LOOP;
END
$$;
