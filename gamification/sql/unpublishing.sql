-- A metric means something else from now on, and so do the badges on it.
CREATE FUNCTION gamification_unpublish_badges(p_metric_id bigint) RETURNS void LANGUAGE sql AS $$
    UPDATE gamification_badge SET state = 'changed'
    WHERE metric_id = p_metric_id AND state = 'published'
$$;
