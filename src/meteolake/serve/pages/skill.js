// How much of the climatology's error the forecasts save, by lead.

import { drawing, element, key, line, linear, plotTop, text, valueAxis } from "./chart.js";

const LEFT = 44;
const RIGHT = 14;
const SERIES = [
  ["temperature_2m_max", "crps_skill", "warm", "maximum"],
  ["temperature_2m_min", "crps_skill", "cold", "minimum"],
  ["precipitation_sum", "brier_skill", "green", "rain ≥ 1 mm"],
];

export function drawSkill(figure, caption, { scores, from_date: from, until_date: until }) {
  if (!scores.length) {
    figure.replaceChildren();
    caption.textContent = "No forecast has been verified yet: the history is too short. All forecasts are climatology.";
    return;
  }
  const { svg, width, height } = drawing(figure, 220, "Forecast skill against climatology by days ahead");
  const skills = scores.flatMap((row) => [row.crps_skill ?? 0, row.brier_skill ?? 0]);
  const bottom = Math.min(0, ...skills);
  const top = Math.ceil(Math.max(0.1, ...skills) * 10) / 10;
  const x = linear(1, 14, LEFT + 12, width - RIGHT - 8);
  const y = linear(bottom, top, height - 34, plotTop(width));
  valueAxis(svg, Array.from({ length: Math.round(top * 10) + 1 }, (_, step) => step / 10), y, LEFT, width - RIGHT, (value) => value.toFixed(1));
  svg.append(element("line", { class: "zero", x1: LEFT, x2: width - RIGHT, y1: y(0), y2: y(0) }));
  svg.append(text(0, 12, "Skill (1 is perfect)", { class: "title" }));
  svg.append(text((LEFT + width) / 2, height - 2, "days ahead", { "text-anchor": "middle" }));
  for (let lead = 1; lead <= 14; lead += 1) svg.append(text(x(lead), height - 18, String(lead), { "text-anchor": "middle" }));
  for (const [variable, score, colour] of SERIES) {
    const rows = scores.filter((row) => row.variable === variable);
    const ys = rows.map((row) => (row[score] === null ? null : y(row[score])));
    const group = element("g", { class: colour }, element("path", { class: "stroke", d: line(rows.map((row) => x(row.lead_days)), ys) }));
    rows.forEach((row, index) => {
      if (ys[index] === null) return;
      const hint = `${row.lead_days} days ahead: ${row[score].toFixed(3)} over ${row.cases} forecasts`;
      group.append(element("circle", { class: "dot", cx: x(row.lead_days), cy: ys[index], r: 3 }, element("title", {}, hint)));
    });
    svg.append(group);
  }
  key(svg, width, SERIES.map(([, , colour, label]) => [colour, label]));
  caption.textContent = `Measured on days that were held back from training, ${from} to ${until}, over all sites: the share `
    + "of the climatology's error that the forecast saves (CRPS of temperatures, Brier score of rain). 0 is no better than climatology.";
}
