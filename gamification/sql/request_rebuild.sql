-- Ask for a metric's scores to be folded again; one that is under way starts anew.
CREATE FUNCTION gamification_request_rebuild(p_metric_id bigint) RETURNS void LANGUAGE sql AS $$
    INSERT INTO gamification_metricrebuild (metric_id) VALUES (p_metric_id)
    ON CONFLICT (metric_id) DO UPDATE SET requested_at = now(), after_account = 0
$$;
