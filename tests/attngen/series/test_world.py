"""Made-up worlds: they stay bounded, their truth is the truth, the future never changes the past."""
import numpy as np
import pytest
from attngen.series.switching import SwitchingWorld
from attngen.series.table import SeriesError
from attngen.series.when_windows import WorldWindows, skill, yardstick
from attngen.series.world import World, covariance, follow, weights
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import solve_discrete_lyapunov

worlds = st.builds(
    lambda v, lag, total, share, noise, blur: World(v, lag, total * share, total * (1 - share), noise, blur),
    st.integers(1, 4), st.integers(1, 6), st.floats(-0.9, 0.9), st.floats(0, 1), st.floats(0.1, 3),
    st.floats(0, 2),
)  # fmt: skip


def companion(world: World) -> np.ndarray:
    """The world as one matrix on the last ``lag`` rows of z: the long way to everything ``World`` says."""
    size, count = world.variables, world.lag
    matrix = np.eye(size * count, k=-size)
    matrix[:size, :size] += world.memory * np.eye(size)
    matrix[:size, -size:] += world.coupling * np.roll(np.eye(size), 1, axis=0)
    return matrix


@settings(deadline=None, max_examples=40)
@given(worlds)
def test_the_radius_is_that_of_the_companion_matrix(world):
    assert world.radius == pytest.approx(max(abs(np.linalg.eigvals(companion(world)))), abs=1e-4)
    assert world.radius < 1


@settings(deadline=None, max_examples=25)
@given(worlds)
def test_covariances_solve_the_lyapunov_equation(world):
    matrix, size = companion(world), world.variables
    shock = np.zeros_like(matrix)
    shock[:size, :size] = world.noise**2 * np.eye(size)
    exact = solve_discrete_lyapunov(matrix, shock, method="direct")[:size]  # z[t] with z[t], z[t-1], ...
    for k in range(world.lag):
        part = exact[:, k * size : (k + 1) * size]
        np.testing.assert_allclose(covariance(world, world.lag)[k], part, atol=1e-6)


@pytest.mark.parametrize("coupling, memory", [(1.0, 0.0), (0.6, 0.5), (-1.2, 0.0), (0.0, 1.0), (0.0, -1.5)])
def test_a_world_that_would_grow_is_refused(coupling, memory):
    with pytest.raises(SeriesError, match="not stable"):
        World(coupling=coupling, memory=memory)


@pytest.mark.parametrize(
    "wrong",
    [{"variables": 0}, {"lag": 0}, {"lag": 2.5}, {"noise": 0.0}, {"blur": -1.0}, {"coupling": float("nan")}],
)
def test_numbers_that_make_no_sense_are_named(wrong):
    with pytest.raises(SeriesError, match=next(iter(wrong))):
        World(**wrong)


@settings(deadline=None, max_examples=30)
@given(worlds, st.integers(0, 2**32), st.integers(1, 40), st.data())
def test_changing_the_future_never_changes_the_past(world, seed, length, data):
    shocks = np.random.default_rng(seed).standard_normal((length, world.variables))
    now, changed = data.draw(st.integers(0, length)), shocks.copy()
    changed[now:] += 7
    np.testing.assert_array_equal(follow(world, shocks)[:now], follow(world, changed)[:now])


@settings(deadline=None, max_examples=20)
@given(st.one_of(worlds, st.just(SwitchingWorld((1, 3)))), st.integers(0, 2**32), st.integers(1, 30))
def test_a_longer_draw_begins_with_the_shorter_one(world, seed, length):
    short, long = world.draw(length, seed), world.draw(length + 9, seed)
    assert short.shape == (length, world.variables) and np.isfinite(long).all()
    np.testing.assert_array_equal(short, long[:length])


def test_the_equation_by_hand():
    world = World(2, lag=2, coupling=0.5, memory=0.25)
    shocks = np.array([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]])
    z = follow(world, shocks)
    np.testing.assert_allclose(z[1], [0.25, 2.0])
    # variable 1 hears variable 0, two steps late
    np.testing.assert_allclose(z[2], [0.25 * 0.25, 0.25 * 2.0 + 0.5 * 1.0])


LEVEL = World(lag=1, coupling=0, memory=0.9)


@pytest.mark.parametrize("world", [World(lag=8), World(3, 4, 0.5, 0.4, 2.0), LEVEL])
def test_without_blur_the_floor_is_the_noise_as_soon_as_the_window_reaches_the_cause(world):
    assert world.floor(world.lag) == pytest.approx(world.noise**2, rel=1e-6)
    assert world.floor(world.lag + 9) == pytest.approx(world.noise**2, rel=1e-6)


def test_a_window_that_does_not_reach_the_cause_is_worth_nothing_and_more_steps_ahead_cost_more():
    world = World(lag=8, coupling=0.9)
    assert world.floor(7) == pytest.approx(world.variance) == pytest.approx(1 / (1 - 0.81), rel=1e-5)
    level = World(lag=1, coupling=0.0, memory=0.9)
    floors = [level.floor(20, horizon) for horizon in (1, 2, 3)]
    np.testing.assert_allclose(floors, np.cumsum([1, 0.81, 0.81**2]))  # the sum of squared responses


def test_with_blur_the_floor_is_kalmans():
    world = World(1, lag=1, coupling=0.0, memory=0.95, blur=2.0)
    spread = 1.0  # the filter's variance of the level before it is seen, repeated until it stays
    for _ in range(500):
        spread = world.memory**2 * spread * world.blur**2 / (spread + world.blur**2) + world.noise**2
    assert world.floor(200) == pytest.approx(spread + world.blur**2, rel=1e-6)


RING, BLURRED, SWITCHING = World(lag=8), World(2, 3, 0.5, 0.4, blur=1.0), SwitchingWorld((2, 5))


@pytest.mark.parametrize(
    "world, keep", [(RING, 1.0), (RING, 0.7), (BLURRED, 1.0), (BLURRED, 0.7), (SWITCHING, 1.0)]
)
def test_the_best_forecast_has_the_error_it_should(world, keep):
    windows = WorldWindows(world, 3000, 16, seed=5, keep=keep)
    mean, best = yardstick(windows)
    expected = world.floor(16) / world.variance
    if keep == 1:
        assert best == pytest.approx(expected, rel=0.08)
    else:
        assert expected < best < mean  # what was dropped may be what was needed
    assert mean == pytest.approx(1, rel=0.2)


def test_the_switching_worlds_best_forecast_is_known_for_whole_windows_alone():
    with pytest.raises(SeriesError, match="whole windows"):
        yardstick(WorldWindows(SWITCHING, 50, 16, seed=5, keep=0.7))


def test_no_other_weights_do_better_than_the_best_forecast():
    world = World(2, 3, 0.5, 0.4, blur=1.0)
    seen = WorldWindows(world, 20_000, 6, seed=0).all()
    past, future = seen.past.flatten(1).numpy(), seen.future.numpy()
    fitted = np.linalg.lstsq(past, future, rcond=None)[0]
    np.testing.assert_allclose(weights(world, np.arange(6, 0, -1))[0], fitted, atol=0.04)


@pytest.mark.parametrize("ages", [[], [0, 1], [2, 2], [[1, 2]]])
def test_ages_that_cannot_be_are_refused(ages):
    with pytest.raises(SeriesError, match="ages"):
        weights(World(), np.array(ages, int))


def test_the_switching_world_copies_from_the_delay_that_was_announced():
    world = SwitchingWorld((2, 5), coupling=0.999)
    values = world.draw(5000, 1)
    announced = np.array(world.delays)[values[:-1, 2:].argmax(1)]
    steps = np.arange(5, 5000)
    said = world.coupling * values[steps - announced[steps - 1], 0]
    assert np.mean((values[steps, 1] - said) ** 2) == pytest.approx(world.floor(5), rel=0.1)
    assert np.isin(values[:, 2:].sum(1), 1).all()


@pytest.mark.parametrize("wrong", [{"delays": ()}, {"delays": (0,)}, {"delays": (3, 3)}, {"coupling": 1.0}])
def test_a_switching_world_names_what_is_wrong(wrong):
    with pytest.raises(SeriesError):
        SwitchingWorld(**wrong)
    with pytest.raises(SeriesError, match="reach back"):
        SwitchingWorld((2, 9)).floor(8)


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 30), st.integers(1, 12), st.floats(0.3, 1), st.integers(0, 1000))
def test_windows_are_rows_in_order_with_their_ages(count, lookback, keep, seed):
    windows = WorldWindows(World(lag=2), count, lookback, seed, keep, draws=3 * count)
    seen = windows.all()
    assert len(windows) == 3 * count and seen.past.shape == (count, lookback, 4)
    assert (seen.ages >= 1).all() and (seen.ages[:, :-1] > seen.ages[:, 1:]).all()
    if keep == 1:
        assert (seen.ages[:, -1] == 1).all()
    again = windows.batch(seen.ages.new_tensor([count]))
    assert (again.past == seen.past[:1]).all()  # past the last window it begins again


def test_windows_and_skill_refuse_what_they_cannot_use():
    for wrong in ({"count": 0}, {"lookback": 0}, {"keep": 0.0}, {"keep": 1.5}):
        with pytest.raises(SeriesError):
            WorldWindows(**{"world": World(), "count": 5, "lookback": 8, "seed": 0} | wrong)
    assert skill(0.2, (1.0, 0.2)) == 1 and skill(1.0, (1.0, 0.2)) == 0
    assert skill(1.4, (1.0, 0.2)) == pytest.approx(-0.5)
    with pytest.raises(SeriesError, match="nothing here"):
        skill(0.5, (1.0, 1.0))
    with pytest.raises(SeriesError, match="at least one step"):
        World().draw(0, 0)
