/** Where people say what they look for: words, pictures, and both. */
import { hasCamera, takePicture } from "./camera.js";
import { addChip, chipList } from "./chips.js";
import { h, icon, iconButton, settled } from "./dom.js";
import { filesOf, searchable } from "./files.js";
import { t } from "./language.js";

/** Who types is not disturbed by each letter, and does not notice the wait. */
const TYPING_MILLIS = 40;

/** A rerank is too much work to begin it for half a word. */
const TYPING_RERANK_MILLIS = 500;

/** What "unlike" means at first. */
const AGAINST = -0.5;

export function searchBox(store, say, until) {
  const pause = () => (store.get().ask.rerank ? TYPING_RERANK_MILLIS : TYPING_MILLIS);
  const typed = settled(pause, (text) => store.ask({ text }));
  const field = h("input.query", {
    type: "search",
    placeholder: t("searchFor"),
    "aria-label": t("searchFor"),
    autocomplete: "off",
    spellcheck: false,
    enterKeyHint: "search",
    on: {
      input: () => {
        typed(isAgainst() ? "" : field.value); // what is avoided counts once it is an input of its own
        showClear();
      },
    },
  });
  const isAgainst = () => field.value.trim().startsWith("-");
  const clear = iconButton("close", t("clear"), () => {
    empty();
    field.focus();
  });
  const showClear = () => (clear.hidden = field.value === "");

  function empty() {
    field.value = "";
    typed.now("");
    showClear();
  }

  function toChip() {
    const text = field.value.trim();
    const against = isAgainst();
    const value = against ? text.slice(1).trim() : text;
    if (value === "") {
      return;
    }
    empty();
    addChip(store, { kind: "text", value, weight: against ? AGAINST : 1 });
  }

  async function addPictures(files) {
    for (const file of files) {
      const value = await searchable(file);
      if (value === null) {
        say(t("notAPicture", { name: file.name || t("aPicture") }));
      } else {
        addChip(store, { kind: "image", value, label: file.name, weight: 1 });
      }
    }
  }

  const chooser = h("input", {
    type: "file",
    accept: "image/*",
    multiple: true,
    hidden: true,
    "aria-label": t("choosePicture"),
    on: {
      change: () => {
        addPictures([...chooser.files]);
        chooser.value = "";
      },
    },
  });

  async function photograph() {
    const picture = await takePicture();
    if (picture) {
      addPictures([new File([picture], t("photograph"), { type: picture.type })]);
    }
  }

  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      if (event.shiftKey || isAgainst()) {
        toChip();
      } else {
        typed.now(field.value);
      }
    }
    if (event.key === "Backspace" && field.value === "") {
      store.ask((ask) => ({ chips: ask.chips.slice(0, -1) }));
    }
  });

  const listen = (target, event, listener) => target.addEventListener(event, listener, { signal: until });
  listen(document, "paste", (event) => {
    const files = filesOf(event.clipboardData);
    if (files.length > 0) {
      event.preventDefault();
      addPictures(files);
    }
  });
  const dragged = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  listen(document, "dragover", (event) => {
    if (dragged(event)) {
      event.preventDefault();
      document.body.classList.add("dragging");
    }
  });
  listen(document, "dragleave", (event) => event.relatedTarget === null && document.body.classList.remove("dragging"));
  listen(document, "drop", (event) => {
    document.body.classList.remove("dragging");
    if (dragged(event)) {
      event.preventDefault();
      addPictures(filesOf(event.dataTransfer));
    }
  });

  store.watch(
    ({ ask }) => ask.text,
    (text) => {
      if (document.activeElement !== field && field.value !== text) {
        field.value = text;
      }
      showClear();
    },
    until,
  );

  const element = h(
    "form.box",
    { role: "search", on: { submit: (event) => event.preventDefault() } },
    h(
      "div.box-line",
      {},
      icon("search"),
      field,
      clear,
      iconButton("plus", t("addAsInput"), toChip),
      iconButton("picture", t("choosePicture"), () => chooser.click()),
      hasCamera() && iconButton("camera", t("camera"), photograph),
      chooser,
    ),
    chipList(store, until),
  );
  return { element, focus: () => field.select() };
}
