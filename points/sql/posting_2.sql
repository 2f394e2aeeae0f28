-- Appending under a lock whose row the caller has read already, and finding levels on the way.

-- Append one transaction: the only INSERT into the ledger and the only UPDATE of a balance.
-- `p_account` is the account's row as it stands under the caller's lock. Earnings become a lot and
-- may reach levels. An activity that was logged with it is counted here, which spares the account
-- a second UPDATE.
CREATE FUNCTION points_append(
    p_account points_pointaccount,
    p_type text,
    p_amount bigint,
    p_shortfall bigint,
    p_cause points_cause,
    p_reversal_of bigint,
    p_expires_at timestamptz,
    p_now timestamptz,
    p_activities integer DEFAULT 0
) RETURNS points_posting LANGUAGE plpgsql AS $$
DECLARE
    posting points_posting;
    earned bigint := CASE WHEN p_type IN ('earn', 'admin_grant') THEN p_amount ELSE 0 END;
    has_reached_level boolean;
BEGIN
    -- What most awards find here, no level, costs no statement of its own.
    UPDATE points_pointaccount account
    SET balance = balance + p_amount,
        lifetime_points = lifetime_points + earned,
        version = version + 1,
        activity_count = activity_count + p_activities
    WHERE id = p_account.id
    RETURNING balance, lifetime_points, version, earned > 0 AND EXISTS (
        SELECT 1 FROM points_levelconfig level
        WHERE level.min_points <= account.lifetime_points
          AND level.tier > coalesce(
              (SELECT tier FROM points_levelconfig WHERE id = account.level_id), -1
          )
    )
    INTO p_account.balance, p_account.lifetime_points, p_account.version, has_reached_level;

    INSERT INTO points_pointtransaction (
        account_id, version, type, amount, shortfall, balance_after, lifetime_after,
        action_id, category, description, source_type, source_id, rule, reversal_of_id,
        metadata, actor_id, expires_at, occurred_at, created_at
    ) VALUES (
        p_account.id, p_account.version, p_type, p_amount, p_shortfall, p_account.balance,
        p_account.lifetime_points, p_cause.action_id, p_cause.category, p_cause.description,
        p_cause.source_type, p_cause.source_id, p_cause.rule, p_reversal_of,
        p_cause.metadata, p_cause.actor_id, p_expires_at, p_cause.occurred_at, p_now
    ) RETURNING id INTO posting.transaction_id;

    posting.account_id := p_account.id;
    posting.member_id := p_account.member_id;
    posting.type := p_type;
    posting.amount := p_amount;
    posting.shortfall := p_shortfall;
    posting.balance_after := p_account.balance;
    posting.lifetime_after := p_account.lifetime_points;
    posting.reached_level_ids := '{}';
    posting.replayed := false;

    IF earned > 0 THEN
        INSERT INTO points_pointlot (account_id, transaction_id, amount, remaining, expires_at)
        VALUES (p_account.id, posting.transaction_id, earned, earned, p_expires_at);
    END IF;
    IF has_reached_level THEN
        posting.reached_level_ids := points_reach_levels(
            p_account, posting.transaction_id, p_now
        );
    END IF;
    RETURN posting;
END
$$;

-- Let an account's due lots lapse, as one transaction; NULL when none is due. A lot is spendable
-- until its instant and not at it. The caller holds the account's lock and calls until nothing is
-- due: lots that together hold more than one transaction may move lapse in several.
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
        WHERE account_id = p_account_id AND remaining > 0 AND expires_at <= p_now
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
