// The page: chooses a site, asks for what is known of it, and has it drawn.

import * as api from "./api.js";
import { DAY, dated, dayOfYear, iso, parsed, today } from "./chart.js";
import { drawRain, drawTemperatures } from "./forecast.js";
import { drawHistory } from "./history.js";
import { drawMap } from "./map.js";
import { drawSkill } from "./skill.js";

const at = (id) => document.getElementById(id);
let sites = [];
let shown = null;

async function start() {
  try {
    sites = await api.sites();
    if (!sites.length) throw new Error("The lake has no sites yet: fill it with `meteolake run`.");
    drawMap(at("map"), sites, choose);
    list("");
    freshness();
    at("search").addEventListener("input", (event) => list(event.target.value));
    for (const button of document.querySelectorAll(".windows button")) button.addEventListener("click", () => pressed(button));
    window.addEventListener("hashchange", () => show(decodeURIComponent(location.hash.slice(1))));
    window.addEventListener("resize", debounced(redraw));
    await show(decodeURIComponent(location.hash.slice(1)));
    drawSkill(at("skill"), at("skill-caption"), await api.scores());
  } catch (error) {
    fail(error);
  }
}

function freshness() {
  const newest = sites.map((site) => site.last_date).filter(Boolean).sort().at(-1);
  const count = sites.length === 1 ? "1 site" : `${sites.length} sites`;
  at("freshness").textContent = newest ? `${count}, data until ${long(newest)}` : `${count}, no data yet`;
}

function list(search) {
  const wanted = search.trim().toLowerCase();
  const found = sites.filter((site) => `${site.name} ${site.site_id}`.toLowerCase().includes(wanted));
  at("sites").replaceChildren(...found.map((site) => {
    const button = Object.assign(document.createElement("button"), { textContent: site.name, type: "button" });
    button.dataset.site = site.site_id;
    button.addEventListener("click", () => choose(site.site_id));
    const item = document.createElement("li");
    item.append(button);
    return item;
  }));
  mark();
}

function choose(siteId) {
  location.hash = encodeURIComponent(siteId);
}

async function show(siteId) {
  const site = sites.find((each) => each.site_id === siteId) ?? sites[0];
  document.body.dataset.state = "loading";
  at("problem").hidden = true;
  shown = { site };
  mark();
  title(site);
  if (!site.last_date) return tellEmpty(site);
  try {
    // A short history has no forecast yet, and a lake may keep other variables than temperatures.
    const [forecast, maximum, minimum] = await Promise.all([
      api.forecast(site.site_id),
      api.normals(site.site_id, "temperature_2m_max"),
      api.normals(site.site_id, "temperature_2m_min"),
    ].map((answer) => answer.catch(() => null)));
    if (shown.site !== site) return;
    Object.assign(shown, { forecast, normals: maximum && minimum && { maximum, minimum } });
    await look(parsed(site.last_date) - 365 * DAY, parsed(site.last_date));
    redraw();
    document.body.dataset.state = "ready";
  } catch (error) {
    fail(error);
  }
}

function tellEmpty(site) {
  document.body.dataset.state = "empty";
  at("figures").replaceChildren();
  at("problem").hidden = false;
  at("problem").textContent = `There is no weather of ${site.name} yet: \`meteolake run\` captures what the archive has, which is some days behind.`;
}

/** Look at the history between two days. */
async function look(from, until) {
  const site = shown.site;
  const first = Math.max(from, parsed(site.first_date));
  const history = await api.history(site.site_id, iso(first), iso(Math.min(until, parsed(site.last_date))));
  if (shown.site === site) shown.history = history;
}

async function pressed(button) {
  for (const other of document.querySelectorAll(".windows button")) other.setAttribute("aria-pressed", other === button);
  const days = Number(button.dataset.days);
  const last = parsed(shown.site.last_date);
  await look(days ? last - (days - 1) * DAY : 0, last).catch(fail);
  redrawHistory();
}

async function zoomed(from, until) {
  for (const button of document.querySelectorAll(".windows button")) button.setAttribute("aria-pressed", false);
  await look(from, until).catch(fail);
  redrawHistory();
}

function redraw() {
  if (!shown?.history) return;
  figures();
  redrawForecast();
  redrawHistory();
}

function redrawForecast() {
  at("issued").textContent = shown.forecast ? `issued after ${long(shown.forecast.forecast.issue_date)}, the archive's newest day` : "";
  for (const id of ["forecast-temperature", "forecast-rain"]) at(id).replaceChildren();
  if (!shown.forecast) at("forecast-temperature").textContent = "There is no forecast for this site yet: its history is too short.";
  else {
    drawTemperatures(at("forecast-temperature"), shown.forecast);
    drawRain(at("forecast-rain"), shown.forecast);
  }
}

function redrawHistory() {
  drawHistory(at("history"), shown.history, shown.normals, at("readout"), zoomed);
}

function title(site) {
  at("name").textContent = site.name;
  const height = site.elevation_m === null ? "" : `, ${Math.round(site.elevation_m)} m`.replace("-", "−");
  const degrees = (value, [positive, negative]) => `${Math.abs(value).toFixed(2)}° ${value < 0 ? negative : positive}`;
  at("place").textContent = `${degrees(site.latitude, "NS")}, ${degrees(site.longitude, "EW")}${height}`;
}

function figures() {
  const cards = [lastDay(), ...(shown.forecast ? nextDay() : [])].filter(Boolean);
  at("figures").replaceChildren(...cards.map(([term, value, note]) => {
    const card = document.createElement("div");
    const description = Object.assign(document.createElement("dd"), { textContent: value });
    description.append(Object.assign(document.createElement("small"), { textContent: note }));
    card.append(Object.assign(document.createElement("dt"), { textContent: term }), description);
    return card;
  }));
}

function lastDay() {
  const { daily, daily_units: units } = shown.history;
  const index = daily.temperature_2m_max.findLastIndex((value) => value !== null);
  if (index < 0) return null;
  const usual = shown.normals?.maximum.mean[dayOfYear(parsed(daily.time[index])) - 1];
  const departure = daily.temperature_2m_max[index] - usual;
  return [
    `Maximum on ${short(daily.time[index])}`,
    `${signed(daily.temperature_2m_max[index])} ${units.temperature_2m_max}`,
    usual === undefined ? "" : `${Math.abs(departure).toFixed(1)} ${units.temperature_2m_max} ${departure < 0 ? "below" : "above"} normal`,
  ];
}

/** The forecast for today, or the first that there is where today is not among its days. */
function nextDay() {
  const { daily, daily_units: units, utc_offset_seconds: offset } = shown.forecast;
  const now = daily.time.indexOf(today(offset));
  const day = Math.max(now, 0);
  const when = now < 0 ? `on ${short(daily.time[0])}` : "today";
  const card = (name, label) => daily[name][day] !== null && [
    `${label} ${when}`,
    `${signed(daily[name][day])} ${units[name]}`,
    `80 %: ${signed(daily[`${name}_q10`][day])} to ${signed(daily[`${name}_q90`][day])}`,
  ];
  const chance = daily.precipitation_probability_max[day];
  return [
    card("temperature_2m_max", "Maximum"),
    card("temperature_2m_min", "Minimum"),
    chance !== null && [`Rain ${when}`, `${chance} %`, "chance of at least 1 mm"],
  ];
}

function mark() {
  for (const each of document.querySelectorAll("[data-site]")) {
    const isChosen = each.dataset.site === shown?.site.site_id;
    each.setAttribute(each.tagName === "BUTTON" ? "aria-current" : "aria-pressed", isChosen);
  }
}

function fail(error) {
  document.body.dataset.state = "failed";
  at("problem").hidden = false;
  at("problem").textContent = error.message;
  at("freshness").textContent ||= "";
}

function debounced(action) {
  let timer = null;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(action, 120);
  };
}

const signed = (value) => value.toFixed(1).replace("-", "−");
const short = (date) => dated(parsed(date), { day: "numeric", month: "short" });
const long = (date) => dated(parsed(date), { day: "numeric", month: "long", year: "numeric" });

start();
