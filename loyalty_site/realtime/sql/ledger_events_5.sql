-- Tell members that their balance changed, in the statement that posted it.
--
-- A few postings are told one by one, by a plan that is kept and made for one. Many are told in one
-- statement, planned each time for as many as there are: a plan kept from a batch of thousands
-- would serve single postings badly. Their members are looked up row by row, which OFFSET 0 asks for:
-- a join may read the accounts of all members for each batch. Either way streams are locked in the
-- order that `realtime_write_events` keeps: a batch is inserted in the order of its members.
CREATE FUNCTION realtime_tell_postings() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told_one_by_one constant bigint := 20;
    posting record;
BEGIN
    IF (SELECT count(*) FROM posted) > told_one_by_one THEN
        EXECUTE $many$
            WITH news AS MATERIALIZED (
                SELECT person.id AS member_id, person.public_id, posted.id, posted.version,
                    -- Counted back from the last, which gets the number its stream comes to.
                    row_number() OVER (
                        PARTITION BY person.id ORDER BY posted.version DESC
                    ) - 1 AS later,
                    posted.balance_after, posted.lifetime_after, posted.amount, posted.type,
                    posted.description
                FROM posted
                CROSS JOIN LATERAL (
                    SELECT person.id, person.public_id
                    FROM points_pointaccount account
                    JOIN accounts_user person ON person.id = account.member_id
                    WHERE account.id = posted.account_id
                    OFFSET 0
                ) person
                WHERE posted.amount <> 0
            ),
            advanced AS (
                INSERT INTO realtime_eventstream AS stream (member_id, last_seq)
                SELECT member_id, max(later) + 1 FROM news GROUP BY member_id ORDER BY member_id
                ON CONFLICT (member_id) DO UPDATE SET last_seq = stream.last_seq + excluded.last_seq
                RETURNING member_id, last_seq
            )
            INSERT INTO realtime_outboxevent (
                member_id, room, seq, event, data, event_id, created_at
            )
            SELECT
                news.member_id,
                'user-' || news.public_id,
                advanced.last_seq - news.later,
                'pointsUpdated',
                to_jsonb(told),
                gen_random_uuid(),
                now()
            FROM news
            JOIN advanced ON advanced.member_id = news.member_id
            CROSS JOIN LATERAL (
                SELECT
                    news.balance_after AS balance,
                    news.lifetime_after AS "lifetimePoints",
                    news.amount AS change,
                    news.type,
                    news.description,
                    news.id::text AS "transactionId",
                    news.public_id AS "userId"
            ) told
            ORDER BY news.member_id, news.version
        $many$;
        RETURN NULL;
    END IF;
    FOR posting IN SELECT * FROM posted WHERE amount <> 0 LOOP
        WITH advanced AS (
            INSERT INTO realtime_eventstream AS stream (member_id, last_seq)
            SELECT member_id, 1 FROM points_pointaccount WHERE id = posting.account_id
            ON CONFLICT (member_id) DO UPDATE SET last_seq = stream.last_seq + 1
            RETURNING member_id, last_seq
        )
        INSERT INTO realtime_outboxevent (member_id, room, seq, event, data, event_id, created_at)
        SELECT
            person.id,
            'user-' || person.public_id,
            advanced.last_seq,
            'pointsUpdated',
            jsonb_build_object(
                'balance', posting.balance_after,
                'lifetimePoints', posting.lifetime_after,
                'change', posting.amount,
                'type', posting.type,
                'description', posting.description,
                'transactionId', posting.id::text,
                'userId', person.public_id
            ),
            gen_random_uuid(),
            now()
        FROM advanced JOIN accounts_user person ON person.id = advanced.member_id;
    END LOOP;
    RETURN NULL;
END
$$;

CREATE TRIGGER realtime_tell_postings AFTER INSERT ON points_pointtransaction
REFERENCING NEW TABLE AS posted
FOR EACH STATEMENT EXECUTE FUNCTION realtime_tell_postings();
