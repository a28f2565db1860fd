// The few pieces that every chart is made of: SVG elements, scales, axes and paths.

const NAMESPACE = "http://www.w3.org/2000/svg";
export const DAY = 86_400_000;

export function element(name, attributes = {}, ...children) {
  const made = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export function text(x, y, content, attributes = {}) {
  return element("text", { x, y, ...attributes }, content);
}

/** A drawing of the figure's width; its description is read out in place of the picture. */
export function drawing(figure, height, description) {
  const width = Math.max(280, figure.clientWidth);
  const svg = element("svg", { viewBox: `0 0 ${width} ${height}`, height, role: "img", "aria-label": description });
  figure.replaceChildren(svg);
  return { svg, width, height };
}

/** Where the plot begins, below its title and key, which share a line where there is room. */
export const plotTop = (width) => (width < 460 ? 46 : 30);

/** What the colours mean, at the upper right. */
export function key(svg, right, entries) {
  const baseline = plotTop(right) - 18;
  let x = right - 14;
  for (const [colour, label] of [...entries].reverse()) {
    const word = text(x, baseline, label, { "text-anchor": "end" });
    svg.append(word);
    x -= word.getComputedTextLength() + 15;
    svg.append(element("g", { class: colour }, element("rect", { class: "band", x, y: baseline - 8, width: 10, height: 8, rx: 2 })));
    x -= 14;
  }
}

/** A function from [low, high] to [from, to]. */
export function linear(low, high, from, to) {
  const span = high - low || 1;
  return (value) => from + ((value - low) / span) * (to - from);
}

/** Round numbers that cover [low, high] in about `count` steps. */
export function ticks(low, high, count = 5) {
  const rough = (high - low || 1) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const found = [];
  for (let value = Math.ceil(low / step) * step; value <= high + step * 1e-9; value += step) found.push(+value.toFixed(6));
  return found;
}

/** Horizontal lines with their values, left of the plot. */
export function valueAxis(svg, values, y, left, right, label = String) {
  for (const value of values) {
    svg.append(element("line", { class: "grid", x1: left, x2: right, y1: y(value), y2: y(value) }));
    svg.append(text(left - 8, y(value) + 4, label(value), { "text-anchor": "end" }));
  }
}

/** A line through points; a missing value leaves a gap. */
export function line(xs, ys) {
  let path = "";
  let isDown = false;
  ys.forEach((y, index) => {
    if (y === null || Number.isNaN(y)) isDown = false;
    else {
      path += `${isDown ? "L" : "M"}${xs[index].toFixed(1)} ${y.toFixed(1)}`;
      isDown = true;
    }
  });
  return path;
}

/** The area between two lines, in pieces where a value is missing. */
export function band(xs, lower, upper) {
  const pieces = [];
  let piece = [];
  xs.forEach((_, index) => {
    if (lower[index] === null || upper[index] === null) piece = [];
    else {
      if (!piece.length) pieces.push(piece);
      piece.push(index);
    }
  });
  const edge = (indices, ys) => indices.map((index) => `${xs[index].toFixed(1)} ${ys[index].toFixed(1)}`).join("L");
  return pieces.map((indices) => `M${edge(indices, upper)}L${edge([...indices].reverse(), lower)}Z`).join("");
}

/** Applies a function to what is there and keeps null. */
export const each = (values, change) => values.map((value) => (value === null ? null : change(value)));

/** Days of the year as in a leap year, 1 to 366, of a time in UTC milliseconds. */
export function dayOfYear(time) {
  const date = new Date(time);
  return Math.round((Date.UTC(2000, date.getUTCMonth(), date.getUTCDate()) - Date.UTC(2000, 0, 1)) / DAY) + 1;
}

export const parsed = (iso) => Date.parse(`${iso}T00:00:00Z`);
/** The day that it is now where clocks are so many seconds ahead of UTC. */
export const today = (offset) => iso(Date.now() + 1000 * offset);
export const iso = (time) => new Date(time).toISOString().slice(0, 10);
export const dated = (time, options) => new Date(time).toLocaleDateString("en-GB", { timeZone: "UTC", ...options });

/** Dates below the plot: days, months or years, as many as have room. */
export function timeAxis(svg, first, last, x, bottom, right) {
  const days = (last - first) / DAY;
  const months = Math.max(1, Math.ceil((days / 30.4) / Math.max(2, (right - x(first)) / 75)));
  const start = new Date(first);
  const step = days < 45 ? null : months > 6 ? 12 * Math.ceil(months / 12) : months > 3 ? 6 : months;
  const stops = [];
  if (step === null) for (let time = first; time <= last; time += 7 * DAY) stops.push(time);
  else for (let month = 0; ; month += 1) {
    const time = Date.UTC(start.getUTCFullYear(), month);
    if (time > last) break;
    const years = start.getUTCFullYear() + month / 12;
    if (time >= first && (step < 12 ? month % step === 0 : month % 12 === 0 && years % (step / 12) === 0)) stops.push(time);
  }
  for (const time of stops) {
    const isYear = step !== null && new Date(time).getUTCMonth() === 0;
    const label = step === null ? dated(time, { day: "numeric", month: "short" })
      : isYear ? String(new Date(time).getUTCFullYear()) : dated(time, { month: "short" });
    svg.append(element("line", { class: "axis", x1: x(time), x2: x(time), y1: bottom, y2: bottom + 4 }));
    svg.append(text(x(time), bottom + 17, label, { "text-anchor": "middle" }));
  }
}
