// The next days: quantile bands of both temperatures, and the chance and amount of rain.

import { band, dated, drawing, element, key, line, linear, parsed, plotTop, text, ticks, today, valueAxis } from "./chart.js";

const LEFT = 44;
const RIGHT = 14;
const DATE_ROOM = 48;
const AMOUNT_ROOM = 36;

export function drawTemperatures(figure, answer) {
  const { daily, daily_units: units, forecast } = answer;
  const bounds = [...daily.temperature_2m_max_q95, ...daily.temperature_2m_min_q05].filter((value) => value !== null);
  if (!bounds.length) return figure.replaceChildren();
  const { svg, width, height } = drawing(figure, 250, "Forecast of the maximum and minimum temperature by day");
  const stops = ticks(Math.min(...bounds), Math.max(...bounds), 6);
  const y = linear(Math.min(...bounds), Math.max(...bounds), height - 30, plotTop(width));
  const xs = places(daily.time, width);
  valueAxis(svg, stops, y, LEFT, width - RIGHT);
  svg.append(text(0, 12, `Temperature, ${units.temperature_2m_max}`, { class: "title" }));
  const now = days(svg, answer, xs, height - 12);
  if (now >= 0) svg.append(element("line", { class: "rule", x1: xs[now], x2: xs[now], y1: plotTop(width) - 8, y2: height - 28 }));
  for (const [name, colour] of [["temperature_2m_min", "cold"], ["temperature_2m_max", "warm"]]) {
    const quantile = (level) => daily[`${name}_${level}`].map((value) => (value === null ? null : y(value)));
    const group = element("g", { class: colour });
    group.append(element("path", { class: "band", opacity: 0.16, d: band(xs, quantile("q05"), quantile("q95")) }));
    group.append(element("path", { class: "band", opacity: 0.24, d: band(xs, quantile("q10"), quantile("q90")) }));
    group.append(element("path", { class: "stroke", d: line(xs, quantile("q50")) }));
    const isModel = forecast.method[name] ?? [];
    quantile("q50").forEach((at, index) => {
      if (at === null) return;
      const hint = `${daily.time[index]}: ${daily[name][index]} ${units[name]}, 80 %: `
        + `${daily[`${name}_q10`][index]} to ${daily[`${name}_q90`][index]}`;
      const kind = isModel[index] === "model" ? "dot" : "hollow";
      group.append(element("circle", { class: kind, cx: xs[index], cy: at, r: 3.5 }, element("title", {}, hint)));
    });
    svg.append(group);
  }
  key(svg, width, [["warm", "maximum"], ["cold", "minimum"]]);
}

export function drawRain(figure, answer) {
  const { daily, daily_units: units, forecast } = answer;
  if (daily.precipitation_probability_max.every((chance) => chance === null)) return figure.replaceChildren();
  const { svg, width, height } = drawing(figure, 190, "Forecast chance and amount of rain by day");
  const xs = places(daily.time, width);
  const floor = height - 50;
  const y = linear(0, 100, floor, 30);
  const step = xs.length > 1 ? xs[1] - xs[0] : 30;
  valueAxis(svg, [0, 25, 50, 75, 100], y, LEFT, width - RIGHT);
  svg.append(text(0, 12, "Chance of at least 1 mm, %", { class: "title" }));
  days(svg, answer, xs, height - 32);
  const group = element("g", { class: "rain" });
  daily.precipitation_probability_max.forEach((chance, index) => {
    if (chance === null) return;
    const isModel = forecast.method.precipitation_sum?.[index] === "model";
    group.append(element("rect", {
      x: xs[index] - step * 0.3, width: step * 0.6, y: y(chance), height: Math.max(0, floor - y(chance)), rx: 2,
      fill: isModel ? "currentColor" : "none", stroke: "currentColor", opacity: isModel ? 0.75 : 1,
    }));
    if (step > 22) group.append(text(xs[index], y(chance) - 5, String(chance), { "text-anchor": "middle" }));
  });
  svg.append(group);
  svg.append(text(0, height - 10, `≤ ${units.precipitation_sum}`));
  const every = Math.ceil(AMOUNT_ROOM / step);
  daily.precipitation_sum_q90.forEach((amount, index) => {
    if (amount === null || index % every) return;
    const hint = element("title", {}, `Nine days in ten stay below ${amount} ${units.precipitation_sum}`);
    const label = text(xs[index], height - 10, amount.toFixed(1), { "text-anchor": "middle" });
    label.append(hint);
    svg.append(label);
  });
}

function places(times, width) {
  const x = linear(0, Math.max(1, times.length - 1), LEFT + 18, width - RIGHT - 18);
  return times.map((_, index) => x(index));
}

/** Weekdays and dates below, as many as have room; which is today, since the archive ends some days before it. */
function days(svg, { daily, utc_offset_seconds: offset }, xs, baseline) {
  const now = daily.time.indexOf(today(offset));
  const every = xs.length > 1 ? Math.ceil(DATE_ROOM / (xs[1] - xs[0])) : 1;
  daily.time.forEach((time, index) => {
    if ((index - Math.max(now, 0)) % every) return;
    const written = dated(parsed(time), every === 1 ? { weekday: "short", day: "numeric" } : { day: "numeric", month: "short" });
    svg.append(text(xs[index], baseline, index === now ? "today" : written, { "text-anchor": "middle" }));
  });
  return now;
}
