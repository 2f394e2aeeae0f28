"""What the audit checks of redeeming by type: that it is paid for, and whose each code is."""

from points.services.audit import AuditPass, check_sql

REDEMPTIONS = (
    "SELECT count(*) FROM rewards_optionredemption "
    "WHERE %(member)s::bigint IS NULL OR member_id = %(member)s"
)
# Codes nobody holds are nobody's, so they are looked at whatever the scope.
CODES = "SELECT count(*) FROM rewards_vouchercode"

PAYMENTS = """
SELECT 'redemption ' || redemption.id, concat_ws('; ',
    CASE WHEN spend.id IS NULL THEN 'its spend ' || redemption.spend_id || ' is missing' END,
    CASE WHEN spend.type <> 'spend' THEN 'transaction ' || spend.id || ' is no spend' END,
    CASE WHEN spend.amount <> -redemption.points THEN 'it cost ' || redemption.points
        || ', transaction ' || spend.id || ' moved ' || spend.amount END,
    CASE WHEN account.member_id <> redemption.member_id THEN 'member ' || account.member_id
        || ' paid for member ' || redemption.member_id END,
    CASE WHEN (spend.source_type, spend.source_id, spend.rule)
        IS DISTINCT FROM ('option_redemption', redemption.id::text, 'spend')
        AND spend.id IS NOT NULL
        THEN 'transaction ' || spend.id || ' was not made for it' END,
    CASE WHEN spend.created_at <> redemption.redeemed_at THEN 'it was redeemed at another instant '
        || 'than it was paid' END,
    CASE WHEN spend.metadata ->> 'rewardType' IS DISTINCT FROM option.type THEN 'type '
        || coalesce(spend.metadata ->> 'rewardType', '?') || ' was paid for, type '
        || coalesce(option.type, '?') || ' is on record' END,
    CASE WHEN (spend.metadata ->> 'value', spend.metadata ->> 'currency')
        IS DISTINCT FROM (redemption.value::text, redemption.currency::text)
        THEN concat_ws(' ', spend.metadata ->> 'value', spend.metadata ->> 'currency')
        || ' was paid for, ' || redemption.value || ' ' || redemption.currency
        || ' is on record' END,
    CASE WHEN redemption.value * redemption.points_per_unit <> redemption.points
        THEN redemption.points || ' points at ' || redemption.points_per_unit
        || ' for 1.00 are not ' || redemption.value END
)
FROM rewards_optionredemption redemption
LEFT JOIN rewards_rewardoption option ON option.id = redemption.option_id
LEFT JOIN points_pointtransaction spend ON spend.id = redemption.spend_id
LEFT JOIN points_pointaccount account ON account.id = spend.account_id
WHERE (%(member)s::bigint IS NULL OR redemption.member_id = %(member)s)
  AND (spend.id IS NULL
    OR spend.type <> 'spend'
    OR spend.amount <> -redemption.points
    OR account.member_id <> redemption.member_id
    OR (spend.source_type, spend.source_id, spend.rule)
       IS DISTINCT FROM ('option_redemption', redemption.id::text, 'spend')
    OR spend.created_at <> redemption.redeemed_at
    OR spend.metadata ->> 'rewardType' IS DISTINCT FROM option.type
    OR (spend.metadata ->> 'value', spend.metadata ->> 'currency')
       IS DISTINCT FROM (redemption.value::text, redemption.currency::text)
    OR redemption.value * redemption.points_per_unit <> redemption.points)
"""

# By the spend, so that a redemption that vanished or was undone is missed.
UNCLAIMED = """
SELECT 'transaction ' || entry.id, 'redemption ' || entry.source_id || ', which it paid, '
    || 'does not name it'
FROM points_pointtransaction entry
WHERE entry.source_type = 'option_redemption'
  AND (%(account)s::bigint IS NULL OR entry.account_id = %(account)s)
  AND NOT EXISTS (SELECT 1 FROM rewards_optionredemption WHERE spend_id = entry.id)
"""

RETURNED = """
SELECT 'redemption ' || redemption.id, 'transaction ' || returned.id || ' gave its points back, '
    || 'and it is done'
FROM rewards_optionredemption redemption
JOIN points_pointtransaction returned ON returned.reversal_of_id = redemption.spend_id
WHERE %(member)s::bigint IS NULL OR redemption.member_id = %(member)s
"""

MISSING_CODES = """
SELECT 'redemption ' || redemption.id, 'its code of pool ' || redemption.code_pool_id
    || ' is missing'
FROM rewards_optionredemption redemption
WHERE redemption.code_pool_id IS NOT NULL
  AND (%(member)s::bigint IS NULL OR redemption.member_id = %(member)s)
  AND NOT EXISTS (SELECT 1 FROM rewards_vouchercode WHERE option_redemption_id = redemption.id)
"""

WRONG_CODES = """
SELECT 'code ' || code.id, concat_ws('; ',
    CASE WHEN code.digest IS DISTINCT FROM sha256(
        convert_to(code.pool_id || ':' || code.code, 'UTF8'))
        THEN 'it is not the code that was added' END,
    CASE WHEN (code.assigned_at IS NULL)
        <> (code.option_redemption_id IS NULL AND code.redemption_id IS NULL)
        OR code.option_redemption_id IS NOT NULL AND code.redemption_id IS NOT NULL
        THEN 'it must be of one redemption from when it was handed out' END,
    CASE WHEN code.option_redemption_id IS NOT NULL AND by_type.id IS NULL
        OR code.redemption_id IS NOT NULL AND catalogue.id IS NULL
        THEN 'the redemption it was handed out to is missing' END,
    CASE WHEN by_type.code_pool_id IS DISTINCT FROM code.pool_id AND by_type.id IS NOT NULL
        THEN 'redemption ' || by_type.id || ' takes no code of pool ' || code.pool_id END,
    CASE WHEN code.assigned_at <> coalesce(by_type.redeemed_at, catalogue.approved_at)
        OR catalogue.id IS NOT NULL AND catalogue.approved_at IS NULL
        THEN 'it was handed out at another instant than it was redeemed or approved' END
)
FROM rewards_vouchercode code
LEFT JOIN rewards_optionredemption by_type ON by_type.id = code.option_redemption_id
LEFT JOIN rewards_redemption catalogue ON catalogue.id = code.redemption_id
WHERE (%(member)s::bigint IS NULL OR coalesce(by_type.member_id, catalogue.member_id, %(member)s)
       = %(member)s)
  AND (code.digest IS DISTINCT FROM sha256(convert_to(code.pool_id || ':' || code.code, 'UTF8'))
    OR (code.assigned_at IS NULL)
       <> (code.option_redemption_id IS NULL AND code.redemption_id IS NULL)
    OR code.option_redemption_id IS NOT NULL AND code.redemption_id IS NOT NULL
    OR code.option_redemption_id IS NOT NULL AND by_type.id IS NULL
    OR code.redemption_id IS NOT NULL AND catalogue.id IS NULL
    OR by_type.code_pool_id IS DISTINCT FROM code.pool_id AND by_type.id IS NOT NULL
    OR code.assigned_at <> coalesce(by_type.redeemed_at, catalogue.approved_at)
    OR catalogue.id IS NOT NULL AND catalogue.approved_at IS NULL)
"""

PASSES = (
    AuditPass(
        name="rewards.by_type",
        promise="Each redemption by type is paid by its own spend, and worth exactly what was "
        "paid.",
        count_sql=REDEMPTIONS,
        check=check_sql(PAYMENTS, UNCLAIMED, RETURNED),
    ),
    AuditPass(
        name="rewards.codes",
        promise="Each code is the one that was added, and was handed out to one redemption at "
        "most; none that was due is missing.",
        count_sql=CODES,
        check=check_sql(MISSING_CODES, WRONG_CODES),
    ),
)
