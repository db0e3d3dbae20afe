"""The methods of the catalogue benchmark, as records and tables name them."""

OURS = "isocline"
DEEPXDE = "DeepXDE Adam + L-BFGS"
NNCG = "DeepXDE Adam + L-BFGS + NNCG"
CLASSICAL = "classical"
