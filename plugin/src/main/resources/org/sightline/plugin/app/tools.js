/** The line below the search box: filters, words, reading again, the cut-off, times. */
import { isAborted } from "./api.js";
import { fill, h, icon, select, settled, toggle } from "./dom.js";
import { number, t } from "./language.js";
import { canRerank, inputs } from "./request.js";

const WINDOWS = [20, 50, 100, 200];
const COUNT_MILLIS = 150;
const STEPS = 200;

/** Models that can read hits again. */
export const matchers = (models) => (models ?? []).filter((model) => model.roles?.includes("matching"));

function button(store, name, text, key, controls) {
  const element = h(
    "button.tool",
    { type: "button", "aria-controls": controls, on: { click: () => store.set((now) => ({ [key]: !now[key] })) } },
    icon(name),
    h("span", {}, text),
  );
  return element;
}

function filtersButton(store, until) {
  const element = button(store, "filter", t("filters"), "filtersOpen", "filters");
  const badge = h("span.badge");
  element.append(badge);
  store.watch(
    ({ ask, filtersOpen }) => [ask.filters.length, filtersOpen],
    ([count, open]) => {
      element.setAttribute("aria-expanded", String(open));
      badge.textContent = count > 0 ? number(count) : "";
      badge.hidden = count === 0;
    },
    until,
  );
  return element;
}

/** Which model reads again; typed by hand where the user may not list models. */
function modelChoice(store) {
  const { models, ask } = store.get();
  const choose = (id) => store.ask({ rerankModel: id.trim() || null });
  if (models === null) {
    return h("input.model-id", {
      placeholder: t("modelId"),
      "aria-label": t("rerankModel"),
      value: ask.rerankModel ?? "",
      on: { change: (event) => choose(event.target.value) },
    });
  }
  const options = matchers(models).map((model) => [model.model_id, model.model_id]);
  return options.length > 1 && select(t("rerankModel"), options, ask.rerankModel, choose);
}

function rerankTools(store, until) {
  const element = h("span.group");
  store.watch(
    ({ ask, models, fields }) => [ask.rerank, ask.rerankModel, models, fields, ask.window, inputs(ask).length > 0],
    () => {
      const { ask, models, fields } = store.get();
      const possible = models === null || matchers(models).length > 0;
      const on = toggle(t("readAgain"), ask.rerank, (rerank) => store.ask({ rerank, cutoff: null }), {
        disabled: !possible || !fields?.picture,
        title: possible ? t("readAgainHelp") : t("noMatcher"),
      });
      const sizes = WINDOWS.map((window) => [window, t("bestHits", { n: window })]);
      fill(
        element,
        on,
        ask.rerank && modelChoice(store),
        ask.rerank && select(t("rerankWindow"), sizes, ask.window, (window) => store.ask({ window: Number(window) })),
        ask.rerank && inputs(ask).length > 0 && fields && !canRerank(ask, fields) && h("span.note", {}, t("cannotRerank")),
      );
    },
    until,
  );
  return element;
}

function wordsTool(store, until) {
  const element = h("span");
  store.watch(
    ({ ask, fields }) => [ask.words, fields],
    () => {
      const { ask, fields } = store.get();
      const disabled = (fields?.texts ?? []).length === 0;
      fill(element, toggle(t("wordsToo"), ask.words, (words) => store.ask({ words, cutoff: null }), { disabled, title: t("wordsHelp") }));
    },
    until,
  );
  return element;
}

/** From a little below the lowest score that is shown to the highest one. */
function range(hits, reranked) {
  const top = hits[0].score;
  const low = hits.at(-1).score;
  return reranked ? [0, 1] : [Math.max(0, low - (top - low)), top];
}

/**
 * The cut-off: hits below it are dimmed while it moves, and left out when it rests.
 *
 * @param {function(number|null)} mark marks hits below a score
 */
function cutoffTool(store, search, mark, until) {
  const count = h("output.note", { "aria-live": "polite" });
  const slider = h("input", { type: "range", "aria-label": t("cutoff") });
  const shown = h("span.number");
  const element = h("label.cutoff", { title: t("cutoffHelp") }, h("span", {}, t("cutoff")), slider, shown, count);
  let counting = new AbortController();

  const tell = (n) => (count.textContent = t("hitsAbove", { n }));
  const countLater = settled(COUNT_MILLIS, (cutoff) => {
    const { results } = store.get();
    counting.abort();
    counting = new AbortController();
    if (results.first) {
      tell(results.hits.filter((hit) => hit.score >= cutoff).length);
      return;
    }
    search.countAbove(cutoff, counting.signal).then(tell, (error) => {
      if (!isAborted(error)) {
        count.textContent = error.message;
      }
    });
  });

  const off = () => slider.valueAsNumber <= Number(slider.min);
  slider.addEventListener("input", () => {
    const cutoff = off() ? null : slider.valueAsNumber;
    shown.textContent = cutoff === null ? t("none") : number(cutoff, 3);
    mark(cutoff);
    if (cutoff === null) {
      count.textContent = "";
    } else {
      countLater(cutoff);
    }
  });
  slider.addEventListener("change", () => store.ask({ cutoff: off() ? null : slider.valueAsNumber }));

  let scale = null; // stays while only the cut-off changes
  store.watch(
    ({ results, ask, fuses }) => [results.hits, ask.cutoff, inputs(ask).length, fuses],
    () => {
      const { results, ask, fuses } = store.get();
      const byRank = ask.words && fuses && !ask.rerank; // such scores say nothing of nearness
      const scored = inputs(ask).length > 0 && results.hits.length > 1 && !byRank;
      element.hidden = !scored && ask.cutoff === null;
      if (scored && (ask.cutoff === null || scale === null)) {
        scale = range(results.hits, Boolean(results.first));
      }
      if (scale !== null) {
        const [least, most] = scale;
        slider.min = Math.min(least, ask.cutoff ?? least);
        slider.max = Math.max(most, ask.cutoff ?? most);
        slider.step = (slider.max - slider.min) / STEPS || 0.001;
        slider.value = ask.cutoff ?? slider.min;
      }
      shown.textContent = ask.cutoff === null ? t("none") : number(ask.cutoff, 3);
      count.textContent = ask.cutoff === null ? "" : count.textContent;
      if (ask.cutoff !== null && count.textContent === "" && scored) {
        countLater(ask.cutoff);
      }
    },
    until,
  );
  return element;
}

/** @param {function(number|null)} mark marks hits below a score */
export function tools(store, search, mark, until) {
  const times = h("span");
  store.watch(
    ({ ask }) => ask.times,
    (on) => fill(times, toggle(t("showTimes"), on, (value) => store.ask({ times: value }), { title: t("timesHelp") })),
    until,
  );
  return h(
    "div.tools",
    { role: "group", "aria-label": t("tools") },
    filtersButton(store, until),
    wordsTool(store, until),
    rerankTools(store, until),
    times,
    cutoffTool(store, search, mark, until),
  );
}
