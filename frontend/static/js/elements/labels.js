// <gw-labels data-for="…">: draw polygons for a field that takes a vector file: a mask, or fields with their crop.

import { $, button, complain, fieldError, h, swatch } from "../lib/dom.js";
import { LabelledPolygons } from "../map/polygons.js";
import { mapReady } from "./map.js";

const PLAIN = "area";

class GwLabels extends HTMLElement {
  connectedCallback() {
    if (this.childElementCount) return;
    const id = `${this.dataset.for}-class`;
    this.name = h("input", { id, maxlength: "60", autocomplete: "off", placeholder: "Maize", onkeydown: (event) => { if (event.key === "Enter") { event.preventDefault(); this.draw(); } } });
    this.pen = button("hexagon", "Draw polygons", () => this.draw(), { "aria-pressed": "false" });
    this.list = h("ul", { class: "label-list" });
    this.use = button("check", "Use these polygons", () => this.send(), { kind: "primary", hidden: true });
    this.words = h("p", { class: "sr", "aria-live": "polite" });
    this.append(h("details", { class: "fold", ontoggle: (event) => event.target.open || this.polygons?.end() }, h("summary", {}, "Draw it on the map"), h("div", { class: "label-body", dataset: { field: id } },
      h("label", { for: id }, "Class ", h("span", { class: "optional" }, "optional for a mask")), h("div", { class: "inline" }, this.name, this.pen),
      h("p", { class: "hint" }, "Name a class, draw its polygons, then name the next. Click the first corner to close a polygon; Escape ends."), this.list, this.use, this.words)));
    for (const type of ["input", "change"]) this.addEventListener(type, (event) => event.stopPropagation()); // none of it is a parameter
  }
  disconnectedCallback() {
    this.polygons?.leave();
    this.polygons = null;
  }
  async draw() {
    this.polygons ||= new LabelledPolygons(await mapReady(), () => this.show(), () => this.pen.setAttribute("aria-pressed", "false"));
    const name = this.name.value.trim() || PLAIN;
    const again = this.polygons.drawing === name;
    this.polygons.end();
    if (again) return;
    this.polygons.draw(name);
    this.pen.setAttribute("aria-pressed", "true");
    this.dispatchEvent(new CustomEvent("needmap", { bubbles: true }));
  }
  show() {
    const classes = this.polygons.classes();
    this.use.hidden = !classes.length;
    this.words.textContent = classes.map(({ name, count }) => `${name}: ${count}`).join(", ");
    this.list.replaceChildren(...classes.map(({ name, colour, count }) =>
      h("li", {}, swatch(colour), h("span", { class: "clip" }, name), h("span", { class: "num row-meta" }, `${count} ${count === 1 ? "polygon" : "polygons"}`), button("x", `Remove the last polygon of ${name}`, () => this.polygons.undo(name), { text: false }))));
  }
  /** Send what was drawn the way a file is sent: it is checked and kept, and chosen in the field. */
  async send() {
    this.polygons.end();
    const classes = this.polygons.classes();
    const names = classes.map(({ name }) => name).join(", ");
    const title = classes.length === 1 && classes[0].name === PLAIN ? "Drawn mask" : `Drawn: ${names.length > 60 ? `${names.slice(0, 57)}…` : names}`;
    const file = new File([JSON.stringify(this.polygons.collection())], `${title.replace(/[/\\]/g, " ")}.geojson`, { type: "application/geo+json" });
    fieldError(this.name, "");
    try {
      const field = document.getElementById(this.dataset.for);
      const before = field.value;
      await $(`gw-upload[data-for="${CSS.escape(this.dataset.for)}"]`).send(file);
      if (field.value !== before) this.suggestAttribute(classes);
    } catch (problem) {
      complain(problem);
    }
  }
  /** Where the form asks which attribute holds the class and nothing fits better, say that ours does. */
  suggestAttribute(classes) {
    const field = this.closest("form")?.elements.label_attribute;
    if (!field || classes.length < 2) return;
    field.value = "crop";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
customElements.define("gw-labels", GwLabels);
