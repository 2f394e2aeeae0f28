-- Let the due lots of up to `p_batch_size` accounts lapse; the postings of one account stand
-- together. Accounts that somebody else holds are passed over, not waited for: an empty answer does
-- not mean that nothing is due. `p_account_id` narrows it to one account.
CREATE FUNCTION points_expire_due(p_batch_size integer, p_account_id bigint, p_now timestamptz)
RETURNS SETOF points_posting LANGUAGE plpgsql AS $$
DECLARE
    held record;
    posting points_posting;
BEGIN
    FOR held IN
        SELECT account.id FROM points_pointaccount account
        WHERE (p_account_id IS NULL OR account.id = p_account_id)
          AND EXISTS (
              SELECT 1 FROM points_pointlot lot
              WHERE lot.account_id = account.id
                AND lot.remaining > 0
                AND lot.expires_at <= p_now
          )
        ORDER BY account.id
        LIMIT p_batch_size
        FOR NO KEY UPDATE OF account SKIP LOCKED
    LOOP
        LOOP
            posting := points_expire_account(held.id, p_now);
            EXIT WHEN posting.transaction_id IS NULL;
            RETURN NEXT posting;
        END LOOP;
    END LOOP;
END
$$;
