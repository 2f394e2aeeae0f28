-- Tell a member that the balance changed, in the statement that posted it.
--
-- For each row, although a trigger could see a batch as a whole: a plan that was made for a batch of
-- thousands would serve the single postings after it as well, and badly. A batch is inserted in the
-- order of its members, so that their streams are locked in the order `realtime_write_events` keeps.
CREATE FUNCTION realtime_tell_posting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    WITH advanced AS (
        INSERT INTO realtime_eventstream AS stream (member_id, last_seq)
        SELECT member_id, 1 FROM points_pointaccount WHERE id = NEW.account_id
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
            'balance', NEW.balance_after,
            'lifetimePoints', NEW.lifetime_after,
            'change', NEW.amount,
            'type', NEW.type,
            'description', NEW.description,
            'transactionId', NEW.id::text,
            'userId', person.public_id
        ),
        gen_random_uuid(),
        now()
    FROM advanced JOIN accounts_user person ON person.id = advanced.member_id;
    RETURN NULL;
END
$$;

CREATE TRIGGER realtime_tell_posting AFTER INSERT ON points_pointtransaction
FOR EACH ROW WHEN (NEW.amount <> 0) EXECUTE FUNCTION realtime_tell_posting();
