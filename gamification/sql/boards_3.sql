-- A member's place in one statement, and marks by one pass over a board.

-- A member's value and rank, both NULL without a score. One row. A statement that asks for it is
-- planned together with it and reads two indexes; only a value without a mark is counted.
CREATE FUNCTION gamification_own_place(
    p_metric_id bigint, p_period_kind smallint, p_period_start date, p_member_id bigint
) RETURNS TABLE (value bigint, rank bigint) LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT own.value,
        CASE WHEN own.value IS NOT NULL THEN coalesce(
            mark.above + 1,
            gamification_rank_at(p_metric_id, p_period_kind, p_period_start, own.value)
        ) END
    FROM (SELECT 1) one
    LEFT JOIN gamification_metricscore own
      ON own.metric_id = p_metric_id AND own.member_id = p_member_id
     AND own.period_kind = p_period_kind AND own.period_start = p_period_start
    LEFT JOIN LATERAL (
        SELECT near.above FROM gamification_boardmark near
        WHERE near.metric_id = p_metric_id AND near.period_kind = p_period_kind
          AND near.period_start = p_period_start AND near.value = own.value
        LIMIT 1
    ) mark ON true
$$;

-- Make a board's marks anew, one for every `p_distance` rows, when an active leaderboard shows its
-- metric. False when somebody else is at it. The notes are deleted first, and what they tell of is
-- then in the scores that are read: a writer who has not committed yet has a note that is not seen
-- here, and so stays for the next sweep.
--
-- The board is read once, in the order of its index. Kept of it are the rows to be marked, the first
-- of every value, and the last of all: a value goes down to where the next one begins. The frame
-- ends at the row itself, or the rows of a tie would be held back until its end is known.
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
        place, value, reached_at, member_id, above, coalesce(next_above, place)
    FROM (
        -- From the bottom up: the nearest value below begins where this one ends.
        SELECT numbered.*,
            min(CASE WHEN place = above + 1 THEN above WHEN is_last THEN place END) OVER (
                ORDER BY place DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) AS next_above
        FROM (
            SELECT row_number() OVER down AS place, rank() OVER down - 1 AS above,
                value, reached_at, member_id, member_id = (
                    SELECT member_id FROM gamification_metricscore
                    WHERE metric_id = p_board.metric_id AND period_kind = p_board.period_kind
                      AND period_start = p_board.period_start
                    ORDER BY value, reached_at DESC, member_id DESC LIMIT 1
                ) AS is_last
            FROM (
                SELECT value, reached_at, member_id FROM gamification_metricscore
                WHERE metric_id = p_board.metric_id AND period_kind = p_board.period_kind
                  AND period_start = p_board.period_start
                ORDER BY value DESC, reached_at, member_id
            ) ordered
            WINDOW down AS (ORDER BY value DESC ROWS UNBOUNDED PRECEDING)
        ) numbered
        WHERE place % p_distance = 0 OR place = above + 1 OR is_last
    ) known
    WHERE place % p_distance = 0 AND EXISTS (
        SELECT 1 FROM gamification_leaderboard
        WHERE metric_id = p_board.metric_id AND is_active
    );
    RETURN true;
END
$$;
