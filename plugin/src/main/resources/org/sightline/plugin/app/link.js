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
  LISTS.forEach((key) => (ask[key] = parameters.getAll(key).map(parsed).filter(Boolean)));
  ask.open = parsed(parameters.get("open") ?? "null");
  return { view: VIEWS.includes(name) ? name : ask.index ? "search" : "start", ask: Object.freeze(ask) };
}
