/** The view to search with. */
import { searchBox } from "./box.js";
import { gapsPanel } from "./choices.js";
import { addChip, chipOf } from "./chips.js";
import { createCompare } from "./compare.js";
import { openDetail } from "./detail.js";
import { fill, h, icon } from "./dom.js";
import { filterPanel } from "./filters.js";
import { createGrid } from "./grid.js";
import { millis, t } from "./language.js";
import { inputs } from "./request.js";
import { createSearch } from "./search.js";
import { shareDialog } from "./share.js";
import { timesPanel } from "./times.js";
import { tools } from "./tools.js";

/** What, when it changes, makes the search another one. */
function asked({ ask, fields }) {
  const { open, rerankModel, window, ...searched } = ask;
  return fields === null ? null : JSON.stringify([searched, ask.rerank && [rerankModel, window], fields]);
}

/** How many hits there are, in words. */
function summary({ results, ask }) {
  const { status, hits, total, took, first, exhausted } = results;
  if (status === "failed") {
    return "";
  }
  if (status !== "done") {
    return t("searching");
  }
  if (hits.length === 0) {
    return t("nothingFound");
  }
  const time = millis(took);
  if (first) {
    return t("foundReranked", { n: hits.length, time });
  }
  if (inputs(ask).length > 0 && !ask.words) {
    return t(exhausted ? "foundAll" : "foundNearest", { n: hits.length, time });
  }
  return t(total?.relation === "gte" ? "foundAtLeast" : "found", { n: total?.value ?? hits.length, time });
}

function resultsArea(store, search, grid, compare, until) {
  const said = h("p.summary", { role: "status", "aria-live": "polite" });
  const warnings = h("div");
  const area = h("div.results");
  store.watch(
    ({ results, ask, fields }) => [results, ask.cutoff, fields],
    () => {
      const { results, ask, fields } = store.get();
      said.textContent = summary(store.get());
      area.setAttribute("aria-busy", String(results.status === "loading"));
      fill(
        warnings,
        results.error && h("p.error", { role: "alert" }, results.error.message),
        results.warnings.map((warning) => h("p.warning", { role: "status" }, warning)),
      );
      const shown = results.first ? compare : grid;
      if (area.firstChild !== shown.element) {
        fill(area, shown.element);
      }
      if (results.first) {
        compare.show(results, fields, ask.cutoff);
      } else {
        compare.clear();
        grid.show(results.hits, fields, ask.cutoff);
      }
    },
    until,
  );
  const share = h("button", { type: "button", on: { click: () => shareDialog(store) } }, icon("share"), t("takeAway"));
  return h("section", { "aria-label": t("hits") }, h("div.results-line", {}, said, share), warnings, area);
}

/** @param {function(string)} say tells something that went wrong */
export function huntView(store, say, until) {
  const search = createSearch(store);
  const beside = (hit, step) => {
    const { hits } = store.get().results;
    const at = hits.findIndex((other) => other.key === hit.key);
    return at < 0 ? undefined : hits[at + step];
  };
  const open = (hit) => openDetail(store, hit, beside);
  const like = (weight) => (hit) => {
    addChip(store, chipOf(hit, store.get().fields, weight));
    scrollTo({ top: 0 });
  };
  const grid = createGrid({ open, more: like(1), less: like(-0.5), end: () => search.more() });
  const compare = createCompare(open);
  const box = searchBox(store, say, until);
  const filters = filterPanel(store, say, until);
  store.watch(
    ({ filtersOpen }) => filtersOpen,
    (opened) => (filters.hidden = !opened),
    until,
  );
  store.watch(asked, () => search.run(), until);
  until.addEventListener("abort", () => grid.close());
  document.addEventListener(
    "keydown",
    (event) => {
      const typing = event.target.matches("input, textarea, select") || document.querySelector("dialog[open]");
      if (event.key === "/" && !typing) {
        event.preventDefault();
        box.focus();
      }
      if (event.key === "ArrowDown" && event.target.matches(".query")) {
        event.preventDefault();
        grid.focus();
      }
    },
    { signal: until },
  );
  let linked = store.get().ask.open;
  store.watch(
    ({ fields, models }) => fields !== null && models !== undefined,
    (known) => {
      if (known && linked) {
        const hit = { key: `${linked.index}/${linked.id}`, title: linked.id, ...linked };
        linked = null;
        openDetail(store, hit, beside);
      }
    },
    until,
  );
  return h(
    "main.hunt",
    { tabIndex: -1 },
    h("h1.hidden", {}, t("searchPictures")),
    h("div.asking", {}, box.element, gapsPanel(store, until), tools(store, search, grid.cut, until)),
    filters,
    timesPanel(store, until),
    resultsArea(store, search, grid, compare, until),
  );
}
