/** Which fields of the index are searched and shown, where the page's own choice is not right. */
import { fill, h, select } from "./dom.js";
import { t } from "./language.js";
import { lacking } from "./start.js";

function choice(store, key, text, names, value) {
  return (
    names.length > 1 &&
    h("label.field", {}, h("span", {}, text), select(text, names.map((name) => [name, name]), value, (name) => store.ask({ [key]: name })))
  );
}

/** The model that encodes what is searched for; asked for where the mapping names none. */
function modelChoice(store, fields, models) {
  if (models === undefined || fields.vector === null || (fields.named && fields.model !== null)) {
    return null;
  }
  const choose = (id) => store.ask({ model: id.trim() || null });
  if (models === null) {
    return h("label.field", {}, h("span", {}, t("model")), h("input", { value: fields.model ?? "", placeholder: t("modelId"), on: { change: (event) => choose(event.target.value) } }));
  }
  const able = models.filter((model) => model.roles?.includes("text_embedding")).map((model) => model.model_id);
  return h(
    "label.field",
    {},
    h("span", {}, t("model")),
    select(t("model"), [["", t("choose")], ...able.map((id) => [id, id])], fields.model, choose),
  );
}

/** What the index lacks, and the model where that must be chosen; empty where nothing is missing. */
export function gapsPanel(store, until) {
  const element = h("section.choices", { "aria-label": t("missing") });
  store.watch(
    ({ description, fields, models }) => [description, fields, models],
    ([description, fields, models]) =>
      fill(
        element,
        fields && lacking(fields, description),
        fields && h("div.choice-line", {}, modelChoice(store, fields, models)),
      ),
    until,
  );
  return element;
}

/** Which fields are searched and shown. */
export function fieldChoices(store, until) {
  const element = h("div.choice-line");
  store.watch(
    ({ description, fields }) => [description, fields],
    ([description, fields]) =>
      fill(
        element,
        fields && [
          choice(store, "vector", t("vectorField"), description.vectors.map((vector) => vector.name), fields.vector),
          choice(store, "picture", t("pictureField"), description.pictures, fields.picture),
          choice(store, "title", t("titleField"), description.titles, fields.title),
        ],
      ),
    until,
  );
  return element;
}
