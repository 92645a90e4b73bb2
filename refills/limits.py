"""Figures past which what was typed is a slip. Each is refused in the form; the upper ones by the database too."""

MOST_MCG_PER_ML = 4000  # past the label's 2000 a preparation is compounded; past this it is refused
LEAST_MCG_PER_ML = 10  # the weakest that is sold, for screening, has 50
STANDARD_MCG_PER_ML = (500, 1000, 2000)  # what is sold for pumps: catalogue, products
MOST_MCG_PER_DAY = 5000  # above every published dose
MOST_OBSERVED_MIN = 2880  # two days: longer is an admission
LEAST_MCG_PER_DAY = 5  # below every published dose: the lowest seen is 12 (catalogue, dose_ranges)
THOUSANDFOLD = 100  # a dose this many times the last one, or less, is a unit mistaken and no change
LEAST_FILLED_ML = 1  # a fill below this is none
