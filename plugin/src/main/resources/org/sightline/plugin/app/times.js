/** Where the time of a search went, read from its profile. */
import { fill, h } from "./dom.js";
import { millis, t } from "./language.js";

const NANOS = 1e6;

function parts(profile) {
  return profile.shards.flatMap((shard) => shard.dfs?.statistics?.children ?? []);
}

/** The longest time of any shard: shards work side by side. */
function longest(profile, read) {
  return Math.max(0, ...profile.shards.map(read)) / NANOS;
}

const sum = (nodes, read) => (nodes ?? []).reduce((all, node) => all + read(node), 0);

/** @return {{name: string, time: number, detail: string|null}[]} in the order in which it happened */
export function stages(profile) {
  const found = [];
  const add = (name, nanos, detail = null) => nanos > 0 && found.push({ name, time: nanos / NANOS, detail });
  for (const part of parts(profile)) {
    const debug = part.debug ?? {};
    if (part.type === "image_text_embedding") {
      add(t("stageEmbed"), part.time_in_nanos, part.description);
    }
    if (part.type === "image_text_match") {
      add(t("stageFirst"), debug.first_stage_in_nanos);
      add(t("stageFetch"), debug.fetch_in_nanos, t("fetchedOf", { n: debug.fetched ?? 0, of: debug.window ?? 0 }));
      const cached = (debug.tokens_from_memory ?? 0) + (debug.tokens_from_disk ?? 0);
      add(t("stageMatch"), debug.match_in_nanos, t("cachedOf", { n: cached, of: debug.matched ?? 0 }));
    }
  }
  const vectors = longest(profile, (shard) =>
    sum(shard.dfs?.knn, (knn) => sum(knn.query, (query) => query.time_in_nanos) + (knn.rewrite_time ?? 0)),
  );
  const query = longest(profile, (shard) =>
    sum(shard.searches, (search) => sum(search.query, (one) => one.time_in_nanos) + (search.rewrite_time ?? 0)),
  );
  const fetch = longest(profile, (shard) => shard.fetch?.time_in_nanos ?? 0);
  add(t("stageVectors"), vectors * NANOS);
  add(t("stageQuery"), query * NANOS);
  add(t("stageFields"), fetch * NANOS);
  return found;
}

export function timesPanel(store, until) {
  const element = h("section.panel.times", { "aria-label": t("stageTimes") });
  store.watch(
    ({ results, ask }) => [results.profile, ask.times],
    () => {
      const { results, ask } = store.get();
      element.hidden = !ask.times || results.profile === null;
      if (element.hidden) {
        return;
      }
      const found = stages(results.profile);
      const most = Math.max(...found.map((stage) => stage.time), 0.001);
      fill(
        element,
        h("h2", {}, t("stageTimes")),
        h(
          "ul",
          {},
          found.map((stage) =>
            h(
              "li",
              {},
              h("span.stage-name", {}, stage.name),
              h("span.bar", { "aria-hidden": "true" }, h("span", { style: { width: `${(100 * stage.time) / most}%` } })),
              h("span.number", {}, millis(stage.time)),
              h("span.note", {}, stage.detail),
            ),
          ),
        ),
        h("p.note", {}, t("timesTotal", { took: millis(results.took), round: millis(results.roundtrip) })),
      );
    },
    until,
  );
  return element;
}
