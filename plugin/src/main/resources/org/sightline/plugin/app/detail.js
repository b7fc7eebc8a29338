/** One picture, large: its fields, what models say of it, and what is nearly the same. */
import { ApiError, isAborted, thumbnailUrl } from "./api.js";
import { chipOf, addChip } from "./chips.js";
import { document_, pictures, search, toHit, valueAt } from "./cluster.js";
import { dialog } from "./dialog.js";
import { fill, h, icon, iconButton } from "./dom.js";
import { number, t } from "./language.js";
import { nearest } from "./request.js";
import { captionTool, labelTool } from "./readings.js";
import { thumbnail } from "./tile.js";

const LARGE = 512;
const NEIGHBOURS = 25;

/** A cosine of 0.95, as Elasticsearch scores it: (1 + cos) / 2. */
const NEARLY_THE_SAME = 0.975;

/** What browsers show; other formats are shown as the node's thumbnail. */
const SHOWN = [
  [/^\/9j\//, "image/jpeg"],
  [/^iVBORw0KGgo/, "image/png"],
  [/^R0lGOD/, "image/gif"],
  [/^UklGR/, "image/webp"],
  [/^Qk/, "image/bmp"],
];

/** @return {string|null} a blob's address, to be revoked */
function fullPicture(value) {
  const base64 = value.replace(/^data:[^,]*,/, "").replace(/\s/g, "");
  const type = SHOWN.find(([start]) => start.test(base64))?.[1];
  if (!type) {
    return null;
  }
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return URL.createObjectURL(new Blob([bytes], { type }));
}

function valueElement(value) {
  if (Array.isArray(value) && value.every((entry) => typeof entry !== "object")) {
    return value.join(", ");
  }
  if (Number.isFinite(value?.lat) && Number.isFinite(value.lon)) {
    return `${value.lat}, ${value.lon}`;
  }
  return typeof value === "object" && value !== null ? h("code", {}, JSON.stringify(value)) : String(value);
}

function fieldList(source) {
  return h(
    "dl.fields",
    {},
    Object.entries(source).map(([name, value]) => [h("dt", {}, name), h("dd", {}, valueElement(value))]),
  );
}

/** Shows the thumbnail at once, and the stored picture when it is here. */
function largePicture(hit, fields, loaded, until) {
  const image = h("img.large", { alt: hit.title, src: thumbnailUrl(hit, fields.picture, LARGE) });
  const others = h("div.others", { role: "group", "aria-label": t("ofThisDocument") });
  const urls = [];
  until.addEventListener("abort", () => urls.forEach((url) => URL.revokeObjectURL(url)));
  const show = (value, offset) => {
    const url = fullPicture(value);
    image.src = url ?? thumbnailUrl(hit, fields.picture, LARGE, offset);
    if (url) {
      urls.push(url);
    }
  };
  const element = h("figure", {}, image, others);
  loaded.then(
    (values) => {
      if (values.length === 0) {
        image.replaceWith(h("p.note", {}, icon("picture"), t("pictureGone")));
        return;
      }
      show(values[0], 0);
      if (values.length > 1) {
        fill(
          others,
          values.map((value, i) =>
            h(
              "button",
              { type: "button", "aria-label": t("pictureNumber", { n: i + 1 }), on: { click: () => show(value, i) } },
              thumbnail(hit, fields.picture, 64, { alt: "", offset: i }),
            ),
          ),
        );
      }
    },
    () => {}, // the thumbnail stays
  );
  return element;
}

/** The nearest pictures, those with an equal digest marked as the same file. */
async function neighbours(hit, fields, description, signal) {
  const digest = `${fields.picture}_digest`;
  const hasDigest = description.digests.includes(digest);
  const chip = chipOf(hit, fields, 1);
  const answer = await search(
    hit.index,
    {
      size: NEIGHBOURS,
      query: nearest([chip], fields, 100),
      _source: { includes: [fields.title, hasDigest && digest].filter(Boolean) },
      seq_no_primary_term: true,
    },
    signal,
  );
  const raw = answer.hits.hits;
  const own = raw.find((other) => other._id === hit.id && other._index === hit.index);
  const ownDigest = own && hasDigest ? valueAt(own._source, digest) : undefined;
  return raw
    .filter((other) => other !== own)
    .map((other) => ({
      hit: toHit(other, fields),
      same: ownDigest !== undefined && valueAt(other._source, digest) === ownDigest,
    }));
}

function neighbourList(found, fields, open) {
  const near = found.filter(({ hit, same }) => same || hit.score >= NEARLY_THE_SAME);
  const shown = near.length > 0 ? near : found.slice(0, 6);
  return [
    h("p.note", {}, near.length > 0 ? t("nearlyTheSame", { n: near.length }) : t("noneNearlyTheSame")),
    h(
      "ul.strip",
      {},
      shown.map(({ hit, same }) =>
        h(
          "li",
          {},
          h(
            "button",
            { type: "button", title: hit.title, on: { click: () => open(hit) } },
            thumbnail(hit, fields.picture, 96, { alt: hit.title }),
            h("span.score", {}, same ? t("sameFile") : number(hit.score, 3)),
          ),
        ),
      ),
    ),
  ];
}

function sectionOf(title, ...content) {
  return h("section", {}, h("h3", {}, title), ...content);
}

function failed(error) {
  return isAborted(error) ? null : h("p.error", {}, error instanceof ApiError ? error.message : String(error));
}

/**
 * Opens the large view.
 *
 * @param {object} hit
 * @param {function(object, number): object|undefined} beside the hit before (-1) or after (1)
 */
export function openDetail(store, hit, beside) {
  const { fields, description } = store.get();
  const ending = new AbortController();
  const { signal } = ending;
  const open = (other) => {
    if (other) {
      element.close();
      openDetail(store, other, beside);
    }
  };
  const like = (weight) => {
    addChip(store, chipOf(hit, fields, weight));
    element.close();
  };
  const loaded = fields.picture ? pictures(hit, fields.picture, signal) : Promise.resolve([]);
  const picture = loaded.then((values) => values[0] ?? null);
  picture.catch(() => {}); // told where the picture is asked for
  const values = h("div", {}, h("p.note", {}, t("loading")));
  const near = h("div", {}, h("p.note", {}, t("loading")));
  const readings = h("div");
  const arrow = (name, label, step) => {
    const other = beside(hit, step);
    return iconButton(name, label, () => open(other), { disabled: other === undefined });
  };
  const element = dialog(
    hit.title,
    {
      name: "detail",
      closed: () => {
        ending.abort();
        store.ask((ask) => (ask.open?.id === hit.id && ask.open.index === hit.index ? { open: null } : {}));
      },
    },
    h(
      "div.detail-columns",
      {},
      h(
        "div.detail-picture",
        {},
        fields.picture ? largePicture(hit, fields, loaded, signal) : h("p.note", {}, t("lacksPicture")),
        h(
          "div.actions",
          {},
          arrow("left", t("previous"), -1),
          arrow("right", t("next"), 1),
          fields.comparable && h("button", { type: "button", on: { click: () => like(1) } }, icon("plus"), t("moreLikeThis")),
          fields.comparable && h("button", { type: "button", on: { click: () => like(-0.5) } }, icon("minus"), t("lessLikeThis")),
        ),
      ),
      h(
        "div.detail-text",
        {},
        sectionOf(t("fields"), values),
        readings,
        fields.comparable && sectionOf(t("nearDuplicates"), near),
      ),
    ),
  );
  if (fields.picture) {
    store.watch(
      ({ models }) => models,
      (models) =>
        models !== undefined &&
        fill(readings, sectionOf(t("caption"), captionTool(models, picture)), sectionOf(t("labels"), labelTool(models, picture))),
      signal,
    );
  }
  element.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step && !event.target.matches("input, textarea, select")) {
      open(beside(hit, step));
    }
  });
  store.ask({ open: { index: hit.index, id: hit.id, ...(hit.routing ? { routing: hit.routing } : {}) } });
  const hidden = [fields.picture, ...description.vectors.map((vector) => vector.name)].filter(Boolean);
  document_(hit, hidden).then(
    (source) => fill(values, h("p.note", {}, `${hit.index} / ${hit.id}`), fieldList(source)),
    (error) => fill(values, failed(error)),
  );
  if (fields.comparable) {
    neighbours(hit, fields, description, signal).then(
      (found) => fill(near, neighbourList(found, fields, open)),
      (error) => fill(near, failed(error)),
    );
  }
}
