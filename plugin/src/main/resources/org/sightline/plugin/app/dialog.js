/** Dialogs, and what leaves the page: copies and files. */
import { h, icon, iconButton } from "./dom.js";
import { t } from "./language.js";

/** Pages that came without TLS have no clipboard of their own. */
async function toClipboard(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = h("textarea", { value: text });
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/** A button that copies, and says so. */
export function copyButton(text, label = t("copy")) {
  const said = h("span", { role: "status" }, label);
  const button = h(
    "button",
    {
      type: "button",
      on: {
        click: async () => {
          await toClipboard(typeof text === "function" ? text() : text);
          said.textContent = t("copied");
        },
      },
    },
    icon("copy"),
    said,
  );
  return button;
}

/** A file that the browser stores. */
export function download(name, text, type = "text/plain") {
  const url = URL.createObjectURL(new Blob([text], { type }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/**
 * A dialog that closes by its button, by Escape and by a click beside it.
 *
 * @param {object} options name, a class of its own; closed(), called at its end
 */
export function dialog(title, { name = "", closed } = {}, ...content) {
  const close = () => element.close();
  const element = h(
    "dialog",
    {
      className: name,
      "aria-label": title,
      on: {
        close: () => {
          element.remove();
          closed?.();
        },
        click: (event) => event.target === element && close(),
      },
    },
    h("div.dialog", {}, h("header", {}, h("h2", {}, title), iconButton("close", t("close"), close)), ...content),
  );
  document.body.append(element);
  element.showModal();
  return element;
}
