// Questions to the API that serves this page. An answer that is no success becomes an Error with the server's reason.

async function ask(path, parameters = {}) {
  const answer = await fetch(`${path}?${new URLSearchParams(parameters)}`);
  const content = await answer.json();
  if (!answer.ok) throw new Error(content.reason ?? answer.statusText);
  return content;
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
