-- Leaderboards: places, ranks and pages from the board index and its marks.
--
-- A board is a metric in a period; its order is value DESC, reached_at, member. Everything here asks
-- the index for one contiguous range at a time: rows that tie with a spot, then rows below (above)
-- it. A single condition for both would be filtered, row by row, from the beginning of the tie.
-- All reading functions are STABLE, so one statement sees one state of scores and marks. The ranges
-- have the same best plan whatever the values, so it is made once for each connection.

CREATE TYPE gamification_board AS (metric_id bigint, period_kind smallint, period_start date);

-- Where somebody stands, or would stand, in the order of a board.
CREATE TYPE gamification_spot AS (value bigint, reached_at timestamptz, member_id bigint);

-- The rank of a value: 1 + how many rows of a board stand strictly above it. Marks beyond
-- `p_position_max` are left out.
CREATE FUNCTION gamification_rank_of(
    p_board gamification_board, p_value bigint, p_position_max bigint
) RETURNS bigint LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN (SELECT 1 + coalesce(mark.position, 0) + (
        SELECT count(*) FROM gamification_metricscore
        WHERE metric_id = p_board.metric_id AND period_kind = p_board.period_kind
          AND period_start = p_board.period_start AND value = mark.value
          AND (reached_at, member_id) > (mark.reached_at, mark.member_id)
    ) + (
        SELECT count(*) FROM gamification_metricscore
        WHERE metric_id = p_board.metric_id AND period_kind = p_board.period_kind
          AND period_start = p_board.period_start
          AND value < coalesce(mark.value, 9223372036854775807) AND value > p_value
    )
    FROM (SELECT 1) one
    LEFT JOIN LATERAL (
        SELECT position, value, reached_at, member_id FROM gamification_boardmark
        WHERE metric_id = p_board.metric_id AND period_kind = p_board.period_kind
          AND period_start = p_board.period_start
          AND value > p_value AND position <= p_position_max
        ORDER BY value, reached_at DESC, member_id DESC LIMIT 1
    ) mark ON true);
END
$$;

-- How many rows of a board stand before a spot, those that tie with it included.
CREATE FUNCTION gamification_count_before(p_board gamification_board, p_spot gamification_spot)
RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    mark gamification_boardmark;
BEGIN
    SELECT * INTO mark FROM gamification_boardmark
    WHERE metric_id = p_board.metric_id AND period_kind = p_board.period_kind
      AND period_start = p_board.period_start AND value = p_spot.value
      AND (reached_at, member_id) < (p_spot.reached_at, p_spot.member_id)
    ORDER BY reached_at DESC, member_id DESC LIMIT 1;
    IF NOT FOUND THEN
        mark.position := gamification_rank_of(p_board, p_spot.value, 9223372036854775807) - 1;
        mark.reached_at := '-infinity';
        mark.member_id := 0;
    END IF;
    RETURN mark.position + (
        SELECT count(*) FROM gamification_metricscore
        WHERE metric_id = p_board.metric_id AND period_kind = p_board.period_kind
          AND period_start = p_board.period_start AND value = p_spot.value
          AND (reached_at, member_id) > (mark.reached_at, mark.member_id)
          AND (reached_at, member_id) < (p_spot.reached_at, p_spot.member_id)
    );
END
$$;

-- Up to `p_limit` rows after a spot, in order, without the first `p_offset` of them.
CREATE FUNCTION gamification_spots_after(
    p_board gamification_board, p_spot gamification_spot, p_offset bigint, p_limit bigint
) RETURNS SETOF gamification_spot LANGUAGE plpgsql STABLE AS $$
DECLARE
    found_count bigint;
    left_out bigint := 0;
BEGIN
    RETURN QUERY
    SELECT value, reached_at, member_id FROM gamification_metricscore
    WHERE metric_id = p_board.metric_id AND period_kind = p_board.period_kind
      AND period_start = p_board.period_start AND value = p_spot.value
      AND (reached_at, member_id) > (p_spot.reached_at, p_spot.member_id)
    ORDER BY reached_at, member_id
    OFFSET p_offset LIMIT p_limit;
    GET DIAGNOSTICS found_count = ROW_COUNT;
    IF found_count = p_limit THEN
        RETURN;
    END IF;
    IF found_count = 0 AND p_offset > 0 THEN
        left_out := p_offset - (
            SELECT count(*) FROM gamification_metricscore
            WHERE metric_id = p_board.metric_id AND period_kind = p_board.period_kind
              AND period_start = p_board.period_start AND value = p_spot.value
              AND (reached_at, member_id) > (p_spot.reached_at, p_spot.member_id)
        );
    END IF;
    RETURN QUERY
    SELECT value, reached_at, member_id FROM gamification_metricscore
    WHERE metric_id = p_board.metric_id AND period_kind = p_board.period_kind
      AND period_start = p_board.period_start AND value < p_spot.value
    ORDER BY value DESC, reached_at, member_id
    OFFSET left_out LIMIT p_limit - found_count;
END
$$;

-- Up to `p_limit` rows before a spot, the nearest first.
CREATE FUNCTION gamification_spots_before(
    p_board gamification_board, p_spot gamification_spot, p_limit bigint
) RETURNS SETOF gamification_spot LANGUAGE plpgsql STABLE AS $$
DECLARE
    found_count bigint;
BEGIN
    RETURN QUERY
    SELECT value, reached_at, member_id FROM gamification_metricscore
    WHERE metric_id = p_board.metric_id AND period_kind = p_board.period_kind
      AND period_start = p_board.period_start AND value = p_spot.value
      AND (reached_at, member_id) < (p_spot.reached_at, p_spot.member_id)
    ORDER BY reached_at DESC, member_id DESC
    LIMIT p_limit;
    GET DIAGNOSTICS found_count = ROW_COUNT;
    RETURN QUERY
    SELECT value, reached_at, member_id FROM gamification_metricscore
    WHERE metric_id = p_board.metric_id AND period_kind = p_board.period_kind
      AND period_start = p_board.period_start AND value > p_spot.value
    ORDER BY value, reached_at DESC, member_id DESC
    LIMIT p_limit - found_count;
END
$$;

-- A member's spot on a board; NULL without a score there.
CREATE FUNCTION gamification_spot_of(p_board gamification_board, p_member_id bigint)
RETURNS gamification_spot LANGUAGE plpgsql STABLE AS $$
DECLARE
    spot gamification_spot;
BEGIN
    SELECT value, reached_at, member_id INTO spot FROM gamification_metricscore
    WHERE metric_id = p_board.metric_id AND member_id = p_member_id
      AND period_kind = p_board.period_kind AND period_start = p_board.period_start;
    RETURN spot;
END
$$;

-- A page of a board: up to `p_limit` rows after the first `p_offset`.
CREATE FUNCTION gamification_board_page(
    p_board gamification_board, p_offset bigint, p_limit bigint
) RETURNS TABLE (place bigint, value bigint, member_id bigint)
LANGUAGE plpgsql STABLE ROWS 50 SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    mark gamification_boardmark;
BEGIN
    SELECT * INTO mark FROM gamification_boardmark
    WHERE metric_id = p_board.metric_id AND period_kind = p_board.period_kind
      AND period_start = p_board.period_start AND position <= p_offset
    ORDER BY position DESC LIMIT 1;
    IF NOT FOUND THEN
        -- Nobody stands before this, everybody after it.
        mark.position := 0;
        mark.value := 9223372036854775807;
        mark.reached_at := 'infinity';
        mark.member_id := 0;
    END IF;
    RETURN QUERY SELECT p_offset + spot.n, spot.value, spot.member_id
    FROM gamification_spots_after(
        p_board, (mark.value, mark.reached_at, mark.member_id)::gamification_spot,
        p_offset - mark.position, p_limit
    ) WITH ORDINALITY spot(value, reached_at, member_id, n);
END
$$;

-- A member and the rows around, `p_limit` in all if the board has so many; nothing for a member
-- without a score. The member stands in the middle, unless the board ends before that.
CREATE FUNCTION gamification_board_around(
    p_board gamification_board, p_member_id bigint, p_limit bigint
) RETURNS TABLE (place bigint, value bigint, member_id bigint)
LANGUAGE plpgsql STABLE ROWS 50 SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    own gamification_spot := gamification_spot_of(p_board, p_member_id);
    spots_before gamification_spot[];
    spots_after gamification_spot[];
    before_count bigint;
    first_offset bigint;
BEGIN
    IF own.member_id IS NULL THEN
        RETURN;
    END IF;
    spots_before := array(
        SELECT spot::gamification_spot
        FROM gamification_spots_before(p_board, own, p_limit - 1) spot
    );
    spots_after := array(
        SELECT spot::gamification_spot
        FROM gamification_spots_after(p_board, own, 0, p_limit - 1) spot
    );
    before_count := least(
        cardinality(spots_before),
        greatest(p_limit / 2, p_limit - 1 - cardinality(spots_after))
    );
    -- Marks may be a moment old: there are still as many before as are shown.
    first_offset := greatest(gamification_count_before(p_board, own) - before_count, 0);
    RETURN QUERY SELECT first_offset + before_count - spot.n + 1, spot.value, spot.member_id
    FROM unnest(spots_before[:before_count]) WITH ORDINALITY spot(value, reached_at, member_id, n)
    ORDER BY spot.n DESC;
    RETURN QUERY SELECT first_offset + before_count + spot.n, spot.value, spot.member_id
    FROM unnest(own || spots_after[:p_limit - 1 - before_count])
        WITH ORDINALITY spot(value, reached_at, member_id, n)
    ORDER BY spot.n;
END
$$;

-- A member's value and rank; nothing for a member without a score.
CREATE FUNCTION gamification_own_place(p_board gamification_board, p_member_id bigint)
RETURNS TABLE (value bigint, rank bigint)
LANGUAGE plpgsql STABLE ROWS 1 SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    SELECT own.value INTO value FROM gamification_metricscore own
    WHERE own.metric_id = p_board.metric_id AND own.member_id = p_member_id
      AND own.period_kind = p_board.period_kind AND own.period_start = p_board.period_start;
    IF FOUND THEN
        rank := gamification_rank_of(p_board, value, 9223372036854775807);
        RETURN NEXT;
    END IF;
END
$$;

-- How many members a board has: whoever came below all of them would rank next.
CREATE FUNCTION gamification_board_total(p_board gamification_board) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT gamification_rank_of(p_board, -9223372036854775808, 9223372036854775807) - 1
$$;

-- Note which boards a statement has changed. Notes are only added, never merged with one another:
-- nobody who writes scores waits here, and a note is seen exactly when the scores are.
CREATE FUNCTION gamification_note_boards() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO gamification_boardchange (metric_id, period_kind, period_start)
    SELECT DISTINCT metric_id, period_kind, period_start FROM written;
    RETURN NULL;
END
$$;

CREATE TRIGGER gamification_note_new_scores AFTER INSERT ON gamification_metricscore
REFERENCING NEW TABLE AS written
FOR EACH STATEMENT EXECUTE FUNCTION gamification_note_boards();

CREATE TRIGGER gamification_note_other_scores AFTER UPDATE ON gamification_metricscore
REFERENCING NEW TABLE AS written
FOR EACH STATEMENT EXECUTE FUNCTION gamification_note_boards();

CREATE TRIGGER gamification_note_lost_scores AFTER DELETE ON gamification_metricscore
REFERENCING OLD TABLE AS written
FOR EACH STATEMENT EXECUTE FUNCTION gamification_note_boards();

-- Ask for the marks of all of a metric's boards to be made anew.
CREATE FUNCTION gamification_request_marks(p_metric_id bigint) RETURNS void LANGUAGE sql AS $$
    INSERT INTO gamification_boardchange (metric_id, period_kind, period_start)
    SELECT DISTINCT metric_id, period_kind, period_start
    FROM gamification_metricscore WHERE metric_id = p_metric_id
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
        metric_id, period_kind, period_start, position, value, reached_at, member_id
    )
    SELECT p_board.metric_id, p_board.period_kind, p_board.period_start,
        place, value, reached_at, member_id
    FROM (
        SELECT row_number() OVER (ORDER BY value DESC, reached_at, member_id) AS place,
            value, reached_at, member_id
        FROM gamification_metricscore
        WHERE metric_id = p_board.metric_id AND period_kind = p_board.period_kind
          AND period_start = p_board.period_start
    ) numbered
    WHERE place % p_distance = 0 AND EXISTS (
        SELECT 1 FROM gamification_leaderboard
        WHERE metric_id = p_board.metric_id AND is_active
    );
    RETURN true;
END
$$;
