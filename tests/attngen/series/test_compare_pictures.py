"""The charts are drawn in both languages, from smoke results."""
from attngen import experiments
from attngen.series import compare_experiments, compare_pictures  # noqa: F401
from attngen.series.probsparse_study import SEQUENCES, study



def test_maps_and_shares(published):
    assert compare_pictures.maps(length=16, dim=8) == 6
    factors = (1, 4)
    compare_pictures.kept({kind: study(kind, 32, 8, factors, repeats=1) for kind in SEQUENCES}, factors)
    assert len(published) == 4  # two charts, two languages


def test_costs(published, places):
    compare_pictures.cost(experiments.run("series-probsparse", "smoke", device="cpu"))
    assert len(published) == 2


def test_fans(published, places, real):
    real("etth1")
    result = experiments.run("series-hf-etth1-24", "smoke", device="cpu")
    rows = compare_pictures.read_fan(result, "tst")
    assert [row["step"] for row in rows] == [1, 2, 3, 4]
    compare_pictures.fans(result)
    assert len(published) == 2
