-- What every posting shares: the cause it carries in, the result it hands back, the one place
-- that appends to the ledger, and how lots are made, taken and lapsed.

-- Why points move: what stands in the transaction's row beside the figures.
CREATE TYPE points_cause AS (
    action_id bigint,
    category text,
    description text,
    source_type text,
    source_id text,
    rule text,
    metadata jsonb,
    actor_id bigint,
    occurred_at timestamptz
);

-- One appended transaction as its caller needs to hear of it; `replayed` when it stood there before.
CREATE TYPE points_posting AS (
    transaction_id bigint,
    account_id bigint,
    member_id bigint,
    type text,
    amount bigint,
    shortfall bigint,
    balance_after bigint,
    lifetime_after bigint,
    reached_level_ids bigint[],
    replayed boolean
);

-- The instant after the last day on which points live: midnight in the programme's zone.
-- `days` are whole days after today; 0 is for ever (NULL).
CREATE FUNCTION points_lapse_instant(p_now timestamptz, p_days integer, p_zone text)
RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN p_days > 0 THEN
        ((p_now AT TIME ZONE p_zone)::date + p_days + 1)::timestamp AT TIME ZONE p_zone
    END
$$;

-- Lock an account before anything of it is looked at. SQLSTATE LP404: there is none,
-- LP410: it is closed.
CREATE FUNCTION points_lock_account(p_account_id bigint)
RETURNS points_pointaccount LANGUAGE plpgsql AS $$
DECLARE
    account points_pointaccount;
BEGIN
    SELECT * INTO account FROM points_pointaccount WHERE id = p_account_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no account %', p_account_id USING ERRCODE = 'LP404';
    END IF;
    IF account.closed_at IS NOT NULL THEN
        RAISE EXCEPTION 'account % is closed', p_account_id USING ERRCODE = 'LP410';
    END IF;
    RETURN account;
END
$$;

-- The posting that already stands under a source, or NULL. Call it under the account's lock.
CREATE FUNCTION points_find_posting(p_source_type text, p_source_id text, p_rule text)
RETURNS points_posting LANGUAGE plpgsql STABLE AS $$
DECLARE
    posting points_posting;
BEGIN
    SELECT entry.id, entry.account_id, account.member_id, entry.type, entry.amount,
           entry.shortfall, entry.balance_after, entry.lifetime_after, '{}'::bigint[], true
    INTO posting
    FROM points_pointtransaction entry
    JOIN points_pointaccount account ON account.id = entry.account_id
    WHERE entry.source_type = p_source_type
      AND entry.source_id = p_source_id
      AND entry.rule = p_rule;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    RETURN posting;
END
$$;

-- Append one transaction: the only INSERT into the ledger and the only UPDATE of a balance.
-- The caller holds the account's lock. Earnings become a lot and may reach levels. An activity that
-- was logged with it is counted here, which spares the account a second UPDATE.
CREATE FUNCTION points_append(
    p_account_id bigint,
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
    account points_pointaccount;
    posting points_posting;
    earned bigint := CASE WHEN p_type IN ('earn', 'admin_grant') THEN p_amount ELSE 0 END;
BEGIN
    UPDATE points_pointaccount
    SET balance = balance + p_amount,
        lifetime_points = lifetime_points + earned,
        version = version + 1,
        activity_count = activity_count + p_activities
    WHERE id = p_account_id
    RETURNING * INTO account;

    INSERT INTO points_pointtransaction (
        account_id, version, type, amount, shortfall, balance_after, lifetime_after,
        action_id, category, description, source_type, source_id, rule, reversal_of_id,
        metadata, actor_id, expires_at, occurred_at, created_at
    ) VALUES (
        account.id, account.version, p_type, p_amount, p_shortfall, account.balance,
        account.lifetime_points, p_cause.action_id, p_cause.category, p_cause.description,
        p_cause.source_type, p_cause.source_id, p_cause.rule, p_reversal_of,
        p_cause.metadata, p_cause.actor_id, p_expires_at, p_cause.occurred_at, p_now
    ) RETURNING id INTO posting.transaction_id;

    posting.account_id := account.id;
    posting.member_id := account.member_id;
    posting.type := p_type;
    posting.amount := p_amount;
    posting.shortfall := p_shortfall;
    posting.balance_after := account.balance;
    posting.lifetime_after := account.lifetime_points;
    posting.reached_level_ids := '{}';
    posting.replayed := false;

    IF earned > 0 THEN
        INSERT INTO points_pointlot (account_id, transaction_id, amount, remaining, expires_at)
        VALUES (account.id, posting.transaction_id, earned, earned, p_expires_at);
        posting.reached_level_ids := points_reach_levels(account, posting.transaction_id, p_now);
    END IF;
    RETURN posting;
END
$$;

-- Record every level the account's lifetime points have come to, and return the new ones, lowest
-- first. A level once reached stays, so moving a threshold neither takes nor announces it again.
CREATE FUNCTION points_reach_levels(
    p_account points_pointaccount, p_transaction_id bigint, p_now timestamptz
) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    tier_now integer := coalesce(
        (SELECT tier FROM points_levelconfig WHERE id = p_account.level_id), -1
    );
    reached bigint[];
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM points_levelconfig
        WHERE min_points <= p_account.lifetime_points AND tier > tier_now
    ) THEN
        RETURN '{}';
    END IF;
    WITH recorded AS (
        INSERT INTO points_reachedlevel (
            account_id, level_id, transaction_id, min_points, reached_at
        )
        SELECT p_account.id, id, p_transaction_id, min_points, p_now
        FROM points_levelconfig
        WHERE min_points <= p_account.lifetime_points AND tier > tier_now
        ON CONFLICT DO NOTHING
        RETURNING level_id
    )
    SELECT coalesce(array_agg(level.id ORDER BY level.tier), '{}') INTO reached
    FROM recorded JOIN points_levelconfig level ON level.id = recorded.level_id;

    UPDATE points_pointaccount
    SET level_id = (
        SELECT id FROM points_levelconfig
        WHERE min_points <= p_account.lifetime_points ORDER BY tier DESC LIMIT 1
    ),
    level_count = level_count + cardinality(reached)
    WHERE id = p_account.id;
    RETURN reached;
END
$$;

-- Take points from the lots, the soonest to lapse first, then the oldest. The caller holds the
-- account's lock and has let the due lots lapse.
CREATE FUNCTION points_take_from_lots(p_account_id bigint, p_transaction_id bigint, p_amount bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    lot record;
    missing bigint := p_amount;
    taken bigint;
BEGIN
    FOR lot IN
        SELECT transaction_id AS id, remaining FROM points_pointlot
        WHERE account_id = p_account_id AND remaining > 0
        ORDER BY expires_at, transaction_id
    LOOP
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
CREATE FUNCTION points_expire_account(p_account_id bigint, p_now timestamptz)
RETURNS points_posting LANGUAGE plpgsql AS $$
DECLARE
    due bigint;
    due_lot_ids bigint[];
    lapsed_at timestamptz;
    cause points_cause;
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
    SELECT NULL, '', 'Points expired', 'expiry', id || ':' || version + 1, 'expire', '{}', NULL,
           lapsed_at
    INTO cause
    FROM points_pointaccount WHERE id = p_account_id;
    posting := points_append(p_account_id, 'expire', -due, 0, cause, NULL, NULL, p_now);
    INSERT INTO points_lotuse (transaction_id, lot_id, amount)
    SELECT posting.transaction_id, lot.transaction_id, lot.remaining
    FROM points_pointlot lot
    WHERE lot.transaction_id = ANY (due_lot_ids);
    UPDATE points_pointlot SET remaining = 0 WHERE transaction_id = ANY (due_lot_ids);
    RETURN posting;
END
$$;
