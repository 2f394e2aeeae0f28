-- Let the due lots of accounts lapse whose locks the caller holds: one transaction an account, all
-- in one statement, entered in the order of members, in which whoever notes them by a trigger takes its
-- locks. Accounts with more due than one transaction may move are left to the caller.
CREATE FUNCTION points_expire_held(p_account_ids bigint[], p_now timestamptz)
RETURNS SETOF points_posting LANGUAGE sql AS $$
    WITH due AS MATERIALIZED (
        SELECT account_id, transaction_id AS lot_id, remaining, expires_at
        FROM points_pointlot
        WHERE account_id = ANY (p_account_ids) AND remaining > 0 AND expires_at <= p_now
    ),
    lapsed AS MATERIALIZED (
        SELECT account_id, sum(remaining)::bigint AS points, max(expires_at) AS lapsed_at,
            nextval('points_pointtransaction_id_seq') AS transaction_id
        FROM due
        GROUP BY account_id
        HAVING sum(remaining) <= 1000000000
    ),
    entry AS MATERIALIZED (
        SELECT lapsed.*, account.member_id, account.lifetime_points,
            account.version + 1 AS version, account.balance - lapsed.points AS balance_after
        FROM lapsed JOIN points_pointaccount account ON account.id = lapsed.account_id
    ),
    entered AS (
        INSERT INTO points_pointtransaction (
            id, account_id, version, type, amount, shortfall, balance_after, lifetime_after,
            action_id, category, description, source_type, source_id, rule, reversal_of_id,
            metadata, actor_id, expires_at, occurred_at, created_at
        )
        SELECT transaction_id, account_id, version, 'expire', -points, 0, balance_after,
            lifetime_points, NULL, '', 'Points expired', 'expiry', account_id || ':' || version,
            'expire', NULL, '{}', NULL, NULL, lapsed_at, p_now
        FROM entry ORDER BY member_id
    ),
    used AS (
        INSERT INTO points_lotuse (transaction_id, lot_id, amount)
        SELECT lapsed.transaction_id, due.lot_id, due.remaining
        FROM due JOIN lapsed ON lapsed.account_id = due.account_id
    ),
    emptied AS (
        UPDATE points_pointlot lot SET remaining = 0
        FROM due JOIN lapsed ON lapsed.account_id = due.account_id
        WHERE lot.transaction_id = due.lot_id
    ),
    debited AS (
        UPDATE points_pointaccount account
        SET balance = entry.balance_after, version = entry.version
        FROM entry WHERE account.id = entry.account_id
    )
    SELECT transaction_id, account_id, member_id, 'expire', -points, 0::bigint, balance_after,
        lifetime_points, '{}'::bigint[], false
    FROM entry ORDER BY account_id
$$;
