"""Equations of the lynx and the hare, from twenty-one yearly numbers.

Copy this file and change the three names in capitals: a file or a name of the catalogue, the states, and
where the run folder goes.
"""

from isocline_data import open_dataset
from isocline_sysid import discover

SOURCE = "lynx_hare"
STATES = ["hare", "lynx"]
RESULT = "lynx_hare_model.nc"

# Any dataset with a time axis: gaps may be NaN, steps may differ.
data = open_dataset(SOURCE)

# Terms are chosen from all products up to degree 2; the errors come from refits to redrawn data.
model = discover(data, STATES, degree=2, draws=100, seed=0)
print(model)
for note in model.notes:
    print("note:", note)

# The model can be simulated from any start; times count in the model's time unit.
future = model.simulate([30.0, 4.0], range(41))
print(f"hares after 40 {model.time_unit}s: {float(future['hare'][-1]):.1f} thousand pelts")

# ... and kept: Model.from_netcdf reads it back.
model.to_netcdf(RESULT, overwrite=True)
