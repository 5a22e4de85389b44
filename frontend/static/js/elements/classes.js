// <gw-classes>: the legend of a raster of classes: each can be hidden; beside it the area it covers, where that is known.

import { $$, h, swatch } from "../lib/dom.js";
import { api } from "../lib/api.js";

const colour = (entry) => `#${(entry.color_hint || entry["color-hint"] || "888888").replace("#", "")}`;
const hectares = (ha) => (ha >= 1000 ? Math.round(ha).toLocaleString("en-GB") : ha.toFixed(ha < 10 ? 2 : 1));
const percent = (share) => (share > 0 && share < 0.0005 ? "<0.1 %" : `${(100 * share).toFixed(1)} %`);

class GwClasses extends HTMLElement {
  /** Take the classes, the address of their areas (or none), and what hears which values are hidden. */
  set({ classes, areas, onhide }) {
    Object.assign(this, { classes: classes.filter((entry) => !entry.nodata), areas, onhide });
    return this;
  }
  async connectedCallback() {
    if (this.childElementCount) return;
    this.show(null);
    const found = this.areas && (await api(this.areas).catch(() => null));
    if (found?.classes) this.show(found);
  }
  show(areas) {
    const covered = new Map((areas?.classes || []).map((row) => [row.value, row]));
    const hidden = new Set(this.hiddenValues());
    const rows = this.classes.map((entry) => this.row(entry, areas && covered.get(entry.value), hidden.has(entry.value)));
    const head = areas && h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Class"), h("th", { scope: "col", class: "num" }, "Area, ha"), h("th", { scope: "col", class: "num" }, "Share")));
    const foot = areas?.classified && h("tfoot", {}, h("tr", {}, h("th", { scope: "row" }, "All classes"), h("td", { class: "num" }, hectares(areas.classified.area_ha)), h("td", { class: "num" }, "")));
    const every = (on) => { for (const input of $$("input", this)) input.checked = on; this.tell(); };
    this.replaceChildren(
      h("table", { class: "class-table" }, h("caption", { class: "sr" }, "Classes"), head, h("tbody", {}, rows), foot),
      this.classes.length > 2 ? h("p", { class: "class-all" }, h("button", { type: "button", class: "link", onclick: () => every(true) }, "Show all"), h("button", { type: "button", class: "link", onclick: () => every(false) }, "Hide all")) : "");
  }
  row(entry, area, hidden) {
    const name = entry.title || entry.name;
    const check = h("input", { type: "checkbox", checked: !hidden, value: String(entry.value), "aria-label": `Show ${name}`, onchange: () => this.tell() });
    const cells = area === null ? [] : [h("td", { class: "num" }, area ? hectares(area.area_ha) : ""), h("td", { class: "num" }, area ? percent(area.share) : "")];
    return h("tr", { class: area && !area.pixels ? "absent" : "" }, h("th", { scope: "row" }, h("label", { class: "legend-class" }, check, swatch(colour(entry)), h("span", {}, name))), cells);
  }
  hiddenValues() {
    return $$("input:not(:checked)", this).map((input) => Number(input.value));
  }
  tell() {
    this.onhide(this.hiddenValues());
  }
}
customElements.define("gw-classes", GwClasses);
