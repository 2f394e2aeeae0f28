-- Taking from lots, and letting them lapse, at a cost that follows the lots taken and not the lots
-- a member has.

-- Take points from an account's lots, the soonest to lapse first, then the oldest. The caller holds
-- the account's lock, let what is due lapse, and knows that there is enough.
--
-- By a cursor, which PostgreSQL plans for its first rows: a query would be planned for all rows, and
-- fetch and sort every lot of the account to take from one.
CREATE FUNCTION points_take_from_lots(p_account_id bigint, p_transaction_id bigint, p_amount bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    lots CURSOR FOR
        SELECT transaction_id AS id, remaining FROM points_pointlot
        WHERE account_id = p_account_id AND remaining > 0
        ORDER BY expires_at, transaction_id;
    missing bigint := p_amount;
    taken bigint;
BEGIN
    FOR lot IN lots LOOP
        EXIT WHEN missing = 0;
        taken := least(lot.remaining, missing);
        UPDATE points_pointlot SET remaining = remaining - taken WHERE transaction_id = lot.id;
        INSERT INTO points_lotuse (transaction_id, lot_id, amount)
        VALUES (p_transaction_id, lot.id, taken);
        missing := missing - taken;
    END LOOP;
    IF missing > 0 THEN
        RAISE EXCEPTION 'the lots of account % hold % points too few', p_account_id, missing;
    END IF;
END
$$;

-- Let an account's due lots lapse, as one transaction; NULL when none is due. A lot is spendable
-- until its instant and not at it. The caller holds the account's lock and calls until nothing is
-- due: lots that together hold more than one transaction may move lapse in several.
--
-- The instant comes by a subquery, so that a plan cannot be made for it alone: making one took longer
-- than running it, with every spend.
CREATE FUNCTION points_expire_account(p_account_id bigint, p_now timestamptz)
RETURNS points_posting LANGUAGE plpgsql AS $$
DECLARE
    due bigint;
    due_lot_ids bigint[];
    lapsed_at timestamptz;
    account points_pointaccount;
    posting points_posting;
BEGIN
    SELECT sum(remaining), max(expires_at), array_agg(id) INTO due, lapsed_at, due_lot_ids
    FROM (
        SELECT transaction_id AS id, remaining, expires_at,
               sum(remaining) OVER (ORDER BY expires_at, transaction_id) AS running_total
        FROM points_pointlot
        WHERE account_id = p_account_id AND remaining > 0 AND expires_at <= (SELECT p_now)
    ) lot
    WHERE running_total <= 1000000000;
    IF due IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT * INTO account FROM points_pointaccount WHERE id = p_account_id;
    posting := points_append(
        account, 'expire', -due, 0,
        (
            NULL, '', 'Points expired', 'expiry', account.id || ':' || account.version + 1,
            'expire', '{}', NULL, lapsed_at
        )::points_cause,
        NULL, NULL, p_now
    );
    INSERT INTO points_lotuse (transaction_id, lot_id, amount)
    SELECT posting.transaction_id, lot.transaction_id, lot.remaining
    FROM points_pointlot lot
    WHERE lot.transaction_id = ANY (due_lot_ids);
    UPDATE points_pointlot SET remaining = 0 WHERE transaction_id = ANY (due_lot_ids);
    RETURN posting;
END
$$;
