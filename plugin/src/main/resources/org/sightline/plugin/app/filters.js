/** Filters from the fields of the mapping: values, dates, numbers and places. */
import { isAborted } from "./api.js";
import { fieldChoices } from "./choices.js";
import { values } from "./cluster.js";
import { fill, h, iconButton, select, settled } from "./dom.js";
import { number, t } from "./language.js";

const SHOWN_VALUES = 12;
const TYPING_MILLIS = 300;
const DEFAULT_KM = 50;

const EMPTY = {
  terms: { values: [] },
  date: { gte: "", lte: "" },
  number: { gte: "", lte: "" },
  geo: { lat: null, lon: null, km: DEFAULT_KM },
};

/** A filter that restricts nothing yet is not sent. */
export function isSet(filter) {
  switch (filter.kind) {
    case "terms":
      return filter.values.length > 0;
    case "geo":
      return [filter.lat, filter.lon].every(Number.isFinite) && filter.km > 0;
    default:
      return Boolean(filter.gte || filter.lte);
  }
}

function limits(filter, type, change) {
  const limit = (key, text) =>
    h(
      "label.field",
      {},
      h("span", {}, text),
      h("input", {
        type,
        step: "any",
        value: filter[key] ?? "",
        on: { input: settled(TYPING_MILLIS, (event) => change({ [key]: event.target.value })) },
      }),
    );
  return [limit("gte", t("from")), limit("lte", t("to"))];
}

function place(filter, change) {
  const part = (key, text, least, most) =>
    h(
      "label.field",
      {},
      h("span", {}, text),
      h("input", {
        type: "number",
        step: "any",
        min: least,
        max: most,
        value: filter[key] ?? "",
        on: { input: settled(TYPING_MILLIS, (event) => change({ [key]: event.target.valueAsNumber })) },
      }),
    );
  return [part("lat", t("latitude"), -90, 90), part("lon", t("longitude"), -180, 180), part("km", t("within"), 0, 20_000)];
}

function termsList(found, chosen, change) {
  const known = found.map((entry) => String(entry.value));
  const all = [...[...chosen].filter((value) => !known.includes(value)).map((value) => ({ value })), ...found];
  const boxes = all.map((entry) => {
    const value = String(entry.value);
    const box = h("input", {
      type: "checkbox",
      checked: chosen.has(value),
      on: {
        change: () => {
          chosen[box.checked ? "add" : "delete"](value);
          change({ values: [...chosen] });
        },
      },
    });
    return h("label.value", { title: value }, box, h("span", {}, value), entry.count && h("span.count", {}, number(entry.count)));
  });
  const more = boxes.slice(SHOWN_VALUES);
  return [
    boxes.slice(0, SHOWN_VALUES),
    more.length > 0 && h("details", {}, h("summary", {}, t("moreValues", { n: more.length })), more),
    boxes.length === 0 && h("span.note", {}, t("noValues")),
  ];
}

/** The values that occur most, and where there are more than these, a box to find others. */
function terms(store, filter, change, say) {
  const list = h("div.values", {}, h("span.note", {}, t("loading")));
  const chosen = new Set(filter.values);
  let asking = new AbortController();
  async function load(text) {
    asking.abort();
    asking = new AbortController();
    try {
      const found = await values(store.get().ask.index, filter.field, text, asking.signal);
      fill(list, termsList(found.values, chosen, change));
      finder.hidden = !found.more && text === "";
    } catch (error) {
      if (!isAborted(error)) {
        fill(list, h("span.note", {}, error.message));
        say(error.message);
      }
    }
  }
  const finder = h("input.finder", {
    type: "search",
    hidden: true,
    placeholder: t("findValue"),
    "aria-label": `${filter.field}: ${t("findValue")}`,
    on: { input: settled(TYPING_MILLIS, (event) => load(event.target.value.trim())) },
  });
  load("");
  return [finder, list];
}

function editor(store, filter, say) {
  const at = (drafts) => drafts.findIndex((other) => other.field === filter.field);
  const change = (part) =>
    store.set(({ drafts }) => ({ drafts: drafts.with(at(drafts), { ...drafts[at(drafts)], ...part }) }));
  const drop = () => store.set(({ drafts }) => ({ drafts: drafts.filter((other) => other.field !== filter.field) }));
  const inner = {
    terms: () => terms(store, filter, change, say),
    date: () => limits(filter, "date", change),
    number: () => limits(filter, "number", change),
    geo: () => place(filter, change),
  };
  return h(
    "fieldset.filter",
    { dataset: { field: filter.field } },
    h("legend", {}, filter.field),
    inner[filter.kind](),
    iconButton("close", t("removeFilter", { field: filter.field }), drop),
  );
}

/** The panel with all filters, kept up to date. */
export function filterPanel(store, say, until) {
  const editors = h("div.filters");
  const chooser = h("div");
  store.watch(
    ({ drafts }) => drafts.map((filter) => filter.field).join("\n"),
    () =>
      fill(
        editors,
        store.get().drafts.map((filter) => editor(store, filter, say)),
      ),
    until,
  );
  store.watch(
    ({ drafts, description }) => [description, drafts.map((filter) => filter.field).join("\n")],
    () => {
      const { drafts, description } = store.get();
      const free = (description?.filters ?? []).filter(
        (field) => drafts.every((filter) => filter.field !== field.name) && (field.kind !== "terms" || field.aggregatable),
      );
      const add = (name) => {
        const { kind } = free.find((field) => field.name === name);
        store.set((now) => ({ drafts: [...now.drafts, { field: name, kind, ...EMPTY[kind] }] }));
      };
      const options = [["", t("addFilter")], ...free.map((field) => [field.name, field.name])];
      fill(chooser, free.length > 0 ? select(t("addFilter"), options, "", add) : h("span.note", {}, t("noMoreFilters")));
    },
    until,
  );
  store.watch(
    ({ drafts }) => drafts,
    (drafts) => store.ask({ filters: drafts.filter(isSet) }),
    until,
  );
  return h("section.panel", { id: "filters", "aria-label": t("filters") }, editors, chooser, fieldChoices(store, until));
}
