/** The view that brings pictures into an index. */
import { fieldCapabilities, indices, model as readModel } from "./cluster.js";
import { send } from "./api.js";
import { fill, h, icon, select } from "./dom.js";
import { chosen, describe } from "./fields.js";
import { filesBelow } from "./files.js";
import { asConsole, items, plan } from "./folder.js";
import { bytes, number, seconds, t } from "./language.js";
import { NOTHING_ASKED } from "./store.js";
import { createUpload, largestRequest } from "./upload.js";

const SIDES = [["", "asTheyAre"], ["2048", "px"], ["1024", "px"], ["512", "px"]];
const SHOWN_FAILURES = 100;

/** The bundled models, which know emoji and nothing else. */
const EMOJI = ["emoji-clip", "emoji-blip"];
const INDEX_NAME = /^(?![-_+.])[^A-Z\\/*?"<>| ,#:]{1,200}$/;

function pathsOf(input) {
  return [...input.files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
}

/** Choosing: files, a folder, a zip file, or dropping any of them. */
function chooser(found, until) {
  const fileInput = (properties, text) => {
    const input = h("input", { type: "file", hidden: true, multiple: true, "aria-label": text, on: { change: () => found(pathsOf(input)) }, ...properties });
    return [h("button", { type: "button", on: { click: () => input.click() } }, text), input];
  };
  const zone = h(
    "div.drop",
    {},
    icon("folder"),
    h("p", {}, t("dropFolder")),
    h(
      "div.actions",
      {},
      fileInput({ webkitdirectory: true }, t("chooseFolder")),
      fileInput({ accept: "image/*,.zip" }, t("chooseFiles")),
    ),
  );
  document.addEventListener("dragover", (event) => event.preventDefault(), { signal: until });
  document.addEventListener(
    "drop",
    async (event) => {
      event.preventDefault();
      found(await filesBelow(event.dataTransfer.items));
    },
    { signal: until },
  );
  return zone;
}

function failureList(failures) {
  return (
    failures.length > 0 &&
    h(
      "details.failures",
      { open: failures.length <= 5 },
      h("summary", {}, t("failedFiles", { n: failures.length })),
      h("ul", {}, failures.slice(0, SHOWN_FAILURES).map((one) => h("li", {}, h("strong", {}, one.path), " ", one.reason))),
      failures.length > SHOWN_FAILURES && h("p.note", {}, t("andMore", { n: failures.length - SHOWN_FAILURES })),
    )
  );
}

function progress(account, upload, open) {
  const over = account.sent + account.skipped + account.failures.length;
  const rate = account.seconds > 0 ? account.sent / account.seconds : 0;
  const left = account.total - over;
  return [
    h("progress", { max: Math.max(1, account.total), value: over, "aria-label": t("progress") }),
    h("p", { role: "status" }, t("sentOf", { n: account.sent, of: account.total, skipped: account.skipped, failed: account.failures.length })),
    h(
      "p.note",
      {},
      account.seconds > 0.5 && t("rate", { rate: number(rate, 1), bytes: bytes(account.bytes) }),
      account.running && rate > 0 && left > 0 && ` · ${t("timeLeft", { time: seconds(left / rate) })}`,
    ),
    account.error && h("p.error", { role: "alert" }, account.error),
    h(
      "div.actions",
      {},
      account.running && h("button", { type: "button", disabled: account.stopping, on: { click: () => upload.stop() } }, t("stop")),
      !account.running && !account.done && h("button.primary", { type: "button", on: { click: () => upload.start() } }, t("goOn")),
      account.sent + account.skipped > 0 && h("button", { type: "button", on: { click: open } }, t("searchThem")),
    ),
    failureList(account.failures),
  ];
}

/**
 * Models that embed pictures and texts, the best first, as `sightline-models index` chooses: the
 * bundled ones last, then by dimensions.
 */
function embedders(models) {
  const able = (model) =>
    ["image_embedding", "text_embedding"].every((role) => model.roles?.includes(role)) &&
    model.nodes.some((node) => node.state !== "failed");
  return (models ?? [])
    .filter(able)
    .sort(
      (a, b) =>
        EMOJI.indexOf(a.model_id) - EMOJI.indexOf(b.model_id) ||
        b.dimensions - a.dimensions ||
        a.model_id.localeCompare(b.model_id),
    )
    .map((model) => model.model_id);
}

/** A pipeline that is somebody else's is not overwritten. */
async function requireFree(pipeline) {
  const found = await send("GET", pipeline.path).catch((error) => {
    if (error.status === 404) {
      return {};
    }
    throw error;
  });
  const [there] = Object.values(found);
  if (there && JSON.stringify(there.processors) !== JSON.stringify(pipeline.body.processors)) {
    throw new Error(t("otherPipeline", { name: Object.keys(found)[0] }));
  }
}

function chosenText({ pictures, others, foreign }) {
  const size = pictures.reduce((all, one) => all + one.bytes, 0);
  const formats = [...foreign].map(([format, n]) => `${format} ${number(n)}`).join(", ");
  return [
    pictures.length === 0 ? t("noPictures") : t("chosenPictures", { n: pictures.length, bytes: bytes(size) }),
    others > 0 && t("otherFiles", { n: others }) + (formats && ` (${formats})`),
  ]
    .filter(Boolean)
    .join("; ");
}

/** What an existing index has for pictures, or why it cannot take any. */
async function targetOf(index) {
  const capabilities = await fieldCapabilities(index);
  const fields = chosen(describe(capabilities), NOTHING_ASKED);
  if (fields.picture === null || fields.vector === null) {
    throw new Error(t("cannotTake", { index }));
  }
  return { picture: fields.picture, title: fields.title, known: new Set(Object.keys(capabilities.fields)) };
}

export function addView(store, say, go, until) {
  const chosenFiles = h("p.note", { role: "status" }, store.get().wantsGallery ? t("galleryHelp") : t("nothingChosen"));
  const requests = h("pre", { tabIndex: 0, "aria-label": t("requests"), hidden: true });
  const running = h("section.progress", { "aria-label": t("progress") });
  const settings = h("div.choice-line");
  const begin = h("button.primary", { type: "button", disabled: true, on: { click: start } }, t("addThem"));
  const name = h("input", { value: "photos", required: true, spellcheck: false, "aria-label": t("indexName"), list: "indices", on: { input: show } });
  let found = [];
  let model = null;
  let side = "";
  let busy = false;
  let planned = [];

  const exists = () => store.get().indices?.some((index) => index.name === name.value);
  const others = h("datalist", { id: "indices" });
  const warning = h("p.warning", { hidden: true }, t("onlyEmoji"));

  /** Shows what would be sent; nothing begins before that is known. */
  async function show() {
    const valid = INDEX_NAME.test(name.value);
    name.setCustomValidity(valid ? "" : t("badIndexName"));
    begin.disabled = true;
    planned = [];
    if (valid && !exists() && model !== null) {
      const wanted = `${name.value} ${model}`;
      const answer = await readModel(model).catch((error) => say(error.message));
      if (wanted !== `${name.value} ${model}`) {
        return; // it was changed in the meantime
      }
      planned = answer?.suggested_mapping ? plan(name.value, answer) : [];
    }
    requests.hidden = planned.length === 0;
    warning.hidden = planned.length === 0 || !EMOJI.includes(model) || store.get().wantsGallery;
    requests.textContent = asConsole(planned);
    begin.disabled = found.length === 0 || !valid || busy || (!exists() && planned.length === 0);
  }

  async function take(files) {
    chosenFiles.textContent = t("loading");
    try {
      const looked = await items(files);
      found = looked.pictures;
      chosenFiles.textContent = chosenText(looked);
    } catch (error) {
      say(error.message);
    }
    show();
  }

  async function makeIndex() {
    await requireFree(planned[0]);
    for (const request of planned) {
      await send(request.method, request.path, { body: request.body });
    }
    store.set({ indices: await indices() });
  }

  async function start() {
    busy = true;
    begin.disabled = true;
    const index = name.value;
    try {
      if (!exists()) {
        await makeIndex();
      }
      const order = { items: found, index, target: await targetOf(index), side: side === "" ? null : Number(side), limit: await largestRequest() };
      const open = () => {
        store.set({ ask: Object.freeze({ ...NOTHING_ASKED, index }) });
        go("search");
      };
      const upload = createUpload(order, (account) => {
        busy = account.running;
        begin.disabled = busy;
        fill(running, progress(account, upload, open));
      });
      until.addEventListener("abort", () => {
        if (upload.running()) {
          upload.stop();
          say(t("stoppedByLeaving"));
        }
      });
      addEventListener("beforeunload", (event) => upload.running() && event.preventDefault(), { signal: until });
      await upload.start();
    } catch (error) {
      say(error.message);
    }
    busy = false;
    show();
  }

  store.watch(
    ({ models, indices: known }) => [models, known],
    ([models, known]) => {
      fill(
        others,
        (known ?? []).filter((index) => index.vectors).map((index) => h("option", { value: index.name })),
      );
      const ids = embedders(models);
      model = ids.includes(model) ? model : (ids[0] ?? null);
      const sizes = SIDES.map(([value, text]) => [value, t(text, { n: Number(value) })]);
      const pick = (id) => {
        model = id;
        show();
      };
      fill(
        settings,
        h("label.field", {}, h("span", {}, t("indexName")), name),
        ids.length > 0
          ? h("label.field", {}, h("span", {}, t("model")), select(t("model"), ids.map((id) => [id, id]), model, pick))
          : h("p.note", {}, t(models === undefined ? "loading" : models === null ? "mayNotList" : "noEmbedder")),
        h("label.field", {}, h("span", {}, t("size")), select(t("size"), sizes, side, (value) => (side = value))),
      );
      show();
    },
    until,
  );
  return h(
    "main.add",
    { tabIndex: -1 },
    h("h1", {}, t("addPictures")),
    h("section", {}, h("h2", {}, t("whichPictures")), chooser(take, until), chosenFiles),
    h("section", {}, h("h2", {}, t("whereTo")), settings, others, warning, h("p.note", {}, t("whereToHelp")), requests),
    h("div.actions", {}, begin),
    running,
    h("p.note", {}, t("alsoByCommand")),
  );
}
