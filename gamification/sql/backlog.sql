-- What has to be projected is noted in the transaction that writes it, by triggers on the logs.

-- A log's rows enter the backlog under its number: 1 activities, 2 earnings, 3 badges, 4 gauges.
CREATE FUNCTION gamification_note_activities() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO gamification_backlog (log, row_id, account_id)
    SELECT 1, id, account_id FROM written;
    RETURN NULL;
END
$$;

CREATE TRIGGER gamification_note_activities AFTER INSERT ON points_activity
REFERENCING NEW TABLE AS written
FOR EACH STATEMENT EXECUTE FUNCTION gamification_note_activities();

CREATE FUNCTION gamification_note_earnings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO gamification_backlog (log, row_id, account_id)
    SELECT 2, id, account_id FROM written WHERE type IN ('earn', 'admin_grant');
    RETURN NULL;
END
$$;

CREATE TRIGGER gamification_note_earnings AFTER INSERT ON points_pointtransaction
REFERENCING NEW TABLE AS written
FOR EACH STATEMENT EXECUTE FUNCTION gamification_note_earnings();

CREATE FUNCTION gamification_note_readings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO gamification_backlog (log, row_id, account_id)
    SELECT 4, written.id, account.id
    FROM written JOIN points_pointaccount account ON account.member_id = written.member_id;
    RETURN NULL;
END
$$;

CREATE TRIGGER gamification_note_readings AFTER INSERT ON gamification_gaugereading
REFERENCING NEW TABLE AS written
FOR EACH STATEMENT EXECUTE FUNCTION gamification_note_readings();

-- Numbers for changes of badges: they name no row, because what a member holds is read anew.
CREATE SEQUENCE gamification_badge_change;

-- Note that the badges these members hold have changed. To be called in that very transaction.
CREATE FUNCTION gamification_note_badges(p_member_ids bigint[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO gamification_backlog (log, row_id, account_id)
    SELECT 3, nextval('gamification_badge_change'), id
    FROM points_pointaccount WHERE member_id = ANY (p_member_ids)
$$;

-- The badges that members hold, as the metrics of the log `badges` count them.
CREATE VIEW gamification_held_badge AS
SELECT NULL::bigint AS member_id, NULL::bigint AS badge_id, NULL::timestamptz AS awarded_at
WHERE false;
