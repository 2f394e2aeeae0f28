"""How pages write numbers."""

import pytest
from django.utils import translation

from points.templatetags.numbers import grouped, signed


@pytest.mark.parametrize(
    ("amount", "plain", "with_sign"),
    [
        (1_250, "1,250", "+1,250"),
        (0, "0", "0"),
        (-50, "\N{MINUS SIGN}50", "\N{MINUS SIGN}50"),
        (-4.5, "\N{MINUS SIGN}4.5", "\N{MINUS SIGN}4.5"),
    ],
)
def test_a_number_has_grouped_digits_and_a_real_minus(amount, plain, with_sign):
    assert (grouped(amount), signed(amount)) == (plain, with_sign)


def test_a_sign_stays_before_its_number_from_right_to_left():
    with translation.override("ar"):
        assert signed(50) == "\N{LEFT-TO-RIGHT MARK}+50"


def test_digits_are_grouped_as_the_reader_does():
    with translation.override("de"):
        assert signed(-1_250) == "\N{MINUS SIGN}1.250"
