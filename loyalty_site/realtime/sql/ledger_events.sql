-- What the ledger makes known is written by triggers on its tables: in the same statement as the
-- posting, so an award stays one round trip, and no posting can be without its event.

-- Tell members that their balance changed.
CREATE FUNCTION realtime_tell_postings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM realtime_write_events(
        array_agg(account.member_id ORDER BY posted.account_id, posted.version),
        array_agg('pointsUpdated'::text),
        array_agg(
            jsonb_build_object(
                'balance', posted.balance_after,
                'lifetimePoints', posted.lifetime_after,
                'change', posted.amount,
                'type', posted.type,
                'description', posted.description,
                'transactionId', posted.id::text
            ) ORDER BY posted.account_id, posted.version
        ),
        now()
    )
    FROM posted JOIN points_pointaccount account ON account.id = posted.account_id
    WHERE posted.amount <> 0
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;

CREATE TRIGGER realtime_tell_postings AFTER INSERT ON points_pointtransaction
REFERENCING NEW TABLE AS posted
FOR EACH STATEMENT EXECUTE FUNCTION realtime_tell_postings();

-- Tell members that they reached a level, the lowest first.
CREATE FUNCTION realtime_tell_levels() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM realtime_write_events(
        array_agg(account.member_id ORDER BY reached.account_id, level.tier),
        array_agg('level-up'::text),
        array_agg(
            jsonb_build_object(
                'level', jsonb_build_object(
                    'name', level.name, 'tier', level.tier, 'minPoints', level.min_points
                ),
                'lifetimePoints', entry.lifetime_after
            ) ORDER BY reached.account_id, level.tier
        ),
        now()
    )
    FROM reached
    JOIN points_pointaccount account ON account.id = reached.account_id
    JOIN points_pointtransaction entry ON entry.id = reached.transaction_id
    JOIN points_levelconfig level ON level.id = reached.level_id
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;

CREATE TRIGGER realtime_tell_levels AFTER INSERT ON points_reachedlevel
REFERENCING NEW TABLE AS reached
FOR EACH STATEMENT EXECUTE FUNCTION realtime_tell_levels();
