// The next days: quantile bands of both temperatures, and the chance and amount of rain.

import { band, dated, drawing, element, line, linear, parsed, text, ticks, valueAxis } from "./chart.js";

const LEFT = 44;
const RIGHT = 14;

export function drawTemperatures(figure, answer) {
  const { daily, daily_units: units, forecast } = answer;
  const { svg, width, height } = drawing(figure, 250, "Forecast of the maximum and minimum temperature by day");
  const bounds = [...daily.temperature_2m_max_q95, ...daily.temperature_2m_min_q05].filter((value) => value !== null);
  const stops = ticks(Math.min(...bounds), Math.max(...bounds), 6);
  const y = linear(Math.min(...bounds), Math.max(...bounds), height - 30, 30);
  const xs = places(daily.time, width);
  valueAxis(svg, stops, y, LEFT, width - RIGHT);
  svg.append(text(0, 12, `Temperature, ${units.temperature_2m_max}`, { class: "title" }));
  days(svg, daily.time, xs, height - 12);
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
  const { svg, width, height } = drawing(figure, 190, "Forecast chance and amount of rain by day");
  const xs = places(daily.time, width);
  const floor = height - 50;
  const y = linear(0, 100, floor, 30);
  const step = xs.length > 1 ? xs[1] - xs[0] : 30;
  valueAxis(svg, [0, 25, 50, 75, 100], y, LEFT, width - RIGHT);
  svg.append(text(0, 12, "Chance of at least 1 mm, %", { class: "title" }));
  days(svg, daily.time, xs, height - 32);
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
  const every = step < 38 ? 2 : 1;
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

/** Weekdays and dates below; every second where there is little room. */
function days(svg, times, xs, baseline) {
  const every = xs.length > 1 && xs[1] - xs[0] < 38 ? 2 : 1;
  times.forEach((time, index) => {
    if (index % every) return;
    const label = dated(parsed(time), every === 1 ? { weekday: "short", day: "numeric" } : { day: "numeric", month: "short" });
    svg.append(text(xs[index], baseline, label, { "text-anchor": "middle" }));
  });
}

/** What the colours mean, at the upper right. */
export function key(svg, right, entries) {
  let x = right - RIGHT;
  for (const [colour, label] of [...entries].reverse()) {
    const word = text(x, 12, label, { "text-anchor": "end" });
    svg.append(word);
    x -= word.getComputedTextLength() + 15;
    svg.append(element("g", { class: colour }, element("rect", { class: "band", x, y: 4, width: 10, height: 8, rx: 2 })));
    x -= 14;
  }
}
