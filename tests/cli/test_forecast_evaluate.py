"""`meteolake forecast evaluate` on files as people have them."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from meteolake.cli.main import app
from meteolake.errors import SourceError

DAYS = np.arange(np.datetime64("2019-01-01"), np.datetime64("2022-01-01"))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two stations, and columns that no one here has heard of: numbers of some kind, and remarks."""
    folder = tmp_path_factory.mktemp("stations")
    random = np.random.default_rng(0)
    lines = ["site_id,date,temperature_max_c,precipitation_mm,soil moisture,remark"]
    for site in ("A", "B"):
        anomaly = 0.0
        for day in DAYS:
            anomaly = 0.8 * anomaly + random.normal()
            rain = f"{max(anomaly, 0):.1f}" if random.random() < 0.95 else ""
            lines.append(f"{site},{day},{15 + 3 * anomaly:.1f},{rain},{anomaly / 2:.2f},fine")
    (folder / "daily.csv").write_text("\n".join(lines) + "\n")
    (folder / "sites.csv").write_text("site_id,latitude,longitude,owner\nA,50,8,me\nB,51,9,you\n")
    return folder / "daily.csv", folder / "sites.csv"


def evaluate(files: tuple[Path, Path], *more: str, train_until: str = "2020-12-31") -> Result:
    observations, sites = map(str, files)
    ends = ["--train-until", train_until, "--test-until", "2021-06-30", "--every", "5"]
    command = ["forecast", "evaluate", "--observations", observations, "--sites", sites, *ends, *more]
    return CliRunner().invoke(app, command)


def test_scores_come_as_json_and_charts_as_svg(files: tuple[Path, Path], tmp_path: Path) -> None:
    result = evaluate(files, "--json", "--plots", str(tmp_path / "charts"))
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["sites"], found["train_until"], found["every"]) == (2, "2020-12-31", 5)
    assert found["variables"] == ["temperature_2m_max", "precipitation_sum"]
    first = found["scores"][0]
    assert (first["season"], first["region"], first["lead_days"]) == ("all", "all", 1)
    assert first["skill_lower"] < first["skill"] < first["skill_upper"]
    assert 0.15 < first["skill"] < 0.6
    names = {path.name for path in (tmp_path / "charts").iterdir()}
    assert names == {"skill_temperature_2m_max.svg", "skill_precipitation_sum.svg", "reliability.svg"}
    assert (tmp_path / "charts" / "reliability.svg").read_text().startswith("<svg")


def test_a_table_by_lead_is_printed(files: tuple[Path, Path]) -> None:
    result = evaluate(files)
    assert result.exit_code == 0, result.output
    assert "days ahead" in result.stdout
    assert "temperature_2m_max" in result.stdout


def test_dates_that_leave_nothing_to_learn_or_to_forecast_are_refused(files: tuple[Path, Path]) -> None:
    for train_until in ("2019-01-05", "2021-07-01"):
        result = evaluate(files, train_until=train_until)
        assert isinstance(result.exception, SourceError)
        assert "--train-until" in str(result.exception)


def test_files_of_different_sites_are_refused(files: tuple[Path, Path], tmp_path: Path) -> None:
    other = tmp_path / "sites.csv"
    other.write_text("site_id,latitude,longitude\nC,50,8\n")
    result = evaluate((files[0], other))
    assert isinstance(result.exception, SourceError)
    assert "must name the same sites" in str(result.exception)


def test_a_file_without_rain_is_refused_by_the_column_that_it_lacks(files: tuple[Path, Path], tmp_path: Path) -> None:
    lacking = tmp_path / "daily.csv"
    lacking.write_text("site_id,date,temperature_max_c\nA,2020-01-01,5\n")
    result = evaluate((lacking, files[1]))
    assert isinstance(result.exception, SourceError)
    assert "lacks the column precipitation_mm" in str(result.exception)
