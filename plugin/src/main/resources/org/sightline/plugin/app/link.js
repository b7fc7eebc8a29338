/** The address of the page says everything that was set, so that it can be sent to others. */
import { NOTHING_ASKED } from "./store.js";

export const VIEWS = ["start", "search", "models", "add"];

const FLAGS = ["words", "rerank", "times"];
const NUMBERS = ["window", "cutoff"];
const NAMES = ["index", "picture", "vector", "title", "model", "rerankModel"];

/** Of no meaning where nothing is reranked. */
const OF_RERANK = ["rerankModel", "window"];
const LISTS = ["chips", "filters"];

/** @return {string} such as #/search?index=photos&text=red+heart */
export function toFragment(view, ask) {
  const parameters = new URLSearchParams();
  for (const key of [...NAMES, ...NUMBERS, ...FLAGS, "text"]) {
    if (ask[key] !== NOTHING_ASKED[key] && (ask.rerank || !OF_RERANK.includes(key))) {
      parameters.set(key, ask[key]);
    }
  }
  for (const key of LISTS) {
    ask[key].forEach((entry) => parameters.append(key, JSON.stringify(entry)));
  }
  if (ask.open) {
    parameters.set("open", JSON.stringify(ask.open));
  }
  const query = parameters.toString();
  return `#/${view}${query ? "?" + query : ""}`;
}

function parsed(text) {
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

const isText = (value) => typeof value === "string";

/** Addresses come from anywhere: a chip must be one that the page itself could have made. */
function isChip(chip) {
  const has = {
    text: () => isText(chip.value),
    image: () => isText(chip.value) && chip.value.startsWith("data:image/"),
    document: () => [chip.index, chip.id, chip.path].every(isText),
  };
  return Number.isFinite(chip.weight) && Object.hasOwn(has, chip.kind) && has[chip.kind]();
}

function isFilter(filter) {
  const known = ["terms", "date", "number", "geo"].includes(filter.kind) && isText(filter.field);
  return known && (filter.kind !== "terms" || Array.isArray(filter.values));
}

const isDocument = (value) => value !== null && isText(value.index) && isText(value.id);

/** What an address says; what cannot be read is left out. */
export function fromFragment(fragment) {
  const [name, query = ""] = fragment.replace(/^#\//, "").split(/\?(.*)/s);
  const parameters = new URLSearchParams(query);
  const ask = { ...NOTHING_ASKED };
  NAMES.forEach((key) => (ask[key] = parameters.get(key)));
  ask.text = parameters.get("text") ?? "";
  FLAGS.forEach((key) => (ask[key] = parameters.get(key) === "true"));
  NUMBERS.forEach((key) => {
    const value = Number.parseFloat(parameters.get(key));
    ask[key] = Number.isFinite(value) ? value : NOTHING_ASKED[key];
  });
  const list = (key, valid) => parameters.getAll(key).map(parsed).filter((value) => value !== null && valid(value));
  ask.chips = list("chips", isChip);
  ask.filters = list("filters", isFilter);
  const open = parsed(parameters.get("open") ?? "null");
  ask.open = isDocument(open) ? open : null;
  const view = VIEWS.includes(name) ? name : "search";
  return { view: view === "search" && ask.index === null ? "start" : view, ask: Object.freeze(ask) };
}
