from importlib import resources
from pathlib import Path

import pytest

from meteolake.config import Config, load
from meteolake.errors import ConfigError
from meteolake.variables import TEMPERATURE_MAX, VARIABLES


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "meteolake.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problem(tmp_path: Path, text: str, **environment: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, text), environment)
    return str(caught.value)


def test_the_template_says_every_default(tmp_path: Path) -> None:
    template = (resources.files("meteolake.cli") / "template.toml").read_text(encoding="utf-8")
    assert load(written(tmp_path, template), {}) == Config()


def test_every_key_is_in_the_template_and_in_the_docs() -> None:
    template = (resources.files("meteolake.cli") / "template.toml").read_text(encoding="utf-8")
    page = (Path(__file__).parents[1] / "docs" / "configuration.md").read_text(encoding="utf-8")
    for section, field in Config.model_fields.items():
        assert isinstance(field.annotation, type)
        for key in field.annotation.model_fields:
            assert f"`{key}`" in page or f".{key}`" in page, f"docs/configuration.md says nothing of {section}.{key}"
            assert key in template.lower(), f"the template says nothing of {section}.{key}"


def test_an_empty_file_is_the_defaults(tmp_path: Path) -> None:
    assert load(written(tmp_path, ""), {}) == Config()


def test_a_missing_file_says_how_to_write_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="meteolake init"):
        load(tmp_path / "missing.toml", {})
    assert load(tmp_path / "missing.toml", {}, is_optional=True) == Config()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[run]\n\nengine = "sprak"\n', 'meteolake.toml line 3: engine = "sprak": choose one of sail, spark.'),
        ("[run]\nmemory_mb = 1\n", "line 2: memory_mb = 1: it should be greater than or equal to 512"),
        ('[lake]\npath = "x"\npaht = "y"\n', "line 3: unknown key 'paht': choose one of path, raw, trusted, refined."),
        (
            "[lak]\n",
            "line 1: unknown key 'lak': choose one of lake, run, climate, quality, open_meteo, database, si",
        ),
        ("[database.observations]\ncursr = 1\n", "line 2: unknown key 'cursr': choose one of is_enabled, table"),
        ('[open_meteo]\nvariables = [\n"temperature"\n]\n', "line 2: variables = ['temperature']: temperature: choose"),
        ('[open_meteo]\nfirst_date = "soon"\n', 'line 2: first_date = "soon": it should be a valid date'),
        ("[open_meteo]\nfirst_date = 2999-01-01\n", "line 2: first_date = 2999-01-01: it should be in the past"),
        ('lake = "here"\n', 'line 1: lake = "here": it should be a section, which begins with a line [lake].'),
        ("[climate]\nbase_from = 2000\nbase_until = 2004\n", "line 1: a base period has ten years at least"),
        ("open_meteo.model = 3\n", "line 1: model = 3: it should be a valid string"),
        ("[lake\n", "is not TOML"),
        (
            '[[sites.places]]\nsite_id="a"\nname="A"\nlatitude=1\nlongitude=2\n[[sites.places]]\nsite_id="b"\nname="B"\n'
            "longitude=2\nlatitude = 91\n",
            "line 10: latitude = 91: it should be less than or equal to 90",
        ),
        ('[[sites.places]]\nsite_id = "a"\n', "line 1: latitude is missing."),
        ("[[sites.places]]\nlat = 1\n", "line 2: unknown key 'lat': choose one of site_id, name, latitude"),
    ],
    ids=[
        "value",
        "bound",
        "key",
        "section",
        "nested key",
        "variable",
        "date",
        "future",
        "value for a section",
        "keys together",
        "dotted",
        "syntax",
        "second site",
        "missing key",
        "key of a site",
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    assert said in problem(tmp_path, text)


def test_all_problems_are_named_at_once(tmp_path: Path) -> None:
    assert len(problem(tmp_path, '[run]\nengine = "x"\nmemory_mb = "y"\n').splitlines()) == 2


def test_a_variable_overrides_a_key(tmp_path: Path) -> None:
    path = written(tmp_path, '[lake]\npath = "a"\n')
    environment = {
        "METEOLAKE_LAKE_PATH": "b",
        "METEOLAKE_OPEN_METEO_VARIABLES": TEMPERATURE_MAX,
        "METEOLAKE_DATABASE_OBSERVATIONS_CURSOR": "changed",
        "METEOLAKE_RUN_MEMORY_MB": "512",
    }
    config = load(path, environment)
    assert config.lake.path == "b"
    assert config.open_meteo.variables == (TEMPERATURE_MAX,)
    assert config.database.observations.cursor == "changed"
    assert config.run.memory_mb == 512
    assert tuple(VARIABLES) == Config().open_meteo.variables


def test_a_wrong_variable_is_named_instead_of_a_line(tmp_path: Path) -> None:
    said = problem(tmp_path, "", METEOLAKE_RUN_ENGINE="hive")
    assert said == 'METEOLAKE_RUN_ENGINE: engine = "hive": choose one of sail, spark.'


def test_a_misspelt_variable_is_not_ignored(tmp_path: Path) -> None:
    wrong = {"METEOLAKE_RUN_ENGIN": "spark", "METEOLAKE_DATABSE_URL": "sqlite://", "METEOLAKE_RUN_SPEED": "9"}
    said = problem(tmp_path, "", **wrong)
    assert said.splitlines() == [
        "METEOLAKE_DATABSE_URL: there is no such setting; did you mean METEOLAKE_DATABASE_URL?",
        "METEOLAKE_RUN_ENGIN: there is no such setting; did you mean METEOLAKE_RUN_ENGINE?",
        "METEOLAKE_RUN_SPEED: there is no such setting.",
    ]


def test_somebody_elses_variables_do_not_matter(tmp_path: Path) -> None:
    assert load(written(tmp_path, ""), {"METEOLAKE_IMAGE": "x", "METEOLAKE_PUBLIC_BUCKET": "y"}) == Config()


def test_an_empty_path_is_not_the_root_of_the_disk(tmp_path: Path) -> None:
    assert problem(tmp_path, "", METEOLAKE_LAKE_PATH="").startswith('METEOLAKE_LAKE_PATH: path = "": it should have at')


def test_secrets_are_neither_shown_nor_told(tmp_path: Path) -> None:
    secret = "postgresql://me:hunter2@host/db"
    config = load(written(tmp_path, f'[database]\nurl = "{secret}"\n[open_meteo]\napi_key = "hunter2"\n'), {})
    assert "hunter2" not in repr(config)
    assert config.database.url is not None
    assert config.database.url.get_secret_value() == secret
    assert "hunter2" not in problem(tmp_path, '[database]\nurl = ["hunter2"]\n')
