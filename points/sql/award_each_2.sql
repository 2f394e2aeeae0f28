-- Add the same points to many accounts, each named once, for causes of their own, in one statement.
-- All accounts are locked first, in ascending order. Closed ones, and sources that were posted
-- before, are passed over. `p_cause` says what they share; its source_id and occurred_at are not
-- read. Ids are drawn beforehand and rows entered in the order of members, as `points_record_batch`
-- does and for its reasons.
-- Most reach no level and are handed back as they were found.
CREATE FUNCTION points_award_each(
    p_account_ids bigint[],
    p_source_ids text[],
    p_occurred_ats timestamptz[],
    p_amount bigint,
    p_cause points_cause,
    p_expires_after_days integer,
    p_zone text,
    p_now timestamptz
) RETURNS SETOF points_posting LANGUAGE plpgsql AS $$
DECLARE
    lapses_at timestamptz := points_lapse_instant(p_now, p_expires_after_days, p_zone);
    account_ids bigint[];
    postings points_posting[];
    risen points_posting[];
    posting points_posting;
    risen_account points_pointaccount;
BEGIN
    PERFORM 1 FROM points_pointaccount
    WHERE id = ANY (p_account_ids) ORDER BY id FOR NO KEY UPDATE;

    WITH wanted AS (
        SELECT wanted.*
        FROM unnest(p_account_ids, p_source_ids, p_occurred_ats)
            AS wanted(account_id, source_id, occurred_at)
        -- Not NOT EXISTS: that may become a join of everything, planned while there was little.
        WHERE (
            SELECT standing.id FROM points_pointtransaction standing
            WHERE standing.source_type = p_cause.source_type
              AND standing.source_id = wanted.source_id AND standing.rule = p_cause.rule
        ) IS NULL
    ),
    granted AS MATERIALIZED (
        SELECT wanted.*, account.member_id, account.version + 1 AS version,
            account.balance + p_amount AS balance_after,
            account.lifetime_points + p_amount AS lifetime_after,
            coalesce(level.tier, -1) AS tier,
            nextval('points_pointtransaction_id_seq') AS transaction_id
        FROM wanted
        JOIN points_pointaccount account ON account.id = wanted.account_id
        LEFT JOIN points_levelconfig level ON level.id = account.level_id
        WHERE account.closed_at IS NULL
    ),
    entered AS (
        INSERT INTO points_pointtransaction (
            id, account_id, version, type, amount, shortfall, balance_after, lifetime_after,
            action_id, category, description, source_type, source_id, rule, reversal_of_id,
            metadata, actor_id, expires_at, occurred_at, created_at
        )
        SELECT transaction_id, account_id, version, 'earn', p_amount, 0, balance_after,
            lifetime_after, p_cause.action_id, p_cause.category, p_cause.description,
            p_cause.source_type, source_id, p_cause.rule, NULL, p_cause.metadata,
            p_cause.actor_id, lapses_at, occurred_at, p_now
        FROM granted ORDER BY member_id
    ),
    lots AS (
        INSERT INTO points_pointlot (account_id, transaction_id, amount, remaining, expires_at)
        SELECT account_id, transaction_id, p_amount, p_amount, lapses_at
        FROM granted ORDER BY account_id
    ),
    told AS (
        SELECT account_id, (
            transaction_id, account_id, member_id, 'earn', p_amount, 0::bigint, balance_after,
            lifetime_after, '{}'::bigint[], false
        )::points_posting AS new_posting, EXISTS (
            SELECT 1 FROM points_levelconfig level
            WHERE level.tier > granted.tier AND level.min_points <= granted.lifetime_after
        ) AS rises
        FROM granted
    )
    SELECT array_agg(account_id),
        array_agg(new_posting) FILTER (WHERE NOT rises),
        array_agg(new_posting) FILTER (WHERE rises)
    INTO account_ids, postings, risen
    FROM told;

    UPDATE points_pointaccount
    SET balance = balance + p_amount,
        lifetime_points = lifetime_points + p_amount,
        version = version + 1
    WHERE id = ANY (account_ids);

    RETURN QUERY SELECT * FROM unnest(postings);
    FOR posting IN SELECT * FROM unnest(risen) LOOP
        SELECT * INTO risen_account FROM points_pointaccount WHERE id = posting.account_id;
        posting.reached_level_ids := points_reach_levels(
            risen_account, posting.transaction_id, p_now
        );
        RETURN NEXT posting;
    END LOOP;
END
$$;
