"""Figures past which what was typed is a slip."""

MOST_MCG_PER_ML = 4000  # past the label's 2000 a preparation is compounded; past this it is refused
MOST_MCG_PER_DAY = 5000  # above every published dose
MOST_OBSERVED_MIN = 2880  # two days: longer is an admission
