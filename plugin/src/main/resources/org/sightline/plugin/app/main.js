/** Begins: reads the address, asks the cluster what there is, and shows the view that is asked for. */
import { addView } from "./add.js";
import { fieldCapabilities, indices, models } from "./cluster.js";
import { fill, h, settled } from "./dom.js";
import { chosen, describe } from "./fields.js";
import { header } from "./header.js";
import { huntView } from "./hunt.js";
import { language, t } from "./language.js";
import { fromFragment, toFragment } from "./link.js";
import { matchers } from "./tools.js";
import { NO_RESULTS } from "./search.js";
import { startView } from "./start.js";
import { statusView } from "./status.js";
import { createStore } from "./store.js";

const SAID_MILLIS = 8_000;
const ADDRESS_MILLIS = 300;

const asked = fromFragment(location.hash);
const store = createStore({
  ...asked,
  drafts: asked.ask.filters,
  indices: null, // not known yet
  indicesError: null,
  models: undefined, // not known yet; null where this user may not list them
  description: null,
  fields: null,
  fuses: true, // until the cluster says that it has no fusion of ranks
  filtersOpen: asked.ask.filters.length > 0,
  results: NO_RESULTS,
  wantsGallery: false,
});

const said = h("div.said", { role: "alert" });
const quiet = settled(SAID_MILLIS, () => fill(said));
const say = (text) => {
  fill(said, h("p", {}, text));
  quiet();
};

function go(view, { gallery = false } = {}) {
  store.set({ view, wantsGallery: gallery });
}

const VIEWS = {
  start: (until) => startView(store, go, until),
  search: (until) => huntView(store, say, until),
  models: (until) => statusView(store, say, until),
  add: (until) => addView(store, say, go, until),
};

let leaving = new AbortController();
const place = h("div.place");

function show(view) {
  leaving.abort();
  leaving = new AbortController();
  const main = VIEWS[view](leaving.signal);
  main.id = "content";
  fill(place, main);
  document.title = view === "start" ? "Sightline" : `${t(`view_${view}`)} – Sightline`;
  scrollTo({ top: 0 });
}

/** Finds out what the fields of the chosen index are good for. */
async function describeIndex(index) {
  store.set({ description: null, fields: null });
  if (index === null) {
    return;
  }
  try {
    const description = describe(await fieldCapabilities(index));
    if (store.get().ask.index === index) {
      store.set(({ ask }) => ({ description, fields: Object.freeze(chosen(description, ask)) }));
    }
  } catch (error) {
    say(error.message);
    store.set({ results: Object.freeze({ ...NO_RESULTS, status: "failed", error }) });
  }
}

function keepAddress() {
  const write = settled(ADDRESS_MILLIS, () => {
    const { view, ask } = store.get();
    const fragment = toFragment(view, ask);
    if (fragment !== location.hash) {
      history.replaceState(null, "", fragment);
    }
  });
  store.watch(({ ask }) => ask, write);
  let shown = store.get().view;
  store.watch(
    ({ view }) => view,
    (view) => {
      if (view !== shown) {
        shown = view;
        history.pushState(null, "", toFragment(view, store.get().ask));
      }
    },
  );
  const read = () => {
    const { view, ask } = fromFragment(location.hash);
    shown = view;
    store.set({ view, ask, drafts: ask.filters });
  };
  addEventListener("popstate", read);
}

function begin() {
  document.documentElement.lang = language;
  document.body.append(header(store, go), place, said);
  store.watch(({ ask }) => ask.index, describeIndex);
  store.watch(
    ({ ask, description }) => [description, ask.vector, ask.picture, ask.title, ask.model],
    ([description]) => description && store.set(({ ask }) => ({ fields: Object.freeze(chosen(description, ask)) })),
  );
  store.watch(
    ({ models: known }) => known,
    (known) => {
      const [first] = matchers(known);
      if (first && store.get().ask.rerankModel === null) {
        store.ask({ rerankModel: first.model_id });
      }
    },
  );
  store.watch(({ view }) => view, show);
  keepAddress();
  indices().then(
    (found) => {
      store.set({ indices: found });
      const ready = found.filter((index) => index.vectors);
      if (location.hash === "" && ready.length === 1) {
        store.ask({ index: ready[0].name });
        go("search");
      }
    },
    (indicesError) => store.set({ indicesError }),
  );
  models().then(
    (found) => store.set({ models: found }),
    () => store.set({ models: null }), // searching needs no list of models
  );
}

begin();
