-- Add points. The same source again changes nothing and returns the posting that stands, which is
-- read only when there is one.
CREATE FUNCTION points_award(
    p_account_id bigint,
    p_type text,
    p_amount bigint,
    p_cause points_cause,
    p_expires_after_days integer,
    p_zone text,
    p_now timestamptz
) RETURNS SETOF points_posting LANGUAGE plpgsql AS $$
DECLARE
    account points_pointaccount := points_lock_account(p_account_id);
BEGIN
    PERFORM 1 FROM points_pointtransaction
    WHERE source_type = p_cause.source_type AND source_id = p_cause.source_id
      AND rule = p_cause.rule;
    IF FOUND THEN
        RETURN NEXT points_find_posting(p_cause.source_type, p_cause.source_id, p_cause.rule);
        RETURN;
    END IF;
    RETURN NEXT points_append(
        account, p_type, p_amount, 0, p_cause, NULL,
        points_lapse_instant(p_now, p_expires_after_days, p_zone), p_now
    );
END
$$;
