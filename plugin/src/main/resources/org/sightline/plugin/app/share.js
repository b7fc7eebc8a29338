/** What can be taken away: the search as text for other tools, a link, the ids of the hits. */
import { search, toHit } from "./cluster.js";
import { copyButton, dialog, download } from "./dialog.js";
import { fill, h } from "./dom.js";
import { t } from "./language.js";
import { toFragment } from "./link.js";
import { currentBody, inputs, listBody, MOST_HITS } from "./request.js";
import { asText, TOOLS } from "./take.js";

const TOOL_NAMES = { console: "Console", curl: "curl", python: "Python" };

export function shareDialog(store) {
  const { ask, fields, fuses, results, view } = store.get();
  // what only the page needs is left out
  const { from, seq_no_primary_term: version, ...body } = currentBody(ask, fields, fuses && ask.words);
  const shown = h("pre", { tabIndex: 0, "aria-label": t("query") });
  let tool = "console";
  const tabs = Object.keys(TOOLS).map((name) =>
    h(
      "button.tab",
      { type: "button", role: "tab", "aria-controls": "query-text", dataset: { tool: name }, on: { click: () => show(name) } },
      TOOL_NAMES[name],
    ),
  );
  function show(name) {
    tool = name;
    shown.textContent = asText(name, ask.index, body, false);
    tabs.forEach((tab) => tab.setAttribute("aria-selected", String(tab.dataset.tool === name)));
  }
  show(tool);
  const link = () => new URL(toFragment(view, ask), location.href).href;
  const ids = results.hits.map((hit) => hit.id);

  /** The hits as lines of JSON: those that are loaded, or all where there are more. */
  async function lines() {
    let { hits } = results;
    if (!results.exhausted) {
      const all = { ...listBody(ask, fields, { from: 0, size: MOST_HITS, fusesRanks: fuses }), _source: false, profile: false };
      hits = (await search(ask.index, all)).hits.hits.map((hit) => toHit(hit, fields, inputs(ask).length > 0));
    }
    return hits.map((hit) => JSON.stringify({ _index: hit.index, _id: hit.id, _score: hit.score }) + "\n").join("");
  }

  async function save() {
    try {
      download("hits.ndjson", await lines());
    } catch (error) {
      fill(failure, h("p.error", { role: "alert" }, error.message));
    }
  }

  const failure = h("div");
  dialog(
    t("shareAndExport"),
    {},
    h("h3", {}, t("asQuery")),
    h("div.tabs", { role: "tablist", "aria-label": t("asQuery") }, tabs),
    h("div", { id: "query-text", role: "tabpanel", "aria-label": t("query") }, shown),
    h("div.actions", {}, copyButton(() => asText(tool, ask.index, body, true), t("copyQuery"))),
    h("h3", {}, t("link")),
    h("p.note", {}, t("linkHelp")),
    h("input.link", { readOnly: true, value: link(), "aria-label": t("link"), on: { focus: (event) => event.target.select() } }),
    h("div.actions", {}, copyButton(link, t("copyLink"))),
    h("h3", {}, t("ids")),
    h("p.note", {}, t("idsHelp", { n: ids.length, most: MOST_HITS })),
    h(
      "div.actions",
      {},
      copyButton(() => ids.join("\n"), t("copyIds")),
      h("button", { type: "button", on: { click: save } }, t("saveIds")),
    ),
    failure,
  );
}
