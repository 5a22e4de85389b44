// Small helpers to make and find elements.

const SPRITE = new URL("../../vendor/lucide/sprite.svg", import.meta.url).pathname;
const SVG = "http://www.w3.org/2000/svg";

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

/** Make an element: attributes, `on…` listeners, `class`, `dataset`; children are nodes or text, never HTML. */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "dataset") Object.assign(element.dataset, value);
    else if (name in element && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export function icon(name, extra = "") {
  return svg("svg", { class: `icon ${extra}`, "aria-hidden": "true" }, svg("use", { href: `${SPRITE}#${name}` }));
}

/** The colour of a class, beside its name. */
export function swatch(colour) {
  const box = h("i", { class: "swatch" });
  box.style.background = colour;
  return box;
}

/** A button with an icon; without `text` the label is for screen readers and the tooltip. */
export function button(name, label, onclick, { text = true, kind = "quiet", ...props } = {}) {
  const aria = text ? {} : { "aria-label": label, title: label };
  return h("button", { type: "button", class: text ? `button small ${kind}` : "icon-button", onclick, ...aria, ...props },
    icon(name), text ? h("span", {}, label) : null);
}

/** Put a message beside a field (or take it away): the field is marked invalid and points to it. */
export function fieldError(field, message, hint = "") {
  const holder = field.closest("[data-field]") || field.parentElement;
  $(".field-error", holder)?.remove();
  field.toggleAttribute("aria-invalid", Boolean(message));
  if (!message) return;
  const id = `${field.id || field.name || holder.dataset.field}-error`;
  holder.append(h("p", { class: "field-error", id, role: "alert" }, icon("circle-alert"), h("span", {}, `${message}${hint ? ` ${hint}` : ""}`)));
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", [field.dataset.help, id].filter(Boolean).join(" "));
}

/** Show a short message that goes away; `action` is {label, run}. */
export function toast(message, { kind = "info", action = null, seconds = 8 } = {}) {
  const box = h("div", { class: `toast ${kind}` }, icon(kind === "error" ? "circle-alert" : kind === "success" ? "circle-check" : "info"), h("span", {}, message));
  if (action) box.append(h("button", { class: "button small quiet", type: "button", onclick: () => { box.remove(); action.run(); } }, action.label));
  box.append(button("x", "Dismiss", () => box.remove(), { text: false }));
  $("#toasts").replaceChildren(...$$(".toast", $("#toasts")).slice(-1), box);
  setTimeout(() => box.remove(), seconds * 1000);
}

/** Ask before something that cannot be taken back; resolves to true or false. */
export function confirm(question, { detail = "", yes = "Yes", no = "Keep it" } = {}) {
  return new Promise((resolve) => {
    const dialog = h("dialog", { class: "dialog", "aria-label": question, onclose: () => { resolve(dialog.returnValue === "yes"); dialog.remove(); } },
      h("form", { method: "dialog" }, h("h2", {}, question), detail ? h("p", {}, detail) : null,
        h("div", { class: "dialog-end" }, h("button", { class: "button quiet", value: "no", autofocus: true }, no), h("button", { class: "button danger", value: "yes" }, yes))));
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Tell of a problem that belongs to no field; anything but a Problem is a bug and goes on to the console. */
export function complain(error) {
  if (error.text === undefined) throw error;
  toast(error.text, { kind: "error", seconds: 12 });
}
