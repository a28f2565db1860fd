// Questions to the API that serves this page. An answer that is no success becomes an Error with the server's reason.

// A server that asks for keys is told the reader's, which the browser keeps until its tab is closed.
const KEY = "meteolake-key";

async function ask(path, parameters = {}) {
  const answer = await asked(path, parameters);
  const content = await answer.json();
  if (answer.status === 401 && keyGiven(content.reason)) return ask(path, parameters);
  if (!answer.ok) throw new Error(content.reason ?? answer.statusText);
  return content;
}

function asked(path, parameters) {
  const key = sessionStorage.getItem(KEY);
  return fetch(`${path}?${new URLSearchParams(parameters)}`, { headers: key ? { "X-API-Key": key } : {} });
}

function keyGiven(reason) {
  sessionStorage.removeItem(KEY);
  const key = window.prompt(`${reason}\nAPI key:`)?.trim();
  if (key) sessionStorage.setItem(KEY, key);
  return Boolean(key);
}

export const sites = async () => (await ask("/v1/sites")).sites;
export const scores = () => ask("/v1/scores");
export const forecast = (siteId) => ask("/v1/forecast", { site_id: siteId, quantiles: "all" });
export const normals = (siteId, variable) => ask("/v1/normals", { site_id: siteId, variable });
export const history = (siteId, from, until) =>
  ask("/v1/archive", {
    site_id: siteId,
    start_date: from,
    end_date: until,
    daily: "temperature_2m_max,temperature_2m_min,precipitation_sum",
  });
