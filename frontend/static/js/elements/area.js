// <gw-area>: the area of interest: drawn, typed as bounding box, pasted, imported or taken from the saved ones.

import { $, $$, button, complain, confirm, fieldError, h, toast } from "../lib/dom.js";
import { api, post, request } from "../lib/api.js";
import { area as sized, lonLat } from "../lib/format.js";
import { store } from "../lib/store.js";
import { AreaLayer } from "../map/draw.js";
import { fit, mapReady } from "./map.js";

class GwArea extends HTMLElement {
  async connectedCallback() {
    this.on("[data-draw]", "click", (event) => this.draw(event.currentTarget.dataset.draw));
    this.on("[data-edit]", "click", () => this.edit());
    this.on("[data-clear]", "click", () => this.clear());
    this.on("form[data-bbox]", "submit", (event) => this.fromBox(event));
    this.on("form[data-wkt]", "submit", (event) => this.fromText(event));
    this.on("form[data-save]", "submit", (event) => this.save(event));
    this.on("[data-import]", "change", (event) => this.importFile(event.currentTarget));
    this.map = await mapReady();
    this.layer = new AreaLayer(this.map, (geometry) => this.check({ geometry }, $("[data-tools]", this), { refit: false }));
    this.map.on("pm:drawend", () => this.tools(null));
    store.watch(["area"], () => this.show());
    if (store.state.area) fit(this.map, store.state.area.bbox);
    this.loadSaved();
  }
  on(selector, type, run) {
    for (const element of $$(selector, this)) element.addEventListener(type, run);
  }
  draw(shape) {
    const again = this.drawing === shape;
    this.tools(again ? null : shape);
    if (again) this.layer.stop();
    else this.layer.draw(shape);
    this.drawing = again ? null : shape;
    this.dispatchEvent(new CustomEvent("needmap", { bubbles: true }));
  }
  edit() {
    const start = !this.layer.editing;
    if (start) this.layer.edit();
    else this.layer.stop();
    $("[data-edit] span", this).textContent = start ? "Done" : "Edit";
    this.dispatchEvent(new CustomEvent("needmap", { bubbles: true }));
  }
  tools(active) {
    this.drawing = active;
    for (const tool of $$("[data-draw]", this)) tool.setAttribute("aria-pressed", tool.dataset.draw === active);
  }
  clear() {
    this.layer.editing = false;
    this.layer.stop();
    store.set({ area: null });
  }
  /** Let the server judge an area; what it says stands beside `field`. */
  async check(body, field, { refit = true } = {}) {
    fieldError(field, "");
    try {
      const checked = await post("/api/aois/check", body);
      store.set({ area: checked });
      for (const warning of checked.warnings || []) toast(warning.message || warning);
      if (refit) fit(this.map, checked.bbox);
      $("[data-live]", this).textContent = `Area set: ${sized(checked.area_km2)}.`;
      return true;
    } catch (problem) {
      this.layer.show(store.state.area?.geometry);
      fieldError(field, problem.message, problem.hint);
      return false;
    }
  }
  fromBox(event) {
    event.preventDefault();
    const form = event.currentTarget;
    for (const input of $$("input", form)) fieldError(input, "");
    const inputs = ["west", "south", "east", "north"].map((name) => form.elements[name]);
    const wrong = inputs.find((input) => input.value.trim() === "" || !Number.isFinite(Number(input.value.replace(",", "."))));
    if (wrong) {
      fieldError(wrong, `${wrong.dataset.title} must be a number of degrees.`);
      wrong.focus();
      return;
    }
    this.check({ bbox: inputs.map((input) => Number(input.value.replace(",", "."))) }, $("[data-field=bbox]", form));
  }
  fromText(event) {
    event.preventDefault();
    const field = event.currentTarget.elements.wkt;
    this.check({ wkt: field.value }, field);
  }
  async importFile(input) {
    if (!input.files.length) return;
    const body = new FormData();
    body.append("file", input.files[0]);
    fieldError(input, "");
    try {
      const found = await (await request("/api/aois/import", { method: "POST", body })).json();
      const list = found.geometries || found.features?.map((f) => f.geometry) || found;
      const geometries = list.map((entry) => entry.geometry || entry);
      await this.check({ geometry: geometries.length === 1 ? geometries[0] : { type: "FeatureCollection", features: geometries.map((geometry) => ({ type: "Feature", properties: {}, geometry })) } }, input);
    } catch (problem) {
      fieldError(input, problem.message, problem.hint);
    }
    input.value = "";
  }
  async save(event) {
    event.preventDefault();
    const field = event.currentTarget.elements.name;
    fieldError(field, "");
    try {
      await post("/api/aois", { name: field.value, geometry: store.state.area.geometry });
      field.value = "";
      $("details[data-saving]", this).open = false;
      toast("Area saved.", { kind: "success" });
      this.loadSaved();
    } catch (problem) {
      fieldError(field, problem.errors[0]?.message || problem.message, problem.hint);
    }
  }
  async loadSaved() {
    const answer = await api("/api/aois").catch(() => []);
    const saved = answer.results || answer.features || answer;
    const list = $("[data-saved]", this);
    $("[data-saved-group]", this).hidden = !saved.length;
    list.replaceChildren(...saved.map((entry) => this.savedRow(entry)));
  }
  savedRow(entry) {
    const { id, name, area_km2: size } = { id: entry.id, ...(entry.properties || entry) };
    const use = h("button", { type: "button", class: "row-main", onclick: () => this.check({ geometry: entry.geometry }, $("[data-saved]", this)) },
      h("span", { class: "row-title" }, name), h("span", { class: "row-meta" }, sized(size)));
    const remove = button("trash-2", `Delete the saved area ${name}`, () => this.forget(id, name), { text: false });
    return h("li", { class: "row" }, use, remove);
  }
  async forget(id, name) {
    if (!(await confirm(`Delete the saved area “${name}”?`, { detail: "Jobs and results made with it stay.", yes: "Delete" }))) return;
    await api(`/api/aois/${id}`, { method: "DELETE" }).catch(complain);
    this.loadSaved();
  }
  show() {
    const { area } = store.state;
    this.layer.show(area?.geometry);
    this.toggleAttribute("data-has-area", Boolean(area));
    for (const element of $$("[data-with-area]", this)) element.hidden = !area;
    for (const element of $$("[data-without-area]", this)) element.hidden = Boolean(area);
    if (!area) return;
    const [west, south, east, north] = area.bbox;
    $("[data-size]", this).textContent = sized(area.area_km2);
    $("[data-extent]", this).textContent = `${lonLat(west, south)} to ${lonLat(east, north)}`;
    const form = $("form[data-bbox]", this);
    Object.entries({ west, south, east, north }).forEach(([name, number]) => { form.elements[name].value = Number(number.toFixed(5)); });
    $("form[data-wkt]", this).elements.wkt.value = area.wkt;
  }
}
customElements.define("gw-area", GwArea);
