"""What the audit checks of purchases: what each earned, and that its claim is paid for."""

from points.services.audit import AuditPass, check_sql

PURCHASES = (
    "SELECT count(*) FROM rewards_purchase "
    "WHERE %(member)s::bigint IS NULL OR member_id = %(member)s"
)

# By either side, so that an activity without its purchase is seen as well. A purchase that was
# completed while PURCHASE was switched off has no figure and no activity.
EARNINGS = """
SELECT * FROM (SELECT
    coalesce('purchase ' || purchase.id, 'activity ' || activity.id), concat_ws('; ',
    CASE WHEN purchase.id IS NULL THEN 'it is of ' || activity.event_id
        || ', and there is no such purchase' END,
    CASE WHEN purchase.status <> 'completed' AND activity.id IS NOT NULL
        THEN 'it is ' || purchase.status || ' and has earned' END,
    CASE WHEN purchase.points_earned IS NOT NULL AND activity.id IS NULL
        THEN 'what it earned is missing from the activities' END,
    CASE WHEN purchase.id IS NOT NULL AND activity.points IS DISTINCT FROM purchase.points_earned
        AND activity.id IS NOT NULL THEN 'it earned ' || activity.points || ', on record is '
        || coalesce(purchase.points_earned::text, 'nothing') END,
    CASE WHEN account.member_id <> purchase.member_id THEN 'member ' || account.member_id
        || ' earned for a purchase of member ' || purchase.member_id END,
    CASE WHEN activity.metadata -> 'amount' <> to_jsonb(purchase.amount) OR
        activity.metadata ->> 'currency' <> purchase.currency THEN 'it earned for '
        || concat_ws(' ', activity.metadata ->> 'amount', activity.metadata ->> 'currency')
        || ', on record is ' || purchase.amount || ' ' || purchase.currency END,
    CASE WHEN action.code <> 'PURCHASE' AND purchase.id IS NOT NULL
        THEN 'it earned as ' || action.code END,
    CASE WHEN activity.created_at <> purchase.completed_at
        THEN 'it was completed at another instant than it earned' END
)
FROM (
    SELECT * FROM rewards_purchase
    WHERE %(member)s::bigint IS NULL OR member_id = %(member)s
) purchase
FULL JOIN (
    SELECT * FROM points_activity
    WHERE event_id LIKE 'site:purchase:%%'
      AND (%(account)s::bigint IS NULL OR account_id = %(account)s)
) activity ON activity.event_id = 'site:purchase:' || purchase.id || ':completed'
LEFT JOIN points_pointaccount account ON account.id = activity.account_id
LEFT JOIN points_pointaction action ON action.id = activity.action_id
) judged(subject, problem) WHERE problem <> ''
"""

CLAIMS = """
SELECT * FROM (SELECT 'purchase ' || purchase.id, concat_ws('; ',
    CASE WHEN spend.id IS NULL THEN 'the spend ' || purchase.spend_id || ' of its claim is missing'
        END,
    CASE WHEN spend.type <> 'spend' THEN 'transaction ' || spend.id || ' is no spend' END,
    CASE WHEN spend.amount <> -purchase.points_used THEN purchase.points_used
        || ' points were used, transaction ' || spend.id || ' moved ' || spend.amount END,
    CASE WHEN account.member_id <> purchase.member_id THEN 'member ' || account.member_id
        || ' paid for member ' || purchase.member_id END,
    CASE WHEN (spend.source_type, spend.source_id, spend.rule)
        IS DISTINCT FROM ('purchase', purchase.id, 'spend') AND spend.id IS NOT NULL
        THEN 'transaction ' || spend.id || ' was not made for it' END,
    CASE WHEN spend.metadata -> 'creditAmount' <> to_jsonb(purchase.credit_amount)
        OR spend.metadata ->> 'currency' <> purchase.currency THEN concat_ws(' ',
        spend.metadata ->> 'creditAmount', spend.metadata ->> 'currency')
        || ' were paid for, on record is ' || purchase.credit_amount || ' ' || purchase.currency
        END,
    CASE WHEN spend.metadata -> 'amount' <> to_jsonb(purchase.amount) THEN 'it cost '
        || (spend.metadata ->> 'amount') || ' then, on record is ' || purchase.amount END,
    CASE WHEN spend.created_at <> purchase.claimed_at
        THEN 'it was claimed at another instant than it was paid' END,
    CASE WHEN purchase.status = 'cancelled' AND returned.id IS NULL
        THEN 'it is cancelled and its points were not given back' END,
    CASE WHEN purchase.status <> 'cancelled' AND returned.id IS NOT NULL
        THEN 'it is ' || purchase.status || ' and its points were given back' END,
    CASE WHEN purchase.reversal_id IS DISTINCT FROM returned.id THEN 'transaction '
        || coalesce(returned.id::text, 'none') || ' gave its points back, on record is '
        || coalesce(purchase.reversal_id::text, 'none') END,
    CASE WHEN (returned.source_type, returned.source_id, returned.rule)
        IS DISTINCT FROM ('purchase', purchase.id, 'reversal') AND returned.id IS NOT NULL
        THEN 'transaction ' || returned.id || ' was not made for it' END,
    CASE WHEN returned.created_at <> purchase.cancelled_at
        THEN 'its points were given back at another instant than it was cancelled' END
)
FROM rewards_purchase purchase
LEFT JOIN points_pointtransaction spend ON spend.id = purchase.spend_id
LEFT JOIN points_pointaccount account ON account.id = spend.account_id
LEFT JOIN points_pointtransaction returned ON returned.reversal_of_id = purchase.spend_id
WHERE purchase.spend_id IS NOT NULL
  AND (%(member)s::bigint IS NULL OR purchase.member_id = %(member)s)
) judged(subject, problem) WHERE problem <> ''
"""

UNCLAIMED = """
SELECT 'transaction ' || entry.id, 'purchase ' || entry.source_id || ', which it '
    || CASE entry.rule WHEN 'spend' THEN 'paid for' ELSE 'gave back' END || ', does not name it'
FROM points_pointtransaction entry
WHERE entry.source_type = 'purchase'
  AND (%(account)s::bigint IS NULL OR entry.account_id = %(account)s)
  AND CASE entry.rule
      WHEN 'spend' THEN NOT EXISTS (SELECT 1 FROM rewards_purchase WHERE spend_id = entry.id)
      ELSE NOT EXISTS (SELECT 1 FROM rewards_purchase WHERE reversal_id = entry.id) END
"""

PASSES = (
    AuditPass(
        name="rewards.purchases",
        promise="A purchase earned once, for its member and its amount, exactly when it was "
        "completed.",
        count_sql=PURCHASES,
        check=check_sql(EARNINGS),
    ),
    AuditPass(
        name="rewards.claims",
        promise="Each discount is paid by its own spend and given back exactly when the purchase "
        "was cancelled.",
        count_sql=PURCHASES.replace("WHERE", "WHERE spend_id IS NOT NULL AND (") + ")",
        check=check_sql(CLAIMS, UNCLAIMED),
    ),
)
