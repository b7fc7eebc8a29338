/**
 * Elements from names, properties and children. Texts become text nodes and nothing else, so no
 * content of a document can become markup.
 */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Makes an element.
 *
 * @param {string} name such as "div" or "button.primary"
 * @param {object} [properties] properties and attributes; "on" holds listeners, "style" CSS
 * @param {...(Node|string|number|null|false|Array)} children
 */
export function h(name, properties = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(tag);
  if (classes.length > 0) {
    element.classList.add(...classes);
  }
  apply(element, properties);
  append(element, children);
  return element;
}

function apply(element, properties) {
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) {
      continue;
    }
    if (key === "on") {
      Object.entries(value).forEach(([event, listener]) => element.addEventListener(event, listener));
    } else if (key === "style") {
      Object.entries(value).forEach(([rule, text]) => element.style.setProperty(rule, text));
    } else if (key === "dataset") {
      Object.assign(element.dataset, value);
    } else if (key in element && !key.startsWith("aria") && key !== "list" && key !== "form") {
      element[key] = value;
    } else {
      element.setAttribute(key, value === true ? "" : String(value));
    }
  }
}

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) {
      element.append(child instanceof Node ? child : String(child));
    }
  }
}

/** Exchanges all children. */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

/** Makes an element of SVG. */
export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, String(value)));
  append(element, children);
  return element;
}

const ICONS = {
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5 20 20",
  picture: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9.5h.01",
  camera: "M4 8h3l2-3h6l2 3h3v11H4zM12 10a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  close: "M6 6l12 12M18 6 6 18",
  filter: "M4 6h16M7 12h10M10 18h4",
  share: "M9 12h11M16 8l4 4-4 4M12 4H4v16h8",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  down: "M6 9l6 6 6-6",
  left: "M15 6l-6 6 6 6",
  right: "M9 6l6 6-6 6",
  light: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M5 19l2-2M17 7l2-2",
  folder: "M3 6h6l2 2h10v11H3z",
  check: "M5 13l4 4L19 7",
  warning: "M12 4 2.5 20h19zM12 10v4M12 17h.01",
  layers: "M12 4 3 9l9 5 9-5zM3 14l9 5 9-5",
};

/** A drawing beside a text, or in a button that has a label. */
export function icon(name) {
  return svg(
    "svg",
    { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true", focusable: "false" },
    svg("path", { d: ICONS[name] }),
  );
}

/** A button that shows a drawing alone. */
export function iconButton(name, label, act, properties = {}) {
  return h(
    "button.icon-button",
    { type: "button", title: label, "aria-label": label, on: { click: act }, ...properties },
    icon(name),
  );
}

/** A choice among values. */
export function select(label, options, value, act) {
  const element = h(
    "select",
    { "aria-label": label, on: { change: () => act(element.value) } },
    options.map(([key, text]) => h("option", { value: key }, text)),
  );
  element.value = value ?? "";
  return element;
}

/** A switch with its text. */
export function toggle(text, checked, act, properties = {}) {
  const input = h("input", {
    type: "checkbox",
    role: "switch",
    checked,
    on: { change: () => act(input.checked) },
    ...properties,
  });
  return h("label.toggle", {}, input, h("span.knob", { "aria-hidden": "true" }), h("span", {}, text));
}

/**
 * Calls once it has been quiet for that long.
 *
 * @param {number|function(): number} millis
 */
export function settled(millis, act) {
  let timer = 0;
  const later = (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...values), typeof millis === "function" ? millis() : millis);
  };
  later.now = (...values) => {
    clearTimeout(timer);
    act(...values);
  };
  return later;
}
