"""What the audit checks of the catalogue: the shelves, and that each redemption is paid for."""

from collections.abc import Iterator

from points.services.audit import AuditPass, Finding, Saw, Scope, check_sql
from rewards.models import Reward
from rewards.selectors import list_rewards_with_wrong_stock

REWARDS = "SELECT count(*) FROM rewards_reward"
REDEMPTIONS = (
    "SELECT count(*) FROM rewards_redemption "
    "WHERE %(member)s::bigint IS NULL OR member_id = %(member)s"
)

PAYMENTS = """
SELECT 'redemption ' || redemption.id, concat_ws('; ',
    CASE WHEN spend.id IS NULL THEN 'its spend ' || redemption.spend_id || ' is missing' END,
    CASE WHEN spend.type <> 'spend' THEN 'transaction ' || spend.id || ' is no spend' END,
    CASE WHEN spend.amount <> -redemption.points THEN 'it cost ' || redemption.points
        || ', transaction ' || spend.id || ' moved ' || spend.amount END,
    CASE WHEN account.member_id <> redemption.member_id THEN 'member ' || account.member_id
        || ' paid for member ' || redemption.member_id END,
    CASE WHEN (spend.source_type, spend.source_id, spend.rule)
        IS DISTINCT FROM ('redemption', redemption.id::text, 'spend') AND spend.id IS NOT NULL
        THEN 'transaction ' || spend.id || ' was not made for it' END,
    CASE WHEN spend.metadata ->> 'rewardId' <> redemption.reward_id::text THEN 'reward '
        || coalesce(spend.metadata ->> 'rewardId', '?') || ' was paid for, reward '
        || redemption.reward_id || ' is on record' END,
    CASE WHEN spend.created_at <> redemption.redeemed_at THEN 'it was redeemed at another instant '
        || 'than it was paid' END
)
FROM rewards_redemption redemption
LEFT JOIN points_pointtransaction spend ON spend.id = redemption.spend_id
LEFT JOIN points_pointaccount account ON account.id = spend.account_id
WHERE (%(member)s::bigint IS NULL OR redemption.member_id = %(member)s)
  AND (spend.id IS NULL
    OR spend.type <> 'spend'
    OR spend.amount <> -redemption.points
    OR account.member_id <> redemption.member_id
    OR (spend.source_type, spend.source_id, spend.rule)
       IS DISTINCT FROM ('redemption', redemption.id::text, 'spend')
    OR spend.metadata ->> 'rewardId' <> redemption.reward_id::text
    OR spend.created_at <> redemption.redeemed_at)
"""

# By the spend, so that points given back behind a redemption's back are seen as well.
RETURNS = """
SELECT 'redemption ' || redemption.id, concat_ws('; ',
    CASE WHEN redemption.status IN ('REJECTED', 'CANCELLED') AND returned.id IS NULL
        THEN 'it is ' || redemption.status || ' and its points were not given back' END,
    CASE WHEN redemption.status NOT IN ('REJECTED', 'CANCELLED') AND returned.id IS NOT NULL
        THEN 'it is ' || redemption.status || ' and its points were given back' END,
    CASE WHEN redemption.reversal_id IS DISTINCT FROM returned.id THEN 'transaction '
        || coalesce(returned.id::text, 'none') || ' gave its points back, on record is '
        || coalesce(redemption.reversal_id::text, 'none') END,
    CASE WHEN (returned.source_type, returned.source_id, returned.rule)
        IS DISTINCT FROM ('redemption', redemption.id::text, 'reversal')
        AND returned.id IS NOT NULL
        THEN 'transaction ' || returned.id || ' was not made for it' END,
    CASE WHEN returned.created_at
        <> coalesce(redemption.rejected_at, redemption.cancelled_at, returned.created_at)
        THEN 'its points were given back at another instant than it was decided' END
)
FROM rewards_redemption redemption
LEFT JOIN points_pointtransaction returned ON returned.reversal_of_id = redemption.spend_id
WHERE (%(member)s::bigint IS NULL OR redemption.member_id = %(member)s)
  AND ((redemption.status IN ('REJECTED', 'CANCELLED')) <> (returned.id IS NOT NULL)
    OR redemption.reversal_id IS DISTINCT FROM returned.id
    OR ((returned.source_type, returned.source_id, returned.rule)
        IS DISTINCT FROM ('redemption', redemption.id::text, 'reversal')
        AND returned.id IS NOT NULL)
    OR returned.created_at
       <> coalesce(redemption.rejected_at, redemption.cancelled_at, returned.created_at))
"""

UNCLAIMED = """
SELECT 'transaction ' || entry.id, 'redemption ' || entry.source_id || ', which it '
    || CASE entry.rule WHEN 'spend' THEN 'paid' ELSE 'gave back' END || ', does not name it'
FROM points_pointtransaction entry
WHERE entry.source_type = 'redemption'
  AND (%(account)s::bigint IS NULL OR entry.account_id = %(account)s)
  AND CASE entry.rule
      WHEN 'spend' THEN NOT EXISTS (SELECT 1 FROM rewards_redemption WHERE spend_id = entry.id)
      ELSE NOT EXISTS (SELECT 1 FROM rewards_redemption WHERE reversal_id = entry.id) END
"""


def check_stock(scope: Scope, saw: Saw) -> Iterator[Finding]:
    """Yield rewards whose shelf does not add up. Shelves are nobody's, whatever the scope."""
    for reward in list_rewards_with_wrong_stock().iterator():
        held = reward.held  # type: ignore[attr-defined]  # annotated
        yield Finding(
            subject=f"reward {reward.pk}",
            problem=f"{reward.quantity} are left and {held} are held of "
            f"{reward.quantity_stocked} ever stocked",
        )
    unlimited = Reward.objects.filter(quantity=None).exclude(quantity_stocked=None)
    for reward in unlimited.iterator():
        yield Finding(
            subject=f"reward {reward.pk}",
            problem=f"it is without limit and {reward.quantity_stocked} were ever stocked",
        )


PASSES = (
    AuditPass(
        name="rewards.stock",
        promise="What was ever stocked is what is left and what live redemptions hold.",
        count_sql=REWARDS,
        check=check_stock,
    ),
    AuditPass(
        name="rewards.redemptions",
        promise="Each redemption is paid by its own spend and given back exactly when it came to "
        "nothing.",
        count_sql=REDEMPTIONS,
        check=check_sql(PAYMENTS, RETURNS, UNCLAIMED),
    ),
)
