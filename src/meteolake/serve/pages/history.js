// What was: each day from minimum to maximum over what is normal, and the rain below. Dragging looks closer.

import { band, dated, dayOfYear, drawing, each, element, key, line, linear, parsed, plotTop, text, ticks, timeAxis, valueAxis } from "./chart.js";

const LEFT = 44;
const RIGHT = 14;
const RAIN_HEIGHT = 70;

export function drawHistory(figure, answer, normals, readout, onWindow) {
  const { daily, daily_units: units } = answer;
  const { svg, width, height } = drawing(figure, 340, "Daily temperatures, what is normal, and precipitation");
  const times = daily.time.map(parsed);
  const [first, last] = [times[0], times.at(-1)];
  const x = linear(first, last, LEFT, width - RIGHT);
  const xs = times.map(x);
  const floor = height - 26;
  const usual = times.map((time) => dayOfYear(time) - 1);
  const wettest = Math.max(10, ...daily.precipitation_sum.filter((value) => value !== null));
  const wet = linear(0, wettest, floor, floor - RAIN_HEIGHT);
  valueAxis(svg, [0, ticks(0, wettest, 2).at(-1)], wet, LEFT, width - RIGHT);
  timeAxis(svg, first, last, x, floor, width - RIGHT);
  svg.append(text(LEFT, floor - RAIN_HEIGHT - 4, `Precipitation, ${units.precipitation_sum}`, { class: "title" }));
  svg.append(rain(xs, daily, wet, floor));
  drawTemperatures(svg, { daily, units, normals, usual, xs, width, bottom: floor - RAIN_HEIGHT - 18 });
  explore(svg, { times, x, daily, units, normals, usual, floor, width }, readout, onWindow);
}

/** Nothing where the lake keeps no temperatures. */
function drawTemperatures(svg, { daily, units, normals, usual, xs, width, bottom }) {
  const highest = normals ? usual.map((day) => normals.maximum.q90[day]) : [];
  const all = [...daily.temperature_2m_max, ...daily.temperature_2m_min, ...highest].filter((value) => value !== null);
  if (!all.length) return;
  const y = linear(Math.min(...all), Math.max(...all), bottom, plotTop(width) - 4);
  valueAxis(svg, ticks(Math.min(...all), Math.max(...all), 5), y, LEFT, width - RIGHT);
  svg.append(text(0, 12, `Temperature, ${units.temperature_2m_max}`, { class: "title" }));
  if (normals) svg.append(normal(xs, usual, normals, y));
  svg.append(range(xs, daily, y));
  key(svg, width, [["warm", "maximum"], ["cold", "minimum"], ...(normals ? [["normal", "normal 10–90 %"]] : [])]);
}

/** From the tenth percentile of minima to the ninetieth of maxima, and both means. */
function normal(xs, usual, normals, y) {
  const group = element("g", { class: "normal" });
  const lower = usual.map((day) => y(normals.minimum.q10[day]));
  const upper = usual.map((day) => y(normals.maximum.q90[day]));
  group.append(element("path", { class: "band", opacity: 0.18, d: band(xs, lower, upper) }));
  for (const values of [normals.minimum.mean, normals.maximum.mean]) {
    group.append(element("path", { class: "stroke thin", d: line(xs, usual.map((day) => y(values[day]))) }));
  }
  return group;
}

function range(xs, daily, y) {
  const group = element("g");
  const [low, high] = [each(daily.temperature_2m_min, y), each(daily.temperature_2m_max, y)];
  const weight = xs.length > 800 ? "stroke thin" : "stroke";
  group.append(element("g", { class: "cold" }, element("path", { class: weight, d: line(xs, low), opacity: 0.9 })));
  group.append(element("g", { class: "warm" }, element("path", { class: weight, d: line(xs, high), opacity: 0.9 })));
  return group;
}

function rain(xs, daily, wet, floor) {
  const path = daily.precipitation_sum.map((amount, index) => (amount ? `M${xs[index].toFixed(1)} ${floor}V${wet(amount).toFixed(1)}` : "")).join("");
  const weight = Math.max(0.6, Math.min(4, (xs.at(-1) - xs[0]) / xs.length - 0.6));
  return element("g", { class: "rain" }, element("path", { class: "stroke", style: `stroke-width:${weight}`, d: path }));
}

/** A rule that follows the pointer and tells the day; dragging chooses a narrower window. */
function explore(svg, shown, readout, onWindow) {
  const rule = element("line", { class: "rule", y1: 20, y2: shown.floor, visibility: "hidden" });
  const chosen = element("rect", { class: "selection", y: 20, height: shown.floor - 20, visibility: "hidden" });
  const surface = element("rect", { x: LEFT, y: 20, width: shown.width - LEFT - RIGHT, height: shown.floor - 20, fill: "transparent" });
  svg.append(chosen, rule, surface);
  let from = null;
  const nearest = (event) => {
    const box = svg.getBoundingClientRect();
    const place = ((event.clientX - box.left) / box.width) * shown.width;
    const share = (place - LEFT) / (shown.width - LEFT - RIGHT);
    return Math.max(0, Math.min(shown.times.length - 1, Math.round(share * (shown.times.length - 1))));
  };
  surface.addEventListener("pointerdown", (event) => { from = nearest(event); surface.setPointerCapture(event.pointerId); });
  surface.addEventListener("pointermove", (event) => {
    const index = nearest(event);
    const at = shown.x(shown.times[index]);
    for (const [key, value] of Object.entries({ x1: at, x2: at, visibility: "visible" })) rule.setAttribute(key, value);
    readout.textContent = told(shown, index);
    if (from === null) return;
    const start = shown.x(shown.times[from]);
    for (const [key, value] of Object.entries({ x: Math.min(start, at), width: Math.abs(at - start), visibility: "visible" })) chosen.setAttribute(key, value);
  });
  surface.addEventListener("pointerup", (event) => {
    const [start, end] = [from, nearest(event)].sort((one, other) => one - other);
    from = null;
    chosen.setAttribute("visibility", "hidden");
    if (end - start >= 7) onWindow(shown.times[start], shown.times[end]);
  });
  surface.addEventListener("pointerleave", () => rule.setAttribute("visibility", "hidden"));
}

function told({ times, daily, units, normals, usual }, index) {
  const date = dated(times[index], { weekday: "long", day: "numeric", month: "long", year: "numeric" });
  const value = (name) => (daily[name][index] === null ? "missing" : `${daily[name][index]} ${units[name]}`);
  const mean = normals ? ` (normal ${normals.maximum.mean[usual[index]].toFixed(1)})` : "";
  return `${date}: maximum ${value("temperature_2m_max")}${mean}, minimum ${value("temperature_2m_min")}, `
    + `precipitation ${value("precipitation_sum")}.`;
}
