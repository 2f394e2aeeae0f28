-- The next page of a badge's backfill: up to `p_limit` members with a score in its metric, between
-- those that are done from the first on and those that are done from the last back. `edge` is the
-- member the page ends with, NULL when nobody is left; `member_ids` are those of them who meet the
-- criterion and never had the badge.
--
-- Members are looked at in the order of the primary key, met or not. Sorting is made unattractive:
-- asked for the next in order, PostgreSQL may rather read all there are from the board's index and
-- sort them, and for each page again. Awards are found as `gamification_lock_earners` does.
CREATE FUNCTION gamification_backfill_page(
    p_badge_id bigint,
    p_metric_id bigint,
    p_needed bigint,
    p_after bigint,
    p_before bigint,
    p_from_last boolean,
    p_limit integer
) RETURNS TABLE (edge bigint, member_ids bigint[])
LANGUAGE plpgsql STABLE SET enable_sort = off SET enable_bitmapscan = off AS $$
#variable_conflict use_column
DECLARE
    seen_ids bigint[];
    met_ids bigint[];
BEGIN
    IF p_from_last THEN
        SELECT array_agg(member_id), array_agg(member_id) FILTER (WHERE value >= p_needed)
        INTO seen_ids, met_ids
        FROM (
            SELECT member_id, value FROM gamification_metricscore
            WHERE metric_id = p_metric_id AND member_id > p_after AND member_id < p_before
              AND period_kind = 0 AND period_start = date '0001-01-01'
            ORDER BY member_id DESC LIMIT p_limit
        ) page;
    ELSE
        SELECT array_agg(member_id), array_agg(member_id) FILTER (WHERE value >= p_needed)
        INTO seen_ids, met_ids
        FROM (
            SELECT member_id, value FROM gamification_metricscore
            WHERE metric_id = p_metric_id AND member_id > p_after AND member_id < p_before
              AND period_kind = 0 AND period_start = date '0001-01-01'
            ORDER BY member_id LIMIT p_limit
        ) page;
    END IF;
    edge := seen_ids[cardinality(seen_ids)];
    member_ids := array(
        SELECT id FROM unnest(met_ids) met(id)
        WHERE (
            SELECT award.id FROM gamification_badgeaward award
            WHERE award.member_id = met.id AND award.badge_id + 0 = p_badge_id
              AND award.turn = 1
        ) IS NULL
    );
    RETURN NEXT;
END
$$;
