-- Ranks by one look at the marks, and how a process knows that the names it remembers still hold.

-- Of the rows of a board, `above` stand above a mark's value and `through` down to the last that has
-- it. So a value with a mark has its rank there, and any other is the marked value above it and the
-- few rows in between.

-- The rank of a value: 1 + how many rows of a board stand strictly above it.
CREATE FUNCTION gamification_rank_at(
    p_metric_id bigint, p_period_kind smallint, p_period_start date, p_value bigint
) RETURNS bigint LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    marked_value bigint;
    marked_above bigint;
    marked_through bigint;
BEGIN
    SELECT mark.value, mark.above, mark.through
    INTO marked_value, marked_above, marked_through
    FROM gamification_boardmark mark
    WHERE mark.metric_id = p_metric_id AND mark.period_kind = p_period_kind
      AND mark.period_start = p_period_start AND mark.value >= p_value
    ORDER BY mark.value LIMIT 1;
    IF marked_value = p_value THEN
        RETURN marked_above + 1;
    END IF;
    RETURN 1 + coalesce(marked_through, 0) + (
        SELECT count(*) FROM gamification_metricscore score
        WHERE score.metric_id = p_metric_id AND score.period_kind = p_period_kind
          AND score.period_start = p_period_start
          AND score.value < coalesce(marked_value, 9223372036854775807) AND score.value > p_value
    );
END
$$;

-- A member's value and rank; NULL without a score. The same count, with the member's score and the
-- mark in one statement: this is asked more than anything else of a board.
CREATE FUNCTION gamification_own_place(
    p_metric_id bigint, p_period_kind smallint, p_period_start date, p_member_id bigint,
    OUT value bigint, OUT rank bigint
) LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    marked_value bigint;
    marked_through bigint;
BEGIN
    SELECT own.value, mark.value, mark.above + 1, mark.through
    INTO value, marked_value, rank, marked_through
    FROM gamification_metricscore own
    LEFT JOIN LATERAL (
        SELECT near.value, near.above, near.through FROM gamification_boardmark near
        WHERE near.metric_id = p_metric_id AND near.period_kind = p_period_kind
          AND near.period_start = p_period_start AND near.value >= own.value
        ORDER BY near.value LIMIT 1
    ) mark ON true
    WHERE own.metric_id = p_metric_id AND own.member_id = p_member_id
      AND own.period_kind = p_period_kind AND own.period_start = p_period_start;
    IF value IS NULL OR marked_value = value THEN
        RETURN;
    END IF;
    rank := 1 + coalesce(marked_through, 0) + (
        SELECT count(*) FROM gamification_metricscore score
        WHERE score.metric_id = p_metric_id AND score.period_kind = p_period_kind
          AND score.period_start = p_period_start
          AND score.value < coalesce(marked_value, 9223372036854775807)
          AND score.value > gamification_own_place.value
    );
END
$$;

-- How many members a board has: whoever came below all of them would rank next.
CREATE FUNCTION gamification_board_total(
    p_metric_id bigint, p_period_kind smallint, p_period_start date
) RETURNS bigint LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    marked_value bigint;
    marked_through bigint;
BEGIN
    SELECT mark.value, mark.through INTO marked_value, marked_through
    FROM gamification_boardmark mark
    WHERE mark.metric_id = p_metric_id AND mark.period_kind = p_period_kind
      AND mark.period_start = p_period_start
    ORDER BY mark.position DESC LIMIT 1;
    IF NOT FOUND THEN
        RETURN (
            SELECT count(*) FROM gamification_metricscore score
            WHERE score.metric_id = p_metric_id AND score.period_kind = p_period_kind
              AND score.period_start = p_period_start
        );
    END IF;
    RETURN marked_through + (
        SELECT count(*) FROM gamification_metricscore score
        WHERE score.metric_id = p_metric_id AND score.period_kind = p_period_kind
          AND score.period_start = p_period_start AND score.value < marked_value
    );
END
$$;

-- A page of a board: up to `p_limit` rows after the first `p_offset`, in order, each with the rank of
-- the first of them. Rows that tie with the mark before the page come first, then those below it.
CREATE FUNCTION gamification_board_page(
    p_metric_id bigint, p_period_kind smallint, p_period_start date,
    p_offset bigint, p_limit bigint
) RETURNS TABLE (value bigint, member_id bigint, first_rank bigint)
LANGUAGE plpgsql STABLE ROWS 50 SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    mark gamification_boardmark;
    left_out bigint;
    found_count bigint := 0;
    first_value bigint;
BEGIN
    SELECT * INTO mark FROM gamification_boardmark near
    WHERE near.metric_id = p_metric_id AND near.period_kind = p_period_kind
      AND near.period_start = p_period_start AND near.position <= p_offset
    ORDER BY near.position DESC LIMIT 1;
    left_out := p_offset - coalesce(mark.position, 0);
    IF mark.through > mark.position THEN
        RETURN QUERY
        SELECT score.value, score.member_id, mark.above + 1 FROM gamification_metricscore score
        WHERE score.metric_id = p_metric_id AND score.period_kind = p_period_kind
          AND score.period_start = p_period_start AND score.value = mark.value
          AND (score.reached_at, score.member_id) > (mark.reached_at, mark.member_id)
        ORDER BY score.reached_at, score.member_id
        OFFSET left_out LIMIT p_limit;
        GET DIAGNOSTICS found_count = ROW_COUNT;
        IF found_count = p_limit THEN
            RETURN;
        END IF;
        IF found_count > 0 THEN
            left_out := 0;
        ELSE
            left_out := left_out - (
                SELECT count(*) FROM gamification_metricscore score
                WHERE score.metric_id = p_metric_id AND score.period_kind = p_period_kind
                  AND score.period_start = p_period_start AND score.value = mark.value
                  AND (score.reached_at, score.member_id) > (mark.reached_at, mark.member_id)
            );
        END IF;
    END IF;
    -- Rows that begin in the middle of a tie share its rank.
    IF found_count = 0 AND left_out > 0 THEN
        SELECT score.value INTO first_value FROM gamification_metricscore score
        WHERE score.metric_id = p_metric_id AND score.period_kind = p_period_kind
          AND score.period_start = p_period_start
          AND score.value < coalesce(mark.value, 9223372036854775807)
        ORDER BY score.value DESC, score.reached_at, score.member_id
        OFFSET left_out LIMIT 1;
    END IF;
    RETURN QUERY
    SELECT score.value, score.member_id,
        CASE WHEN first_value IS NULL THEN p_offset + 1
             ELSE (SELECT least(p_offset + 1, gamification_rank_at(
                 p_metric_id, p_period_kind, p_period_start, first_value
             )))
        END
    FROM gamification_metricscore score
    WHERE score.metric_id = p_metric_id AND score.period_kind = p_period_kind
      AND score.period_start = p_period_start
      AND score.value < coalesce(mark.value, 9223372036854775807)
    ORDER BY score.value DESC, score.reached_at, score.member_id
    OFFSET left_out LIMIT p_limit - found_count;
END
$$;

-- Make a board's marks anew, one for every `p_distance` rows, when an active leaderboard shows its
-- metric. False when somebody else is at it. The notes are deleted first, and what they tell of is
-- then in the scores that are read: a writer who has not committed yet has a note that is not seen
-- here, and so stays for the next sweep.
CREATE FUNCTION gamification_mark_board(p_board gamification_board, p_distance integer)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended('board:' || p_board::text, 0)) THEN
        RETURN false;
    END IF;
    DELETE FROM gamification_boardchange
    WHERE metric_id = p_board.metric_id AND period_kind = p_board.period_kind
      AND period_start = p_board.period_start;
    DELETE FROM gamification_boardmark
    WHERE metric_id = p_board.metric_id AND period_kind = p_board.period_kind
      AND period_start = p_board.period_start;
    INSERT INTO gamification_boardmark (
        metric_id, period_kind, period_start, position, value, reached_at, member_id,
        above, through
    )
    SELECT p_board.metric_id, p_board.period_kind, p_board.period_start,
        place, value, reached_at, member_id, through - ties, through
    FROM (
        SELECT row_number() OVER (ORDER BY value DESC, reached_at, member_id) AS place,
            value, reached_at, member_id
        FROM gamification_metricscore
        WHERE metric_id = p_board.metric_id AND period_kind = p_board.period_kind
          AND period_start = p_board.period_start
    ) numbered
    JOIN (
        -- Two passes over the index cost less than one that waits for the end of every tie.
        SELECT value, ties, sum(ties) OVER (ORDER BY value DESC) AS through
        FROM (
            SELECT value, count(*) AS ties FROM gamification_metricscore
            WHERE metric_id = p_board.metric_id AND period_kind = p_board.period_kind
              AND period_start = p_board.period_start
            GROUP BY value
        ) counted
    ) standing USING (value)
    WHERE place % p_distance = 0 AND EXISTS (
        SELECT 1 FROM gamification_leaderboard
        WHERE metric_id = p_board.metric_id AND is_active
    );
    RETURN true;
END
$$;

-- Somebody's name, or how they wish to be shown, has changed. Stamps are drawn at random, so what
-- all of them give together (`bit_xor`) never comes back; they are only added, so that nobody waits
-- for anybody, and a stamp is seen exactly when the change is.
CREATE FUNCTION gamification_stamp_names() RETURNS void LANGUAGE sql AS $$
    INSERT INTO gamification_namestamp (stamp)
    VALUES (hashtextextended(gen_random_uuid()::text, 0))
$$;

CREATE FUNCTION gamification_stamp_preferences() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM gamification_stamp_names();
    RETURN NULL;
END
$$;

CREATE TRIGGER gamification_stamp_preferences AFTER INSERT OR UPDATE OR DELETE ON gamification_boardpreference
FOR EACH STATEMENT EXECUTE FUNCTION gamification_stamp_preferences();

CREATE FUNCTION gamification_stamp_people() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT id, public_id, name, is_active FROM before
        EXCEPT SELECT id, public_id, name, is_active FROM after
    ) THEN
        PERFORM gamification_stamp_names();
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER gamification_stamp_people AFTER UPDATE ON accounts_user
REFERENCING OLD TABLE AS before NEW TABLE AS after
FOR EACH STATEMENT EXECUTE FUNCTION gamification_stamp_people();

-- Put one stamp in the place of many, a new one, so that nobody takes it for an older state.
CREATE FUNCTION gamification_gather_stamps(p_stamps_max bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM gamification_namestamp) > p_stamps_max THEN
        DELETE FROM gamification_namestamp;
        PERFORM gamification_stamp_names();
    END IF;
END
$$;
