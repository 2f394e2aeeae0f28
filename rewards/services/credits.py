"""What points are worth as a discount: the rates of LOYALTY_REDEMPTION_RATES, in whole cents."""

from decimal import Decimal

from django.conf import settings

from rewards.errors import CreditAboveAmount, CreditTooSmall, CurrencyNotRedeemable

CENTS = 100


def price_credit(*, points: int, amount: Decimal, currency: str) -> Decimal:
    """Return what points are worth against a price, rounded down to the cent.

    Raises CurrencyNotRedeemable, CreditTooSmall, CreditAboveAmount.
    """
    rates: dict[str, int] = settings.LOYALTY_REDEMPTION_RATES
    rate = rates.get(currency)
    if rate is None:
        raise CurrencyNotRedeemable(currency=currency, allowed=rates)
    credit = Decimal(points * CENTS // rate).scaleb(-2)
    if not credit:
        raise CreditTooSmall(points_min=-(-rate // CENTS), currency=currency)
    if credit > amount:
        points_max = find_points_max(price_cents=int(amount * CENTS), rate=rate)
        raise CreditAboveAmount(
            points_max=points_max, amount=as_json_number(amount), currency=currency
        )
    return credit


def find_points_max(*, price_cents: int, rate: int) -> int:
    """Return the most points that can be redeemed against a price, and no more than pay it all."""
    fewest_for_all = -(-price_cents * rate // CENTS)
    most_within = ((price_cents + 1) * rate - 1) // CENTS
    return min(fewest_for_all, most_within)


def as_json_number(amount: Decimal) -> float:
    """Return an amount of money as a JSON number, for the edge and nothing else.

    JSON has no decimals in Python; amounts have ten digits at most, and up to fifteen come out of
    a float as they went in.
    """
    return float(amount)
