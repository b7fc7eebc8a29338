/** A picture in a list: its thumbnail, its title and score, and what can be done with it. */
import { thumbnailUrl } from "./api.js";
import { h, icon } from "./dom.js";
import { number, t } from "./language.js";

/** Sizes that are asked for, so that the browser and the node can keep them. */
const SIZES = [128, 256, 384, 512];
const TRIES = 3;
const TRY_AGAIN_MILLIS = 1200;

/** Pictures up to this width are shown whole on a plain ground instead of filling the tile. */
const SMALL = 160;

export function thumbnailSize(cssPixels) {
  const wanted = cssPixels * Math.min(2, devicePixelRatio);
  return SIZES.find((size) => size >= wanted) ?? SIZES.at(-1);
}

/**
 * The thumbnail of a hit. A node that is busy is asked again; where there is no picture, a sign
 * says so.
 *
 * @param {number} cssPixels about how large it is shown
 */
export function thumbnail(hit, field, cssPixels, { alt = hit.title, offset = 0 } = {}) {
  if (!field) {
    return noPicture(alt);
  }
  let tries = 1;
  const image = h("img.thumbnail", {
    alt,
    decoding: "async",
    draggable: false,
    on: {
      load: () => image.classList.toggle("small", image.naturalWidth <= SMALL && image.naturalHeight <= SMALL),
      error: () => {
        if (!image.isConnected) {
          return;
        }
        if (tries >= TRIES) {
          image.replaceWith(noPicture(alt));
          return;
        }
        tries++;
        setTimeout(() => image.isConnected && (image.src = url), TRY_AGAIN_MILLIS);
      },
    },
  });
  const url = thumbnailUrl(hit, field, thumbnailSize(cssPixels), offset);
  image.src = url;
  return image;
}

function noPicture(alt) {
  const named = alt ? { role: "img", "aria-label": `${alt}: ${t("noPicture")}` } : { "aria-hidden": "true" };
  return h("span.no-picture", { title: t("noPicture"), ...named }, icon("picture"));
}

/**
 * A tile of the grid.
 *
 * @param {object} acts open(hit, tile), more(hit), less(hit)
 */
export function tile(hit, place, fields, cssPixels, acts) {
  const action = (name, label, act) =>
    h(
      "button.tile-action",
      { type: "button", tabIndex: -1, title: label, "aria-label": `${label}: ${hit.title}`, on: { click: act } },
      icon(name),
    );
  const score = hit.score === null || hit.score === undefined ? null : h("span.score", {}, number(hit.score, 3));
  return h(
    "div.tile",
    { role: "listitem", "aria-posinset": place + 1, dataset: { key: hit.key } },
    h(
      "button.tile-open",
      { type: "button", tabIndex: -1, title: hit.title, on: { click: () => acts.open(hit) } },
      thumbnail(hit, fields.picture, cssPixels, { alt: "" }), // the title stands beside it
      h("span.tile-text", {}, h("span.tile-title", {}, hit.title), score),
    ),
    fields.comparable &&
      h(
        "span.tile-actions",
        {},
        action("plus", t("moreLikeThis"), () => acts.more(hit)),
        action("minus", t("lessLikeThis"), () => acts.less(hit)),
      ),
  );
}
