/** What can be taken away: the search as text for other tools, a link, the ids of the hits. */
import { copyButton, dialog, download } from "./dialog.js";
import { h } from "./dom.js";
import { t } from "./language.js";
import { toFragment } from "./link.js";
import { currentBody } from "./request.js";
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
  const lines = () => results.hits.map((hit) => JSON.stringify({ _index: hit.index, _id: hit.id, _score: hit.score })).join("\n");
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
    h("p.note", {}, t("idsHelp", { n: ids.length })),
    h(
      "div.actions",
      {},
      copyButton(() => ids.join("\n"), t("copyIds")),
      h("button", { type: "button", on: { click: () => download("hits.ndjson", lines() + "\n") } }, t("saveIds")),
    ),
  );
}
