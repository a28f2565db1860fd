"""The dashboard in a real browser."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions
from selenium.webdriver.support.ui import WebDriverWait

from meteolake.lake.objects import Objects
from meteolake.pipeline.settings import Settings
from meteolake.serve.app import create_app
from meteolake.serve.guard import Guard
from meteolake.serve.keys import Keys
from meteolake.simulate.server import running

_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,1600",
)


# Pairs of texts of one chart whose boxes meet.
OVERLAPPING_TEXTS = """
return [...document.querySelectorAll(".chart svg")].flatMap((svg) => {
  const texts = [...svg.querySelectorAll("text")].map((text) => [text.textContent, text.getBoundingClientRect()]);
  return texts.flatMap(([one, a], index) => texts.slice(index + 1)
    .filter(([, b]) => a.left < b.right && b.left < a.right && a.top + 2 < b.bottom && b.top + 2 < a.bottom)
    .map(([other]) => `${one} | ${other}`));
});
"""


# How far down a loss of a tenth is drawn, and how far the line of no skill.
DRAWN_LOSS = """
const [done] = arguments;
import("/pages/skill.js").then(({ drawSkill }) => {
  const figure = document.querySelector("#skill");
  const row = { variable: "precipitation_sum", brier_skill: -0.1, crps_skill: null, cases: 9 };
  drawSkill(figure, document.querySelector("#skill-caption"), {
    scores: [{ ...row, lead_days: 1, brier_skill: 0.3 }, { ...row, lead_days: 2 }], from_date: "a", until_date: "b",
  });
  done([Number([...figure.querySelectorAll("circle")].at(-1).getAttribute("cy")),
        Number(figure.querySelector(".zero").getAttribute("y1"))]);
});
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("chromium or chromedriver is not installed: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    with tempfile.TemporaryDirectory() as profile:
        for flag in (*_FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        opened = webdriver.Chrome(options, webdriver.ChromeService(driver))
        yield opened
        opened.quit()


@pytest.fixture(scope="module")
def url(filled: Settings) -> Iterator[str]:
    with running(create_app(filled.zones)) as served:
        yield served


def opened(browser: webdriver.Chrome, url: str, *, state: str = "ready", has_skill: bool = True) -> None:
    browser.get(url)
    WebDriverWait(browser, 20).until(
        lambda page: page.find_element(By.TAG_NAME, "body").get_attribute("data-state") == state
    )
    drawn = "#skill svg" if has_skill else "#skill-caption:not(:empty)"
    WebDriverWait(browser, 20).until(lambda page: page.find_elements(By.CSS_SELECTOR, drawn))


def log(browser: webdriver.Chrome, kind: str) -> list[dict[str, str]]:
    entries: list[dict[str, str]] = browser.get_log(kind)  # type: ignore[no-untyped-call]
    return entries


def said(browser: webdriver.Chrome, selector: str) -> str:
    return browser.find_element(By.CSS_SELECTOR, selector).text


def test_the_page_shows_sites_forecast_history_and_skill(browser: webdriver.Chrome, url: str) -> None:
    opened(browser, f"{url}/#bergen")
    assert said(browser, "#name") == "Bergen"
    assert said(browser, "#freshness") == "6 sites, data until 28 October 2026"
    assert len(browser.find_elements(By.CSS_SELECTOR, "#map circle")) == 6
    assert len(browser.find_elements(By.CSS_SELECTOR, "#forecast-temperature circle")) == 28
    assert len(browser.find_elements(By.CSS_SELECTOR, "#forecast-rain rect[stroke]")) == 14
    for chart in ("history", "skill"):
        assert browser.find_elements(By.CSS_SELECTOR, f"#{chart} path")
    assert "held back" in said(browser, "#skill-caption")
    assert not browser.find_element(By.ID, "problem").is_displayed()


def test_a_loss_is_drawn_below_the_line_of_no_skill(browser: webdriver.Chrome, url: str) -> None:
    opened(browser, f"{url}/#bergen")
    dot, zero = browser.execute_async_script(DRAWN_LOSS)
    assert dot > zero + 1


def test_the_page_asks_nobody_else_and_logs_no_error(browser: webdriver.Chrome, url: str) -> None:
    log(browser, "performance")
    opened(browser, f"{url}/#amsterdam")
    requests = [entry["message"] for entry in log(browser, "performance") if "requestWillBeSent" in entry["message"]]
    assert requests
    assert not [message for message in requests if '"url":"http' in message and f'"url":"{url}' not in message]
    assert [entry for entry in log(browser, "browser") if entry["level"] == "SEVERE"] == []


def test_a_site_is_found_and_chosen_by_keyboard_and_mouse(browser: webdriver.Chrome, url: str) -> None:
    opened(browser, f"{url}/#bergen")
    browser.find_element(By.ID, "search").send_keys("copen")
    names = [button.text for button in browser.find_elements(By.CSS_SELECTOR, "#sites button")]
    assert names == ["Copenhagen"]
    browser.find_element(By.CSS_SELECTOR, "#sites button").send_keys("\n")
    WebDriverWait(browser, 10).until(lambda page: said(page, "#name") == "Copenhagen")
    assert browser.current_url.endswith("#copenhagen")


def test_a_window_of_the_history_is_chosen(browser: webdriver.Chrome, url: str) -> None:
    opened(browser, f"{url}/#bergen")
    before = browser.find_element(By.CSS_SELECTOR, "#history .warm path").get_attribute("d")
    browser.find_element(By.CSS_SELECTOR, "button[data-days='92']").click()
    WebDriverWait(browser, 10).until(
        lambda page: page.find_element(By.CSS_SELECTOR, "#history .warm path").get_attribute("d") != before
    )


def test_a_lake_without_temperatures_shows_its_rain(browser: webdriver.Chrome, rain_alone: Settings) -> None:
    with running(create_app(rain_alone.zones)) as url:
        opened(browser, url, has_skill=False)
        assert not browser.find_element(By.ID, "problem").is_displayed()
        assert browser.find_elements(By.CSS_SELECTOR, "#forecast-rain svg, #history .rain path")
        assert not browser.find_elements(By.CSS_SELECTOR, "#forecast-temperature svg, #history .warm")
        assert said(browser, "#freshness").startswith("1 site, ")
        [figure] = browser.find_elements(By.CSS_SELECTOR, "#figures dt")
        assert figure.text.startswith("Rain ")


def test_a_site_without_weather_says_what_to_do(browser: webdriver.Chrome, without_weather: Settings) -> None:
    with running(create_app(without_weather.zones)) as url:
        opened(browser, url, state="empty", has_skill=False)
        assert said(browser, "#problem").startswith("There is no weather of Amsterdam yet: `meteolake run` captures")
        assert not browser.find_element(By.ID, "history").is_displayed()


def test_on_a_phone_nothing_lies_over_anything_else(browser: webdriver.Chrome, url: str) -> None:
    size = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        opened(browser, f"{url}/?phone#bergen")
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
        assert browser.execute_script(OVERLAPPING_TEXTS) == []
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_the_page_asks_its_reader_for_a_key_once(browser: webdriver.Chrome, filled: Settings, tmp_path: Path) -> None:
    keys = Keys(Objects(str(tmp_path)))
    with running(create_app(filled.zones, Guard(keys))) as guarded:
        browser.get(guarded)
        answer_prompt(browser, "mistyped")
        answer_prompt(browser, keys.add("reader"))
        WebDriverWait(browser, 20).until(lambda page: page.find_elements(By.CSS_SELECTOR, "#skill svg"))
        opened(browser, f"{guarded}/?again#bergen")
        assert said(browser, "#name") == "Bergen"


def answer_prompt(browser: webdriver.Chrome, text: str) -> None:
    prompt = WebDriverWait(browser, 20).until(expected_conditions.alert_is_present())
    prompt.send_keys(text)
    prompt.accept()
