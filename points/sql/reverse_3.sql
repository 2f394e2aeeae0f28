-- Give back what a transaction took, to the lots it took from, with the expiry they had. A lot that
-- lapsed meanwhile lives on for the days of grace. Once per transaction: asked again, it returns
-- the reversal that stands. A closed account gets back what it paid as well: what it bought came to
-- nothing, and nobody spends from it. SQLSTATE LP400: the transaction took nothing that can be given
-- back.
CREATE FUNCTION points_reverse(
    p_transaction_id bigint,
    p_cause points_cause,
    p_grace_days integer,
    p_zone text,
    p_now timestamptz
) RETURNS SETOF points_posting LANGUAGE plpgsql AS $$
DECLARE
    original points_pointtransaction;
    standing points_pointtransaction;
    account points_pointaccount;
    taken record;
    extended_to timestamptz;
    expired points_posting;
    posting points_posting;
BEGIN
    SELECT * INTO original FROM points_pointtransaction WHERE id = p_transaction_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no transaction %', p_transaction_id USING ERRCODE = 'LP404';
    END IF;
    IF original.type NOT IN ('spend', 'admin_deduct', 'penalty') OR original.amount = 0 THEN
        RAISE EXCEPTION 'transaction % took nothing', p_transaction_id USING ERRCODE = 'LP400';
    END IF;
    SELECT * INTO account FROM points_pointaccount
    WHERE id = original.account_id FOR NO KEY UPDATE;
    SELECT * INTO standing FROM points_pointtransaction WHERE reversal_of_id = p_transaction_id;
    IF FOUND THEN
        RETURN NEXT points_find_posting(standing.source_type, standing.source_id, standing.rule);
        RETURN;
    END IF;
    LOOP
        expired := points_expire_account(original.account_id, p_now);
        EXIT WHEN expired.transaction_id IS NULL;
        RETURN NEXT expired;
        SELECT * INTO account FROM points_pointaccount WHERE id = original.account_id;
    END LOOP;
    posting := points_append(
        account, 'reversal', -original.amount, 0, p_cause, original.id, NULL, p_now
    );
    FOR taken IN
        SELECT used.lot_id, used.amount, lot.expires_at
        FROM points_lotuse used JOIN points_pointlot lot ON lot.transaction_id = used.lot_id
        WHERE used.transaction_id = original.id
        ORDER BY used.lot_id
    LOOP
        extended_to := CASE WHEN taken.expires_at <= p_now
            THEN coalesce(points_lapse_instant(p_now, p_grace_days, p_zone), p_now) END;
        UPDATE points_pointlot
        SET remaining = remaining + taken.amount,
            expires_at = coalesce(extended_to, expires_at)
        WHERE transaction_id = taken.lot_id;
        INSERT INTO points_lotuse (transaction_id, lot_id, amount, lot_extended_to)
        VALUES (posting.transaction_id, taken.lot_id, -taken.amount, extended_to);
    END LOOP;
    RETURN NEXT posting;
END
$$;
