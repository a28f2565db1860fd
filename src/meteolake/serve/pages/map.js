// Where the sites are: longitude and latitude on a light graticule.

import { element, linear, text, ticks } from "./chart.js";

const WIDTH = 270;
const MARGIN = 22;

export function drawMap(container, sites, onChoose) {
  const longitudes = sites.map((site) => site.longitude);
  const latitudes = sites.map((site) => site.latitude);
  const pad = (values) => {
    const room = Math.max(1, (Math.max(...values) - Math.min(...values)) * 0.08);
    return [Math.min(...values) - room, Math.max(...values) + room];
  };
  const [west, east] = pad(longitudes);
  const [south, north] = pad(latitudes);
  const shrink = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const height = Math.min(330, Math.max(150, (WIDTH * (north - south)) / ((east - west) * shrink)));
  const x = linear(west, east, MARGIN, WIDTH - 8);
  const y = linear(south, north, height - MARGIN, 8);
  const svg = element("svg", { viewBox: `0 0 ${WIDTH} ${height}`, role: "group", "aria-label": "Map of the sites" });
  for (const value of ticks(west, east, 4)) {
    svg.append(element("line", { class: "grid", x1: x(value), x2: x(value), y1: 8, y2: height - MARGIN }));
    svg.append(text(x(value), height - 8, `${Math.abs(value)}°${value < 0 ? "W" : "E"}`, small));
  }
  for (const value of ticks(south, north, 5)) {
    svg.append(element("line", { class: "grid", x1: MARGIN, x2: WIDTH - 8, y1: y(value), y2: y(value) }));
    svg.append(text(12, y(value) + 3, `${Math.abs(value)}°`, small));
  }
  for (const site of sites) svg.append(marker(site, x(site.longitude), y(site.latitude), onChoose));
  container.replaceChildren(svg);
}

const small = { "text-anchor": "middle", fill: "var(--quiet)", "font-size": 9 };

function marker(site, cx, cy, onChoose) {
  const attributes = { cx, cy, r: 5, tabindex: 0, role: "button", "aria-label": site.name, "data-site": site.site_id };
  const circle = element("circle", attributes, element("title", {}, site.name));
  circle.addEventListener("click", () => onChoose(site.site_id));
  circle.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      onChoose(site.site_id);
    }
  });
  return circle;
}
