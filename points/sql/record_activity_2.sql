-- Record one activity of an account whose lock is held; the rows it returns are explained above.
CREATE FUNCTION points_record_activity(
    p_report jsonb, p_expires_after_days integer, p_zone text, p_now timestamptz
) RETURNS SETOF points_activity_outcome LANGUAGE plpgsql AS $$
DECLARE
    event text := p_report ->> 'event_id';
    metadata jsonb := p_report -> 'metadata';
    occurred_at timestamptz := (p_report ->> 'occurred_at')::timestamptz;
    local_date date := (p_report ->> 'local_date')::date;
    account points_pointaccount;
    action points_pointaction;
    cause points_cause;
    expired points_posting;
    outcome points_activity_outcome;
    shortfall bigint := 0;
    is_another boolean;
BEGIN
    outcome.n := (p_report ->> 'n')::integer;
    outcome.points := 0;
    outcome.reason := '';

    SELECT * INTO account FROM points_pointaccount WHERE id = (p_report ->> 'account_id')::bigint;
    outcome.balance := account.balance;
    SELECT standing.account_id <> account.id OR known.code <> p_report ->> 'action'
        OR standing.metadata <> p_report -> 'metadata'
    INTO is_another
    FROM points_activity standing JOIN points_pointaction known ON known.id = standing.action_id
    WHERE standing.event_id = event;
    IF FOUND THEN
        outcome.status := 'duplicate';
        outcome.reason := CASE WHEN is_another
            THEN 'This eventId was recorded before, for something else.'
            ELSE 'This eventId was recorded before.' END;
        RETURN NEXT outcome;
        RETURN;
    END IF;
    SELECT * INTO action FROM points_pointaction WHERE code = p_report ->> 'action' AND is_active;
    IF NOT FOUND THEN
        outcome.status := 'unknown_action';
        outcome.reason := 'No active action has this code.';
        RETURN NEXT outcome;
        RETURN;
    END IF;
    IF account.closed_at IS NOT NULL THEN
        outcome.status := 'unknown_member';
        outcome.reason := 'The member''s account is closed.';
        RETURN NEXT outcome;
        RETURN;
    END IF;
    outcome.points := points_action_points(action, metadata);
    IF outcome.points IS NULL THEN
        outcome.points := 0;
        outcome.status := 'invalid';
        outcome.reason := 'metadata.' || action.unit_field
            || ' must be a number, not negative and not too large.';
        RETURN NEXT outcome;
        RETURN;
    END IF;

    SELECT reached.status, reached.reason INTO outcome.status, outcome.reason
    FROM points_limit_reached(account.id, action, occurred_at, local_date) reached;
    IF outcome.status IS NULL THEN
        outcome.status := 'posted';
        outcome.reason := CASE WHEN outcome.points = 0
            THEN action.code || ' earns nothing for this activity.' ELSE '' END;
    ELSE
        outcome.points := 0;
    END IF;
    IF outcome.points < 0 THEN
        LOOP
            expired := points_expire_account(account.id, p_now);
            EXIT WHEN expired.transaction_id IS NULL;
            RETURN NEXT (NULL, NULL, NULL, NULL, NULL, expired)::points_activity_outcome;
            SELECT * INTO account FROM points_pointaccount WHERE id = account.id;
        END LOOP;
        shortfall := greatest(-outcome.points - account.balance, 0);
        outcome.points := outcome.points + shortfall;
        outcome.reason := CASE WHEN shortfall > 0
            THEN shortfall || ' points more were due than the balance held.' ELSE '' END;
    END IF;

    INSERT INTO points_activity (
        event_id, account_id, action_id, subject_id, metadata, status, reason, points,
        local_date, occurred_at, created_at
    ) VALUES (
        event, account.id, action.id, p_report ->> 'subject_id', metadata, outcome.status,
        outcome.reason, outcome.points, local_date, occurred_at, p_now
    ) ON CONFLICT (event_id) DO NOTHING;
    IF NOT FOUND THEN
        outcome.status := 'duplicate';
        outcome.reason := 'This eventId was recorded before.';
        outcome.points := 0;
        RETURN NEXT outcome;
        RETURN;
    END IF;

    IF outcome.points <> 0 OR shortfall > 0 THEN
        cause := (
            action.id, action.category,
            left(coalesce(metadata ->> 'description', action.description), 255),
            'activity', event, action.code, metadata, NULL, occurred_at
        )::points_cause;
        IF outcome.points > 0 THEN
            outcome.posting := points_append(
                account, 'earn', outcome.points, 0, cause, NULL,
                coalesce(
                    (p_report ->> 'expires_at')::timestamptz,
                    points_lapse_instant(
                        p_now, coalesce(action.expires_after_days, p_expires_after_days), p_zone
                    )
                ),
                p_now, 1
            );
        ELSE
            outcome.posting := points_append(
                account, 'penalty', outcome.points, shortfall, cause, NULL, NULL, p_now, 1
            );
            PERFORM points_take_from_lots(
                account.id, (outcome.posting).transaction_id, -outcome.points
            );
        END IF;
        outcome.balance := (outcome.posting).balance_after;
    ELSE
        UPDATE points_pointaccount SET activity_count = activity_count + 1 WHERE id = account.id;
    END IF;
    RETURN NEXT outcome;
END
$$;
