"""The awards' part of the audit: what each brought, and who should hold a badge and does not."""

from points.services.audit import AuditPass, check_sql

COUNT_AWARDS = (
    "SELECT count(*) FROM gamification_badgeaward "
    "WHERE %(member)s::bigint IS NULL OR member_id = %(member)s"
)

AUDITED_AWARDS = """
    SELECT * FROM (SELECT 'award ' || award.id, concat_ws('; ',
        CASE WHEN award.points > 0 AND entry.id IS NULL
            THEN 'its ' || award.points || ' points were never posted' END,
        CASE WHEN award.points > 0 AND entry.amount <> award.points
            THEN 'it brought ' || award.points || ' points, the ledger says ' || entry.amount END,
        CASE WHEN award.points > 0 AND account.member_id <> award.member_id
            THEN 'its points went to member ' || account.member_id END,
        CASE WHEN award.points > 0 AND award.turn > 1 THEN 'it brought points once more' END,
        CASE WHEN award.revoked_at IS NULL AND count(*) FILTER (WHERE award.revoked_at IS NULL)
                OVER (PARTITION BY award.member_id, award.badge_id) > 1
            THEN 'member ' || award.member_id || ' holds the badge twice' END,
        CASE WHEN award.turn <> row_number()
                OVER (PARTITION BY award.member_id, award.badge_id ORDER BY award.id)
            THEN 'its turn ' || award.turn || ' is not the next one' END,
        CASE WHEN award.origin = 'rule' AND award.turn > 1
            THEN 'the rule gave what had been given before' END,
        CASE WHEN award.member_id IN (award.awarded_by_id, award.revoked_by_id)
            THEN 'member ' || award.member_id || ' had a say in it' END,
        CASE WHEN (award.revoked_at IS NULL) <> (award.revoked_by_id IS NULL)
            THEN 'it was half revoked' END
    )
    FROM gamification_badgeaward award
    LEFT JOIN points_pointtransaction entry
      ON entry.source_type = 'badge' AND entry.rule = 'EARN_BADGE'
     AND entry.source_id = 'site:badge:' || award.member_id || ':' || award.badge_id
    LEFT JOIN points_pointaccount account ON account.id = entry.account_id
    WHERE %(member)s::bigint IS NULL OR award.member_id = %(member)s
    ) judged(subject, problem) WHERE problem <> ''
"""

# Points of a badge that nobody was awarded.
AUDITED_POINTS = """
    SELECT 'transaction ' || entry.id,
        'it is of ' || entry.source_id || ', and no award brought ' || entry.amount || ' points'
    FROM points_pointtransaction entry
    WHERE entry.source_type = 'badge'
      AND (%(account)s::bigint IS NULL OR entry.account_id = %(account)s)
      AND NOT EXISTS (
          SELECT 1 FROM gamification_badgeaward award
          WHERE entry.source_id = 'site:badge:' || award.member_id || ':' || award.badge_id
            AND award.points = entry.amount
      )
"""

# Whoever still has rows to be projected, or a metric that is being folded again, or a badge that is
# being handed out, may be owed one.
AUDITED_OWED = """
    SELECT 'member ' || score.member_id,
        'has met ' || badge.type || ' and was never given it'
    FROM gamification_badge badge
    JOIN gamification_metric metric ON metric.id = badge.metric_id
    JOIN gamification_metricscore score ON score.metric_id = metric.id
    JOIN points_pointaccount account ON account.member_id = score.member_id
    WHERE badge.state = 'published' AND badge.is_active AND account.closed_at IS NULL
      AND (%(member)s::bigint IS NULL OR score.member_id = %(member)s)
      AND score.period_kind = 0 AND score.period_start = date '0001-01-01'
      AND score.value >= gamification_needed(badge.threshold, metric.decimals)
      AND NOT EXISTS (
          SELECT 1 FROM gamification_badgeaward award
          WHERE award.member_id = score.member_id AND award.badge_id = badge.id
      )
      AND NOT EXISTS (SELECT 1 FROM gamification_backlog WHERE account_id = account.id)
      AND NOT EXISTS (SELECT 1 FROM gamification_metricrebuild WHERE metric_id = metric.id)
      AND NOT EXISTS (
          SELECT 1 FROM gamification_badgebackfill backfill
          WHERE backfill.badge_id = badge.id AND backfill.finished_at IS NULL
      )
"""

AWARD_PASSES = (
    AuditPass(
        name="gamification.awards",
        promise="A badge is held once, and its points stand once, with the member.",
        count_sql=COUNT_AWARDS,
        check=check_sql(AUDITED_AWARDS, AUDITED_POINTS),
    ),
    AuditPass(
        name="gamification.owed_badges",
        promise="Whoever has met a published badge was given it, work that waits aside.",
        count_sql="SELECT count(*) FROM gamification_badge",
        check=check_sql(AUDITED_OWED),
    ),
)
