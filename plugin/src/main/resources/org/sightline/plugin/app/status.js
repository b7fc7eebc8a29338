/** The second view: models, where they are loaded, and how the nodes are doing. */
import { isAborted } from "./api.js";
import { changeModel, health, models as listModels, stats as readStats } from "./cluster.js";
import { fill, h, icon } from "./dom.js";
import { bytes, millis, number, percent, t } from "./language.js";
import { notices } from "./notices.js";

const AGAIN_MILLIS = 5000;
const ROLES = ["image_embedding", "text_embedding", "image_tokens", "text_features", "matching", "caption_decoder"];
const STAGES = ["decode", "preprocess", "tokenize", "queue", "infer", "transport", "fetch"];

const state = (name) => h(`span.state.${name}`, {}, t(`state_${name}`));

function fact(name, value) {
  return value !== null && value !== undefined && value !== "" && [h("dt", {}, name), h("dd", {}, value)];
}

function modelCard(model, change) {
  const embeds = model.dimensions > 0;
  const can = (verb, states) => model.nodes.some((node) => states.includes(node.state)) &&
    h("button", { type: "button", on: { click: (event) => change(model.model_id, verb, event.target) } }, t(verb));
  return h(
    "li.card.model",
    { dataset: { model: model.model_id } },
    h("h3", {}, model.model_id),
    model.description && h("p", {}, model.description),
    h("p.roles", {}, ROLES.filter((role) => model.roles?.includes(role)).map((role) => h("span.role", {}, t(`role_${role}`)))),
    h(
      "dl",
      {},
      fact(t("family"), model.family),
      embeds && fact(t("dimensions"), number(model.dimensions) + (model.vectors_per_image > 1 ? ` × ${model.vectors_per_image}` : "")),
      fact(t("license"), model.license),
      fact(t("source"), t(`source_${model.source}`)),
    ),
    h(
      "ul.places",
      {},
      model.nodes.map((node) =>
        h(
          "li",
          {},
          h("strong", {}, node.name),
          state(node.state),
          node.devices && h("span.note", {}, [...new Set(Object.values(node.devices))].join(", ")),
          node.bundle_bytes > 0 && h("span.note", {}, bytes(node.bundle_bytes)),
          node.reason && h("p.error", {}, node.reason),
        ),
      ),
    ),
    h("div.actions", {}, can("_load", ["available", "failed"]), can("_unload", ["loaded"])),
  );
}

/** A bar for what is used of what there is. */
function gauge(text, used, all, shown) {
  const share = all > 0 ? Math.min(1, used / all) : 0;
  return h(
    "div.gauge",
    {},
    h("span", {}, text),
    h("span.bar", { role: "img", "aria-label": `${text}: ${percent(share)}` }, h("span", { style: { width: `${100 * share}%` } })),
    h("span.note", {}, shown),
  );
}

function cacheGauge(text, cache) {
  const asked = (cache?.hits ?? 0) + (cache?.misses ?? 0);
  return cache && gauge(text, cache.hits, asked, asked === 0 ? t("unused") : t("hitRate", { share: percent(cache.hits / asked), size: bytes(cache.bytes) }));
}

function nodeCard(node) {
  const queues = Object.entries(node.roles ?? {}).filter(([, role]) => role.queue);
  return h(
    "li.card.node",
    { dataset: { node: node.name } },
    h("h3", {}, node.name, node.inference && h("span.role", {}, node.device)),
    !node.inference && h("p.note", {}, t("noInference")),
    node.inference && h(
      "dl",
      {},
      fact(t("requests"), number(node.requests)),
      fact(t("inputsDone"), number(node.inputs)),
      fact(t("failures"), number(node.failures)),
      fact(t("rejections"), number(node.rejections)),
      fact("JPEG", node.jpeg?.decoder),
    ),
    node.inference && gauge(t("modelMemory"), node.model_memory.taken_bytes, node.model_memory.budget_bytes, `${bytes(node.model_memory.taken_bytes)} / ${bytes(node.model_memory.budget_bytes)}`),
    node.inference && cacheGauge(t("imageTokens"), node.cache.features),
    node.inference && cacheGauge(t("imageTokensOnDisk"), node.cache.features_on_disk),
    node.inference && cacheGauge(t("textCache"), node.cache.text),
    queues.length > 0 && h("h4", {}, t("queues")),
    queues.map(([role, { queue }]) => gauge(t(`role_${role}`), queue.work, queue.work_limit, t("queueDepth", { n: queue.depth, wait: millis(queue.waits.p95_ms) }))),
  );
}

function stageTable(total) {
  const known = STAGES.filter((stage) => total.stages[stage]?.count > 0);
  return (
    known.length > 0 &&
    h(
      "div.scrolls",
      { tabIndex: 0, role: "region", "aria-label": t("stageTimes") },
      h(
        "table",
        {},
        h("thead", {}, h("tr", {}, ["stage", "count", "median", "p95", "p99"].map((key) => h("th", { scope: "col" }, t(key))))),
        h(
          "tbody",
          {},
          known.map((stage) => {
            const times = total.stages[stage];
            const cells = [number(times.count), ...["p50_ms", "p95_ms", "p99_ms"].map((key) => millis(times[key]))];
            return h("tr", {}, h("th", { scope: "row" }, t(`stage_${stage}`)), cells.map((cell) => h("td", {}, cell)));
          }),
        ),
      ),
    )
  );
}

function noticeList(found) {
  return h(
    "ul.notices",
    {},
    found.map((notice) =>
      h("li", {}, icon("warning"), h("div", {}, h("strong", {}, notice.text), notice.reason && h("p", {}, notice.reason), notice.step && h("p.note", {}, notice.step))),
    ),
  );
}

export function statusView(store, say, until) {
  const content = h("div");
  let timer = 0;
  let shownState = "";

  async function change(id, verb, button) {
    button.disabled = true;
    try {
      const answer = await changeModel(id, verb);
      const bad = answer.nodes.find((node) => node.error || node.reason);
      if (bad) {
        say(`${bad.name}: ${bad.error?.reason ?? bad.reason}`);
      }
    } catch (error) {
      say(error.message);
    }
    await refresh(true);
  }

  function show(models, stats, indicator) {
    const nodes = Object.values(stats.nodes).sort((a, b) => a.name.localeCompare(b.name));
    const found = notices(models, stats, indicator);
    fill(
      content,
      found.length > 0 ? [h("h2", {}, t("toDo")), noticeList(found)] : h("p.fine", {}, icon("check"), t("allFine")),
      h("h2", {}, t("models")),
      h("ul.cards", {}, models.map((model) => modelCard(model, change))),
      h("h2", {}, t("nodes")),
      h("ul.cards", {}, nodes.map(nodeCard)),
      h("h2", {}, t("stageTimes")),
      stageTable(stats.total) || h("p.note", {}, t("unused")),
      h("p.note", {}, t("slowMatches")),
    );
  }

  /** @param {boolean} [forced] also where it takes the focus from a button */
  async function refresh(forced = false) {
    clearTimeout(timer);
    try {
      const [models, stats, report] = await Promise.all([listModels(), readStats(until), health().catch(() => null)]);
      if (until.aborted) {
        return;
      }
      store.set({ models });
      const indicator = report?.indicators?.sightline;
      const next = JSON.stringify([models, stats, indicator]);
      const inUse = content.contains(document.activeElement) && !forced;
      if (next !== shownState && !inUse) {
        shownState = next;
        show(models, stats, indicator);
      }
    } catch (error) {
      if (isAborted(error) || until.aborted) {
        return;
      }
      shownState = "";
      fill(content, h("p.error", { role: "alert" }, error.status === 403 ? t("mayNotSee") : error.message));
      if (error.status === 403) {
        return;
      }
    }
    timer = setTimeout(refresh, AGAIN_MILLIS);
  }

  until.addEventListener("abort", () => clearTimeout(timer));
  fill(content, h("p.note", { role: "status" }, t("loading")));
  refresh();
  return h("main.status", { tabIndex: -1 }, h("h1", {}, t("modelsAndNodes")), content);
}
