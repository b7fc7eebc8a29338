/** The further inputs of a search, each with its weight. */
import { fill, h, iconButton } from "./dom.js";
import { number, t } from "./language.js";
import { thumbnail } from "./tile.js";

const LEAST = -2;
const MOST = 2;
const STEP = 0.1;

function label(chip) {
  if (chip.kind === "text") {
    return chip.value;
  }
  return chip.label || t(chip.kind === "image" ? "aPicture" : "aDocument");
}

function preview(chip, fields) {
  if (chip.kind === "image") {
    return h("img", { src: chip.value, alt: "" });
  }
  const hit = { key: chip.id, index: chip.index, id: chip.id, routing: chip.routing, title: "" };
  return chip.kind === "document" && fields?.picture ? thumbnail(hit, fields.picture, 40, { alt: "" }) : null;
}

function signed(weight) {
  return (weight < 0 ? "−" : "+") + number(Math.abs(weight), 1);
}

function chipElement(store, chip, place, fields) {
  const change = (weight) =>
    store.ask((ask) => ({ chips: ask.chips.map((other, i) => (i === place ? { ...chip, weight } : other)) }));
  const shown = h("output", {}, signed(chip.weight));
  const element = h(
    "li.chip",
    {},
    preview(chip, fields),
    h("span.chip-label", { title: label(chip) }, label(chip)),
    h("input", {
      type: "range",
      min: LEAST,
      max: MOST,
      step: STEP,
      value: chip.weight,
      "aria-label": t("weightOf", { what: label(chip) }),
      on: {
        input: (event) => {
          const weight = event.target.valueAsNumber;
          shown.textContent = signed(weight);
          element.classList.toggle("negative", weight < 0);
        },
        change: (event) => change(event.target.valueAsNumber),
      },
    }),
    shown,
    iconButton("close", t("removeInput", { what: label(chip) }), () =>
      store.ask((ask) => ({ chips: ask.chips.filter((other, i) => i !== place) })),
    ),
  );
  element.classList.toggle("negative", chip.weight < 0);
  return element;
}

/** The list of chips, kept up to date. */
export function chipList(store, until) {
  const list = h("ul.chips", { "aria-label": t("inputs") });
  store.watch(
    ({ ask, fields }) => [ask.chips, fields?.picture],
    () => {
      const { ask, fields } = store.get();
      const place = [...list.querySelectorAll("input")].indexOf(document.activeElement);
      fill(
        list,
        ask.chips.map((chip, i) => chipElement(store, chip, i, fields)),
      );
      list.hidden = ask.chips.length === 0;
      list.querySelectorAll("input")[place]?.focus();
    },
    until,
  );
  return list;
}

/** Adds an input, or says that there are too many. */
export function addChip(store, chip) {
  store.ask((ask) => ({ chips: [...ask.chips, Object.freeze(chip)] }));
}

/** A stored picture as an input: like this one, or unlike it. */
export function chipOf(hit, fields, weight) {
  const { index, id, routing } = hit;
  return { kind: "document", index, id, ...(routing ? { routing } : {}), path: fields.vector, label: hit.title, weight };
}
