from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meteolake.capture.answers import Answered, Unusable, read_answers
from meteolake.capture.packing import ArchiveRequest
from meteolake.capture.plan import Window
from meteolake.errors import SourceUnavailable
from meteolake.sites import Site

RECORDED = Path(__file__).parents[3] / "shared/data/open_meteo/json/recorded_norway_era5_2025-01"
NAMES = ("temperature_2m_max", "temperature_2m_min", "precipitation_sum")


def answer(*, high: str = "[1.0,2.0,3.0]", rain: str = "[0.00,-0.00,13.20]", site: int = 0) -> str:
    """One location's answer, written as the server writes it."""
    location_id = f'"location_id":{site},' if site else ""
    return (
        f'{{"latitude":60.5,"longitude":5.25,"utc_offset_seconds":0,"elevation":17.0,{location_id}'
        '"daily_units":{"time":"iso8601","temperature_2m_max":"°C","precipitation_sum":"mm"},'
        f'"daily":{{"time":["2025-01-15","2025-01-16","2025-01-17"],"temperature_2m_max":{high},"precipitation_sum":{rain}}}}}'
    )


def request(sites: int = 1, names: tuple[str, ...] = ("temperature_2m_max", "precipitation_sum")) -> ArchiveRequest:
    places = (Site(f"s{n}", "", 60.4, 5.3) for n in range(sites))
    return ArchiveRequest(tuple(Window(site, date(2025, 1, 15), date(2025, 1, 17)) for site in places), names)


def complete_until(high: str, rain: str) -> date | None:
    (read,) = read_answers(answer(high=high, rain=rain), request())
    assert isinstance(read, Answered)
    return read.complete_until


def test_recorded_answers_are_cut_apart_without_changing_a_character() -> None:
    if not RECORDED.exists():
        pytest.skip(f"recorded answers are missing at {RECORDED}")
    alone = [path.read_text("utf-8") for path in sorted(RECORDED.glob("*_tmax_tmin_prcp.json"))]
    bodies = [f'{{"location_id":{number},{body.strip()[1:]}' for number, body in enumerate(alone)]
    read = read_answers("[" + ",".join(bodies) + "]\n", request(len(bodies), NAMES))
    assert [each.body for each in read if isinstance(each, Answered)] == [body.strip() for body in bodies]
    assert len(read) == 4
    (fahrenheit,) = read_answers(
        (RECORDED / "bergen_tmean_fahrenheit.json").read_text(), request(1, ("temperature_2m_mean",))
    )
    assert isinstance(fahrenheit, Unusable)
    assert "'°F' instead of '°C'" in fahrenheit.reason


@pytest.mark.parametrize(
    ("high", "rain", "until"),
    [
        ("[1.0,2.0,3.0]", "[0.0,0.0,0.0]", date(2025, 1, 17)),
        ("[1.0,2.0,3.0]", "[0.0,0.0,null]", date(2025, 1, 16)),
        ("[1.0,null,3.0]", "[null,0.0,0.0]", date(2025, 1, 17)),
        ("[1.0,2.0,null]", "[null,null,null]", date(2025, 1, 16)),
        ("[1.0,2.0,3.0]", "[0.0,null,null]", date(2025, 1, 15)),
        ("[null,null,null]", "[null,null,null]", None),
    ],
    ids=["all", "a partial last day", "nulls inside", "a variable without data", "the later variable", "nothing"],
)
def test_data_end_with_the_last_day_that_has_every_variable(high: str, rain: str, until: date | None) -> None:
    assert complete_until(high, rain) == until


@given(
    st.integers(0, 3 * len(answer())), st.sampled_from(["", "Unexpected error while streaming data: timeoutReached"])
)
def test_an_answer_cut_anywhere_is_never_taken_for_whole(position: int, ending: str) -> None:
    whole = f"[{answer()},{answer(site=1)},{answer(site=2)}]"
    with pytest.raises(SourceUnavailable):
        read_answers(whole[: min(position, len(whole) - 1)] + ending, request(3))


@pytest.mark.parametrize("extra", ["]", "x", ",", "{}"])
def test_anything_after_the_answer_spoils_it(extra: str) -> None:
    for whole in (answer(), f"[{answer()},{answer(site=1)}]"):
        with pytest.raises(SourceUnavailable, match="not whole"):
            read_answers(whole + extra, request(2))


@pytest.mark.parametrize("text", ["[" * 200_000, "[" + "9" * 5000 + "]"], ids=["deep", "long number"])
def test_nonsense_that_the_decoder_chokes_on_is_a_broken_answer(text: str) -> None:
    with pytest.raises(SourceUnavailable):
        read_answers(text, request())


@pytest.mark.parametrize("ids", [(0, 1, 1), (0, 2, 3), (1, 1, 2), (0, 0, 0)])
def test_locations_that_come_twice_spoil_the_answer(ids: tuple[int, ...]) -> None:
    with pytest.raises(SourceUnavailable, match="twice or misses"):
        read_answers("[" + ",".join(answer(site=each) for each in ids) + "]", request(3))


def test_locations_without_numbers_are_not_taken_for_ordered() -> None:
    """The service numbers all but the first; two without a number may be the first one twice."""
    with pytest.raises(SourceUnavailable, match="twice or misses"):
        read_answers(f"[{answer()},{answer()}]", request(2))


@pytest.mark.parametrize("nan", ["nan", "-nan", "inf", "NaN"])
def test_a_bare_nan_spoils_only_its_location(nan: str) -> None:
    read = read_answers(f"[{answer(high=f'[1.0,{nan},2.0]')},{answer(site=1)}]", request(2))
    assert [type(each) for each in read] == [Unusable, Answered]
