-- What became of one reported activity; `n` is its place in the report. A row without `n` carries
-- a posting that happened on the way (points that lapsed before a penalty).
CREATE TYPE points_activity_outcome AS (
    n integer,
    status text,
    reason text,
    points bigint,
    balance bigint,
    posting points_posting
);

-- Why an action earns nothing now although it is known, as (status, reason); NULLs when it earns.
-- The caller holds the account's lock, so what it counts cannot grow meanwhile.
CREATE FUNCTION points_limit_reached(
    p_account_id bigint,
    p_action points_pointaction,
    p_occurred_at timestamptz,
    p_local_date date,
    OUT status text,
    OUT reason text
) LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF p_action.once_per_member AND EXISTS (
        SELECT 1 FROM points_activity activity
        WHERE activity.account_id = p_account_id AND activity.action_id = p_action.id
          AND activity.status = 'posted'
    ) THEN
        status := 'capped';
        reason := p_action.code || ' earns once per member.';
        RETURN;
    END IF;
    IF p_action.times_per_day_max <= (
        SELECT count(*) FROM points_activity activity
        WHERE activity.account_id = p_account_id AND activity.action_id = p_action.id
          AND activity.status = 'posted' AND activity.local_date = p_local_date
    ) THEN
        status := 'capped';
        reason := p_action.code || ' earns at most ' || p_action.times_per_day_max || ' times a day.';
        RETURN;
    END IF;
    IF p_action.times_per_week_max <= (
        SELECT count(*) FROM points_activity activity
        WHERE activity.account_id = p_account_id AND activity.action_id = p_action.id
          AND activity.status = 'posted'
          AND date_trunc('week', activity.local_date::timestamp)
              = date_trunc('week', p_local_date::timestamp)
    ) THEN
        status := 'capped';
        reason := p_action.code || ' earns at most ' || p_action.times_per_week_max
            || ' times a week.';
        RETURN;
    END IF;
    IF p_action.cooldown_seconds > 0 AND EXISTS (
        SELECT 1 FROM points_activity activity
        WHERE activity.account_id = p_account_id AND activity.action_id = p_action.id
          AND activity.status = 'posted'
          AND activity.occurred_at > p_occurred_at - make_interval(secs => p_action.cooldown_seconds)
          AND activity.occurred_at < p_occurred_at + make_interval(secs => p_action.cooldown_seconds)
    ) THEN
        status := 'cooldown';
        reason := p_action.code || ' earns again after ' || p_action.cooldown_seconds || ' seconds.';
    END IF;
END
$$;

-- What an action earns for an activity's metadata; NULL when the number it goes by is not there,
-- not a number, negative or beyond what one transaction may move.
CREATE FUNCTION points_action_points(p_action points_pointaction, p_metadata jsonb)
RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    units numeric;
    earned numeric;
BEGIN
    IF p_action.unit_field = '' THEN
        RETURN p_action.points;
    END IF;
    IF jsonb_typeof(p_metadata -> p_action.unit_field) IS DISTINCT FROM 'number' THEN
        RETURN NULL;
    END IF;
    units := floor((p_metadata ->> p_action.unit_field)::numeric / p_action.unit_size);
    earned := units * p_action.points;
    IF units < 0 OR abs(earned) > 1000000000 THEN
        RETURN NULL;
    END IF;
    RETURN earned;
END
$$;

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
            account.balance := expired.balance_after;
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
                account.id, 'earn', outcome.points, 0, cause, NULL,
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
                account.id, 'penalty', outcome.points, shortfall, cause, NULL, NULL, p_now, 1
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
