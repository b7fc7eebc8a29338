/** What stays on top of every view: the name, the index, the views, the look and the language. */
import { fill, h, icon, iconButton, select } from "./dom.js";
import { language, speak, t } from "./language.js";
import { NOTHING_ASKED } from "./store.js";

const KEPT = "sightline.look";
const LOOKS = { light: "dark", dark: "light" };

function lookNow() {
  return document.documentElement.dataset.look ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
}

function changeLook() {
  const look = LOOKS[lookNow()];
  document.documentElement.dataset.look = look;
  localStorage.setItem(KEPT, look);
}

function indexChoice(store, go) {
  const place = h("span.index-choice");
  store.watch(
    ({ indices, ask, view }) => [indices, ask.index, view],
    ([indices, index, view]) => {
      const names = (indices ?? []).filter((one) => one.vectors || one.name === index).map((one) => one.name);
      const known = index === null || names.includes(index) ? names : [index, ...names];
      fill(
        place,
        view === "search" &&
          known.length > 0 &&
          select(t("index"), known.map((name) => [name, name]), index, (name) => {
            store.set({ ask: Object.freeze({ ...NOTHING_ASKED, index: name, rerankModel: store.get().ask.rerankModel }), drafts: [] });
            go("search");
          }),
      );
    },
  );
  return place;
}

function viewLink(store, view, go) {
  const link = h("a", { href: `#/${view}`, on: { click: (event) => {
    event.preventDefault();
    go(view);
  } } }, t(`view_${view}`));
  store.watch(
    (now) => now.view === view,
    (here) => (here ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current")),
  );
  return link;
}

/** The address holds what is asked for, so the browser cannot go to a part of the page by it. */
function skip(event) {
  event.preventDefault();
  document.getElementById("content").focus();
}

export function header(store, go) {
  const kept = localStorage.getItem(KEPT);
  if (kept in LOOKS) {
    document.documentElement.dataset.look = kept;
  }
  const search = viewLink(store, "search", (view) => go(store.get().ask.index === null ? "start" : view));
  const other = language === "de" ? ["en", "English"] : ["de", "Deutsch"];
  return h(
    "header.top",
    {},
    h("a.skip", { href: "#content", on: { click: skip } }, t("skip")),
    h("a.brand", { href: "#/start", title: t("allIndices"), on: { click: (event) => {
      event.preventDefault();
      go("start");
    } } }, icon("layers"), h("span", {}, "Sightline")),
    indexChoice(store, go),
    h("nav", { "aria-label": t("views") }, search, viewLink(store, "add", go), viewLink(store, "models", go)),
    h("span.personal", {}, h("button.link", { type: "button", lang: other[0], on: { click: () => speak(other[0]) } }, other[1]), iconButton("light", t("look"), changeLook)),
  );
}
