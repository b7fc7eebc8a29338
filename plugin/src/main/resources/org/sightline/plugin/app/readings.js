/** What models say of a picture: captions, and labels that somebody typed. */
import { caption, classify } from "./cluster.js";
import { fill, h, select } from "./dom.js";
import { number, percent, t } from "./language.js";

const CAPTIONS = 3;
const MOST_LABELS = 1000;

const able = (models, ...roles) =>
  (models ?? []).filter((model) => roles.every((role) => model.roles?.includes(role))).map((model) => model.model_id);

/** Which model is asked; typed by hand where the user may not list models. */
function modelInput(models, ids) {
  if (models === null) {
    const field = h("input", { placeholder: t("modelId"), "aria-label": t("model") });
    return { element: field, value: () => field.value.trim() };
  }
  const choice = ids.length > 1 ? select(t("model"), ids.map((id) => [id, id]), ids[0], () => {}) : null;
  return { element: choice ?? h("span.note", {}, ids[0]), value: () => choice?.value ?? ids[0] };
}

function asking(result, ask) {
  return async (event) => {
    event?.preventDefault();
    fill(result, h("p.note", {}, t("loading")));
    try {
      fill(result, await ask());
    } catch (error) {
      fill(result, h("p.error", {}, error.status === 403 ? t("mayNotCall") : error.message));
    }
  };
}

function noteWithout(models, ids, text) {
  return models !== null && ids.length === 0 ? h("p.note", {}, text) : null;
}

async function needed(picture) {
  const value = await picture;
  if (value === null) {
    throw new Error(t("pictureGone"));
  }
  return value;
}

/** @param {Promise<string|null>} picture as it is stored */
export function captionTool(models, picture) {
  const ids = able(models, "caption_decoder");
  const result = h("div.result", { "aria-live": "polite" });
  const model = modelInput(models, ids);
  const ask = asking(result, async () => {
    const captions = await caption(model.value(), await needed(picture), CAPTIONS);
    return h(
      "ol.captions",
      {},
      captions.map((one) => h("li", {}, one.text, " ", h("span.note", {}, number(one.score, 2)))),
    );
  });
  return (
    noteWithout(models, ids, t("noCaptioner")) ??
    h("div", {}, h("div.actions", {}, h("button", { type: "button", on: { click: ask } }, t("describe")), model.element), result)
  );
}

/** @param {Promise<string|null>} picture as it is stored */
export function labelTool(models, picture) {
  const ids = able(models, "image_embedding", "text_embedding");
  const result = h("div.result", { "aria-live": "polite" });
  const model = modelInput(models, ids);
  const field = h("input", { placeholder: t("labelsExample"), "aria-label": t("labelsByComma") });
  const ask = asking(result, async () => {
    const labels = [...new Set(field.value.split(",").map((label) => label.trim()).filter(Boolean))];
    if (labels.length === 0 || labels.length > MOST_LABELS) {
      throw new Error(t("labelsByComma"));
    }
    const classes = await classify(model.value(), await needed(picture), labels);
    return h(
      "ul.classes",
      {},
      classes.map((one) =>
        h(
          "li",
          {},
          h("span", {}, one.label),
          h("span.bar", { "aria-hidden": "true" }, h("span", { style: { width: percentWidth(one.probability) } })),
          h("span.number", {}, percent(one.probability)),
        ),
      ),
    );
  });
  return (
    noteWithout(models, ids, t("noClassifier")) ??
    h(
      "form",
      { on: { submit: ask } },
      h("div.actions", {}, field, h("button", { type: "submit" }, t("judge")), model.element),
      result,
    )
  );
}

const percentWidth = (share) => `${Math.max(0.5, 100 * share)}%`;
