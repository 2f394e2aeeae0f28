-- Leaderboards: places, ranks and pages from the board index and its marks.
--
-- A board is a metric in a period; its order is value DESC, reached_at, member. Everything here asks
-- the index for one contiguous range at a time: rows that tie with a spot, then rows below (above)
-- it. A single condition for both would be filtered, row by row, from the beginning of the tie.
-- All reading functions are STABLE, so one statement sees one state of scores and marks.

CREATE TYPE gamification_board AS (metric_id bigint, period_kind smallint, period_start date);

-- Where somebody stands, or would stand, in the order of a board.
CREATE TYPE gamification_spot AS (value bigint, reached_at timestamptz, member_id bigint);

-- How many rows of a board stand before a spot. With (value, -infinity, 0) these are the rows
-- strictly above a value; with the lowest spot there could be, all rows. Marks beyond
-- `p_position_max` are left out.
CREATE FUNCTION gamification_count_before(
    p_board gamification_board, p_spot gamification_spot, p_position_max bigint
) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    mark gamification_boardmark;
    found_rows bigint;
BEGIN
    SELECT * INTO mark FROM gamification_boardmark
    WHERE metric_id = p_board.metric_id AND period_kind = p_board.period_kind
      AND period_start = p_board.period_start
      AND value = p_spot.value
      AND (reached_at, member_id) < (p_spot.reached_at, p_spot.member_id)
      AND position <= p_position_max
    ORDER BY reached_at DESC, member_id DESC LIMIT 1;
    IF FOUND THEN
        SELECT count(*) INTO found_rows FROM gamification_metricscore
        WHERE metric_id = p_board.metric_id AND period_kind = p_board.period_kind
          AND period_start = p_board.period_start AND value = p_spot.value
          AND (reached_at, member_id) > (mark.reached_at, mark.member_id)
          AND (reached_at, member_id) < (p_spot.reached_at, p_spot.member_id);
        RETURN mark.position + found_rows;
    END IF;

    SELECT * INTO mark FROM gamification_boardmark
    WHERE metric_id = p_board.metric_id AND period_kind = p_board.period_kind
      AND period_start = p_board.period_start
      AND value > p_spot.value AND position <= p_position_max
    ORDER BY value, reached_at DESC, member_id DESC LIMIT 1;
    IF NOT FOUND THEN
        mark := gamification_first_mark();
    END IF;
    SELECT
        (
            SELECT count(*) FROM gamification_metricscore
            WHERE metric_id = p_board.metric_id AND period_kind = p_board.period_kind
              AND period_start = p_board.period_start AND value = mark.value
              AND (reached_at, member_id) > (mark.reached_at, mark.member_id)
        ) + (
            SELECT count(*) FROM gamification_metricscore
            WHERE metric_id = p_board.metric_id AND period_kind = p_board.period_kind
              AND period_start = p_board.period_start
              AND value < mark.value AND value > p_spot.value
        ) + (
            SELECT count(*) FROM gamification_metricscore
            WHERE metric_id = p_board.metric_id AND period_kind = p_board.period_kind
              AND period_start = p_board.period_start AND value = p_spot.value
              AND (reached_at, member_id) < (p_spot.reached_at, p_spot.member_id)
        )
    INTO found_rows;
    RETURN mark.position + found_rows;
END
$$;

-- The mark of a board without marks: nobody stands before it, everybody after it.
CREATE FUNCTION gamification_first_mark() RETURNS gamification_boardmark
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    mark gamification_boardmark;
BEGIN
    mark.position := 0;
    mark.value := 9223372036854775807;
    mark.reached_at := 'infinity';
    mark.member_id := 9223372036854775807;
    RETURN mark;
END
$$;

-- Up to `p_limit` rows after a spot, in order, without the first `p_offset` of them.
CREATE FUNCTION gamification_spots_after(
    p_board gamification_board, p_spot gamification_spot, p_offset bigint, p_limit bigint
) RETURNS SETOF gamification_spot LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY SELECT * FROM (
        (
            SELECT value, reached_at, member_id FROM gamification_metricscore
            WHERE metric_id = p_board.metric_id AND period_kind = p_board.period_kind
              AND period_start = p_board.period_start AND value = p_spot.value
              AND (reached_at, member_id) > (p_spot.reached_at, p_spot.member_id)
            ORDER BY value DESC, reached_at, member_id
        )
        UNION ALL
        (
            SELECT value, reached_at, member_id FROM gamification_metricscore
            WHERE metric_id = p_board.metric_id AND period_kind = p_board.period_kind
              AND period_start = p_board.period_start AND value < p_spot.value
            ORDER BY value DESC, reached_at, member_id
        )
    ) place
    ORDER BY value DESC, reached_at, member_id
    OFFSET p_offset LIMIT p_limit;
END
$$;

-- Up to `p_limit` rows before a spot, the nearest first.
CREATE FUNCTION gamification_spots_before(
    p_board gamification_board, p_spot gamification_spot, p_limit bigint
) RETURNS SETOF gamification_spot LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY SELECT * FROM (
        (
            SELECT value, reached_at, member_id FROM gamification_metricscore
            WHERE metric_id = p_board.metric_id AND period_kind = p_board.period_kind
              AND period_start = p_board.period_start AND value = p_spot.value
              AND (reached_at, member_id) < (p_spot.reached_at, p_spot.member_id)
            ORDER BY value, reached_at DESC, member_id DESC
        )
        UNION ALL
        (
            SELECT value, reached_at, member_id FROM gamification_metricscore
            WHERE metric_id = p_board.metric_id AND period_kind = p_board.period_kind
              AND period_start = p_board.period_start AND value > p_spot.value
            ORDER BY value, reached_at DESC, member_id DESC
        )
    ) place
    ORDER BY value, reached_at DESC, member_id DESC
    LIMIT p_limit;
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

-- The rank of a value: 1 + how many stand strictly above it.
CREATE FUNCTION gamification_rank_of(
    p_board gamification_board, p_value bigint, p_position_max bigint
) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN 1 + gamification_count_before(
        p_board, (p_value, '-infinity', 0)::gamification_spot, p_position_max
    );
END
$$;

-- The rows of a board that follow each other from the place after `p_offset` on, with their ranks.
CREATE FUNCTION gamification_rank_spots(
    p_board gamification_board, p_offset bigint, p_spots gamification_spot[]
) RETURNS TABLE (place bigint, rank bigint, value bigint, member_id bigint)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    top_rank bigint := 1;
BEGIN
    -- Only the first value may have begun on an earlier page.
    IF p_offset > 0 AND cardinality(p_spots) > 0 THEN
        top_rank := gamification_rank_of(p_board, p_spots[1].value, p_offset);
    END IF;
    RETURN QUERY
    SELECT p_offset + spot.n,
        CASE WHEN spot.value = p_spots[1].value THEN top_rank
            ELSE p_offset + rank() OVER (ORDER BY spot.value DESC) END,
        spot.value, spot.member_id
    FROM unnest(p_spots) WITH ORDINALITY spot(value, reached_at, member_id, n)
    ORDER BY spot.n;
END
$$;

-- A page of a board: up to `p_limit` rows after the first `p_offset`.
CREATE FUNCTION gamification_board_page(
    p_board gamification_board, p_offset bigint, p_limit bigint
) RETURNS TABLE (place bigint, rank bigint, value bigint, member_id bigint)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    mark gamification_boardmark;
BEGIN
    SELECT * INTO mark FROM gamification_boardmark
    WHERE metric_id = p_board.metric_id AND period_kind = p_board.period_kind
      AND period_start = p_board.period_start AND position <= p_offset
    ORDER BY position DESC LIMIT 1;
    IF NOT FOUND THEN
        mark := gamification_first_mark();
    END IF;
    RETURN QUERY SELECT * FROM gamification_rank_spots(p_board, p_offset, array(
        SELECT spot::gamification_spot FROM gamification_spots_after(
            p_board, (mark.value, mark.reached_at, mark.member_id)::gamification_spot,
            p_offset - mark.position, p_limit
        ) spot
    ));
END
$$;

-- A member and the rows around, `p_limit` in all if the board has so many; nothing for a member
-- without a score. The member stands in the middle, unless the board ends before that.
CREATE FUNCTION gamification_board_around(
    p_board gamification_board, p_member_id bigint, p_limit bigint
) RETURNS TABLE (place bigint, rank bigint, value bigint, member_id bigint)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    own gamification_spot := gamification_spot_of(p_board, p_member_id);
    spots_before gamification_spot[];
    spots_after gamification_spot[];
    before_count bigint;
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
    RETURN QUERY SELECT * FROM gamification_rank_spots(
        p_board,
        -- Marks may be a moment old: then there are still as many before as are shown.
        greatest(gamification_count_before(p_board, own, 9223372036854775807), before_count)
            - before_count,
        array(
            SELECT (spot.value, spot.reached_at, spot.member_id)::gamification_spot
            FROM unnest(spots_before[:before_count])
                WITH ORDINALITY spot(value, reached_at, member_id, n)
            ORDER BY n DESC
        ) || own || spots_after[:p_limit - 1 - before_count]
    );
END
$$;

-- A member's value and rank, NULLs without a score, and how many members the board has.
CREATE FUNCTION gamification_own_place(p_board gamification_board, p_member_id bigint)
RETURNS TABLE (value bigint, rank bigint) LANGUAGE plpgsql STABLE AS $$
DECLARE
    own gamification_spot := gamification_spot_of(p_board, p_member_id);
BEGIN
    IF own.member_id IS NOT NULL THEN
        RETURN QUERY SELECT own.value,
            gamification_rank_of(p_board, own.value, 9223372036854775807);
    END IF;
END
$$;

-- How many members a board has.
CREATE FUNCTION gamification_board_total(p_board gamification_board) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN gamification_count_before(
        p_board, (-9223372036854775808, 'infinity', 9223372036854775807)::gamification_spot,
        9223372036854775807
    );
END
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
