"""The people of the programme as others see them: hosts announce them, staff list them."""
