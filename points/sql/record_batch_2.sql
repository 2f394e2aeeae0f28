-- Record the activities of accounts that need no second thought, in one statement.
--
-- The caller holds the locks of all accounts and has put into `p_careful` those with an activity
-- that has a limit to count, is a penalty, cannot be read or was recorded before. What is left
-- always posts, so balances and versions follow from running sums. Transaction ids are drawn
-- beforehand: joining back on what an INSERT returns would be quadratic. They are entered in the order
-- of members, in which whoever notes them by a trigger takes its locks.
CREATE FUNCTION points_record_batch(
    p_reports jsonb,
    p_careful bigint[],
    p_expires_after_days integer,
    p_zone text,
    p_now timestamptz
) RETURNS SETOF points_activity_outcome LANGUAGE sql AS $$
    WITH report AS MATERIALIZED (
        SELECT item.*, earning.id AS action_id, earning.category,
            left(coalesce(item.metadata ->> 'description', earning.description), 255) AS description,
            points_action_points(earning, item.metadata) AS points,
            coalesce(earning.expires_after_days, p_expires_after_days) AS days
        FROM jsonb_to_recordset(p_reports) AS item(
            n integer, event_id text, account_id bigint, action text, subject_id text,
            metadata jsonb, occurred_at timestamptz, local_date date, expires_at timestamptz
        )
        JOIN points_pointaction earning ON earning.code = item.action
        WHERE item.account_id <> ALL (p_careful)
        ORDER BY item.account_id, item.n
    ),
    numbered AS MATERIALIZED (
        SELECT report.*, account.member_id,
            account.version + count(*) FILTER (WHERE points > 0) OVER earlier AS version,
            account.balance + sum(points) OVER earlier AS balance_after,
            account.lifetime_points + sum(points) OVER earlier AS lifetime_after,
            coalesce(level.tier, -1) AS tier,
            row_number() OVER earlier AS place,
            CASE WHEN points > 0
                THEN nextval('points_pointtransaction_id_seq') END AS transaction_id,
            CASE WHEN report.expires_at IS NOT NULL THEN report.expires_at
                ELSE points_lapse_instant(p_now, days, p_zone) END AS lapses_at
        FROM report
        JOIN points_pointaccount account ON account.id = report.account_id
        LEFT JOIN points_levelconfig level ON level.id = account.level_id
        WINDOW earlier AS (PARTITION BY report.account_id ORDER BY report.n)
    ),
    crossed AS MATERIALIZED (
        SELECT DISTINCT ON (numbered.account_id, level.id)
            numbered.account_id, numbered.transaction_id, level.id AS level_id, level.tier,
            level.min_points
        FROM numbered JOIN points_levelconfig level
          ON level.tier > numbered.tier AND level.min_points <= numbered.lifetime_after
        WHERE numbered.points > 0
        ORDER BY numbered.account_id, level.id, numbered.place
    ),
    logged AS (
        INSERT INTO points_activity (
            event_id, account_id, action_id, subject_id, metadata, status, reason, points,
            local_date, occurred_at, created_at
        )
        SELECT event_id, account_id, action_id, subject_id, metadata, 'posted',
            CASE WHEN points = 0 THEN action || ' earns nothing for this activity.' ELSE '' END,
            points, local_date, occurred_at, p_now
        FROM numbered ORDER BY event_id
    ),
    entered AS (
        INSERT INTO points_pointtransaction (
            id, account_id, version, type, amount, shortfall, balance_after, lifetime_after,
            action_id, category, description, source_type, source_id, rule, reversal_of_id,
            metadata, actor_id, expires_at, occurred_at, created_at
        )
        SELECT transaction_id, account_id, version, 'earn', points, 0, balance_after,
            lifetime_after, action_id, category, description, 'activity', event_id, action, NULL,
            metadata, NULL, lapses_at, occurred_at, p_now
        FROM numbered WHERE points > 0 ORDER BY member_id, version
    ),
    lots AS (
        INSERT INTO points_pointlot (account_id, transaction_id, amount, remaining, expires_at)
        SELECT account_id, transaction_id, points, points, lapses_at
        FROM numbered WHERE points > 0 ORDER BY account_id, version
    ),
    reached AS (
        INSERT INTO points_reachedlevel (
            account_id, level_id, transaction_id, min_points, reached_at
        )
        SELECT account_id, level_id, transaction_id, min_points, p_now FROM crossed
        ON CONFLICT DO NOTHING
        RETURNING account_id, level_id, transaction_id
    ),
    credited AS (
        UPDATE points_pointaccount account
        SET balance = account.balance + earned.points,
            lifetime_points = account.lifetime_points + earned.points,
            version = account.version + earned.entries,
            activity_count = account.activity_count + earned.activities,
            level_count = account.level_count + (
                SELECT count(*) FROM reached WHERE reached.account_id = earned.account_id
            ),
            level_id = coalesce(
                (
                    SELECT level_id FROM crossed
                    WHERE crossed.account_id = earned.account_id ORDER BY tier DESC LIMIT 1
                ),
                account.level_id
            )
        FROM (
            SELECT account_id, sum(points) AS points, count(*) AS activities,
                count(*) FILTER (WHERE points > 0) AS entries
            FROM numbered GROUP BY account_id
        ) earned
        WHERE account.id = earned.account_id
    ),
    levels AS (
        SELECT reached.transaction_id, array_agg(level.id ORDER BY level.tier) AS level_ids
        FROM reached JOIN points_levelconfig level ON level.id = reached.level_id
        GROUP BY reached.transaction_id
    )
    SELECT numbered.n, 'posted',
        CASE WHEN points = 0 THEN action || ' earns nothing for this activity.' ELSE '' END,
        points, balance_after::bigint,
        CASE WHEN points > 0 THEN (
            numbered.transaction_id, account_id, member_id, 'earn', points, 0::bigint,
            balance_after::bigint, lifetime_after::bigint, coalesce(levels.level_ids, '{}'), false
        )::points_posting END
    FROM numbered LEFT JOIN levels ON levels.transaction_id = numbered.transaction_id
$$;
