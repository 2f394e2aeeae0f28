"""Looking through the referrals."""

from django.db.models import Q, QuerySet

from points.selectors.people import among, find_people, is_indexed, match_people, words_of_people

from ..models import Referral


def search_referrals(referrals: QuerySet[Referral], *, text: str, count_max: int) -> list[int]:
    """Return the keys of those with a text in a member's id, name or e-mail, or in an invited one.

    Literally and in any case, or by the whole code; by each the first `count_max`, in the order of
    the queryset. Two queries: one OR across the tables would leave no index to go by.
    """
    found = [*_filter_by_words(referrals, text), referrals.filter(code__code=text.upper())]
    first, *others = (each.values_list("pk", flat=True)[:count_max] for each in found)
    return list(first.union(*others))


def _filter_by_words(referrals: QuerySet[Referral], text: str) -> list[QuerySet[Referral]]:
    invited = Q(email__icontains=text)
    if not is_indexed(text):
        words = words_of_people("referrer", "referred")
        return [referrals.alias(words=words).filter(Q(words__icontains=text) | invited)]
    # The index leaves the blank ones out.
    by_email = referrals.filter(invited).exclude(email="")
    keys = find_people(text)
    if keys is None:
        ways = match_people(text, way="referrer") | match_people(text, way="referred")
        return [referrals.filter(ways), by_email]
    return [
        referrals.filter(referrer_id__in=among(keys)),
        referrals.filter(referred_id__in=among(keys)),
        by_email,
    ]
