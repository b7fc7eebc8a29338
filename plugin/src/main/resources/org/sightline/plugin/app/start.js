/** The first view: which pictures there are, and how to begin where there are none. */
import { count, search, fieldCapabilities, toHit } from "./cluster.js";
import { copyButton } from "./dialog.js";
import { fill, h, icon } from "./dom.js";
import { chosen, describe, missing } from "./fields.js";
import { t } from "./language.js";
import { NOTHING_ASKED } from "./store.js";
import { thumbnail } from "./tile.js";

const COVER = 6;

/** An index for photographs by the model that the cluster has, as the documentation makes it. */
export const COMMANDS = `GET _sightline/models

PUT _ingest/pipeline/photos
{
  "processors": [ { "image_text_embedding": {
    "model_id": "emoji-clip",
    "input_output": [
      { "input_field": "photo", "input_type": "image", "output_field": "photo_vector" } ],
    "digest_field": "photo_digest" } } ]
}

PUT photos
{
  "settings": { "index.default_pipeline": "photos" },
  "mappings": { "properties": {
    "title": { "type": "text" },
    "photo": { "type": "binary" },
    "photo_digest": { "type": "keyword" },
    "photo_vector": {
      "type": "dense_vector", "dims": 128, "similarity": "cosine",
      "index_options": { "type": "hnsw" },
      "meta": { "sightline.model_id": "emoji-clip" } } } }
}

POST photos/_doc
{ "title": "my first picture", "photo": "<base64 of the file>" }
`;

/** What the index lacks, in words, with what to do. */
export function lacking(fields, description) {
  const gaps = missing(fields);
  return (
    gaps.length > 0 &&
    h(
      "ul.gaps",
      {},
      gaps.map((gap) => h("li", {}, icon("warning"), h("span", {}, t(gap, { vector: fields.vector ?? "" })))),
      description.vectors.length > 0 && gaps.includes("lacksModel") && h("li.note", {}, t("chooseModelBelow")),
    )
  );
}

async function cover(name, card, into) {
  const description = describe(await fieldCapabilities(name));
  const fields = chosen(description, NOTHING_ASKED);
  const body = { size: COVER, track_total_hits: false, _source: fields.title ? [fields.title] : false, seq_no_primary_term: true };
  const found = fields.picture ? (await search(name, body)).hits.hits : [];
  fill(
    into,
    found.map((raw) => thumbnail(toHit(raw, fields), fields.picture, 96, { alt: "" })),
  );
  const gaps = lacking(fields, description);
  if (gaps) {
    card.append(gaps);
  }
}

function card(index, open) {
  const pictures = h("span.cover");
  const documents = h("span.note");
  const element = h(
    "li.card",
    {},
    h(
      "button.card-open",
      { type: "button", on: { click: () => open(index.name) } },
      pictures,
      h("span.card-text", {}, h("strong", {}, index.name), documents),
    ),
  );
  cover(index.name, element, pictures).catch((error) => element.append(h("p.error", {}, error.message)));
  count(index.name).then((n) => (documents.textContent = n === null ? "" : t("documents", { n })));
  return element;
}

function beginning(go) {
  return h(
    "section.beginning",
    {},
    h("h1", {}, t("nothingYet")),
    h("p", {}, t("nothingYetHelp")),
    h(
      "div.actions",
      {},
      h("button.primary", { type: "button", on: { click: () => go("add") } }, icon("folder"), t("addPictures")),
      h("button", { type: "button", on: { click: () => go("add", { gallery: true }) } }, t("loadGallery")),
    ),
    h("h2", {}, t("byCommands")),
    h("pre", { tabIndex: 0, "aria-label": t("byCommands") }, COMMANDS),
    h("div.actions", {}, copyButton(COMMANDS)),
  );
}

/** @param {function} go opens a view */
export function startView(store, go, until) {
  const element = h("main.start", { tabIndex: -1 });
  const open = (index) => {
    store.set({ ask: Object.freeze({ ...NOTHING_ASKED, index }) });
    go("search");
  };
  store.watch(
    ({ indices, indicesError }) => [indices, indicesError],
    ([indices, error]) => {
      if (error) {
        fill(element, h("p.error", { role: "alert" }, error.message));
        return;
      }
      if (indices === null) {
        fill(element, h("p.note", { role: "status" }, t("loading")));
        return;
      }
      const ready = indices.filter((index) => index.vectors);
      const others = indices.filter((index) => !index.vectors);
      fill(
        element,
        ready.length > 0 && h("h1", {}, t("chooseIndex")),
        ready.length > 0 && h("ul.cards", {}, ready.map((index) => card(index, open))),
        ready.length === 0 && beginning(go),
        others.length > 0 &&
          h(
            "details.other-indices",
            {},
            h("summary", {}, t("otherIndices", { n: others.length })),
            h("p.note", {}, t("otherIndicesHelp")),
            h(
              "ul",
              {},
              others.map((index) => h("li", {}, h("button.link", { type: "button", on: { click: () => open(index.name) } }, index.name))),
            ),
          ),
        ready.length > 0 &&
          h("p.actions", {}, h("button", { type: "button", on: { click: () => go("add") } }, icon("folder"), t("addPictures"))),
      );
    },
    until,
  );
  return element;
}
