"""The referrals' part of the audit: each referral in itself, and against what it earned."""

from points.services.audit import AuditPass, check_sql

# What each step of a referral is recorded as: who earned it, and the instant.
STEPS = """
    SELECT referral.id, referral.status, step.member_id, step.taken_at, step.name,
        'site:referral:' || referral.id || ':' || step.name AS event_id
    FROM referrals_referral referral CROSS JOIN LATERAL (VALUES
        ('conversion', referral.referrer_id, referral.converted_at),
        ('signup', referral.referred_id, referral.converted_at),
        ('activation', referral.referrer_id, referral.activated_at)
    ) step(name, member_id, taken_at)
"""

AUDITED_ACTIVITIES = """
    SELECT 'activity ' || activity.id, CASE
        WHEN step.id IS NULL THEN 'it is of ' || activity.event_id || ', which no referral took'
        WHEN step.taken_at IS NULL THEN 'referral ' || step.id || ' is ' || step.status
            || ' and earned its ' || step.name
        WHEN account.member_id <> step.member_id THEN 'member ' || account.member_id
            || ' earned the ' || step.name || ' of referral ' || step.id || ', member '
            || step.member_id || ' took it'
        ELSE 'referral ' || step.id || ' took its ' || step.name || ' at another instant' END
    FROM points_activity activity
    JOIN points_pointaccount account ON account.id = activity.account_id
    LEFT JOIN (STEPS) step ON step.event_id = activity.event_id
    WHERE activity.event_id LIKE 'site:referral:%%'
      AND (%(account)s::bigint IS NULL OR activity.account_id = %(account)s)
      AND (step.id IS NULL
        OR step.taken_at IS NULL
        OR account.member_id <> step.member_id
        OR activity.created_at <> step.taken_at)
    """.replace("STEPS", STEPS)

# A step whose action staff had switched off earns nothing and leaves no activity, so one is only
# missed where the same step was recorded before and after.
AUDITED_STEPS = """
    SELECT 'referral ' || step.id, 'its ' || step.name || ' is missing from the activities'
    FROM (STEPS) step
    JOIN (
        SELECT split_part(event_id, ':', 4) AS name,
            min(created_at) AS first_at, max(created_at) AS last_at
        FROM points_activity WHERE event_id LIKE 'site:referral:%%' GROUP BY 1
    ) recorded ON recorded.name = step.name
        AND step.taken_at BETWEEN recorded.first_at AND recorded.last_at
    LEFT JOIN points_activity activity ON activity.event_id = step.event_id
    LEFT JOIN points_pointaccount account ON account.member_id = step.member_id
    WHERE activity.id IS NULL AND account.closed_at IS NULL
      AND (%(member)s::bigint IS NULL OR step.member_id = %(member)s)
    """.replace("STEPS", STEPS)

AUDITED_REFERRALS = """
    SELECT * FROM (SELECT 'referral ' || referral.id, concat_ws('; ',
        CASE WHEN code.member_id IS DISTINCT FROM referral.referrer_id THEN 'its code '
            || referral.code_id || ' is not of member ' || referral.referrer_id END,
        CASE WHEN count(*) OVER (PARTITION BY referral.referred_id) > 1
            AND referral.referred_id IS NOT NULL
            THEN 'member ' || referral.referred_id || ' was brought by more than one' END,
        CASE WHEN (referral.converted_at IS NOT NULL)
                <> (referral.status IN ('converted', 'activated'))
            OR (referral.activated_at IS NOT NULL) <> (referral.status = 'activated')
            OR (referral.referred_id IS NOT NULL) <> (referral.status <> 'pending')
            OR referral.held_at IS NULL AND referral.status IN ('in_review', 'refused')
            OR referral.held_at IS NOT NULL AND referral.status = 'pending'
            THEN 'it is ' || referral.status || ' and has the instants of another status' END,
        CASE WHEN referral.held_at IS NOT NULL AND referral.status <> 'in_review'
            AND (referral.decided_at IS NULL OR referral.decided_by_id IS NULL
                OR referral.converted_at <> referral.decided_at)
            THEN 'it was held in review and is ' || referral.status || ' without a decision' END,
        CASE WHEN referral.held_at IS NULL
            AND (referral.decided_at IS NOT NULL OR referral.held_because <> '')
            THEN 'it was decided and never held in review' END,
        CASE WHEN referral.status = 'in_review' AND referral.decided_at IS NOT NULL
            THEN 'it is in review and was decided' END,
        CASE WHEN referral.status = 'refused' AND referral.decision_reason = ''
            THEN 'it was refused without a reason' END,
        CASE WHEN referral.decided_by_id IN (referral.referrer_id, referral.referred_id)
            THEN 'member ' || referral.decided_by_id || ' decided a referral of their own' END,
        CASE WHEN referral.created_at > referral.invited_at
            OR referral.created_at > coalesce(referral.held_at, referral.converted_at)
            OR referral.held_at > referral.decided_at
            OR referral.held_at > referral.purchased_at
            OR referral.purchased_at > referral.decided_at
            OR referral.converted_at > referral.activated_at THEN 'it went backwards' END
    )
    FROM referrals_referral referral
    LEFT JOIN referrals_referralcode code ON code.id = referral.code_id
    WHERE %(member)s::bigint IS NULL OR %(member)s IN (referral.referrer_id, referral.referred_id)
    ) judged(subject, problem) WHERE problem <> ''
"""

AUDIT_PASSES = (
    AuditPass(
        name="referrals.referrals",
        promise="A member was brought once, by the owner of the code, one step after the other, "
        "and what was held in review counts by a decision.",
        count_sql="SELECT count(*) FROM referrals_referral WHERE %(member)s::bigint IS NULL "
        "OR %(member)s IN (referrer_id, referred_id)",
        check=check_sql(AUDITED_REFERRALS),
    ),
    AuditPass(
        name="referrals.steps",
        promise="Each step earned once, for whom and when the referral says.",
        count_sql="SELECT count(*) FROM points_activity WHERE event_id LIKE 'site:referral:%%' "
        "AND (%(account)s::bigint IS NULL OR account_id = %(account)s)",
        check=check_sql(AUDITED_ACTIVITIES, AUDITED_STEPS),
    ),
)
