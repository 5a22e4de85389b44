// <gw-osm>: OpenStreetMap's human features: a tree of layers and classes, search by name, export, a ground of their own.

import { $, $$, complain, fieldError, h, swatch } from "../lib/dom.js";
import { api, post } from "../lib/api.js";
import { store } from "../lib/store.js";
import { FeatureLayer, groundLayer } from "../map/features.js";
import { tellFeature, words } from "../map/feature_popup.js";
import { hasGl } from "../map/gl.js";
import { mapReady } from "./map.js";

const SERVICE = "osm_extract";
const plain = (value) => Number(value).toLocaleString("en");

class GwOsm extends HTMLElement {
  connectedCallback() {
    this.classes = new Map();
    $("details", this).addEventListener("toggle", () => this.list().catch((problem) => { $("[data-age]", this).textContent = problem.text || String(problem); }), { once: true });
  }
  async list() {
    const about = this.about = await api("/api/osm");
    const day = about.data_timestamp ? about.data_timestamp.slice(0, 10) : "an unknown day";
    $("[data-age]", this).textContent = `Data of ${day}${about.stale ? ", older than they should be" : ""}. ${plain(about.rows)} objects.`;
    this.map = await mapReady();
    this.features = new FeatureLayer(this.map, (layer, fid, place) => tellFeature(this.map, layer, fid, place));
    this.layers = await api("/api/osm/layers").catch(complain) || [];
    $("[data-layers]", this).replaceChildren(...this.layers.filter((layer) => layer.count).map((layer) => this.row(layer)));
    this.actions();
  }
  actions() {
    $("[data-actions]", this).hidden = false;
    for (const button of $$("[data-export]", this)) button.addEventListener("click", () => this.export(button.dataset.export));
    store.watch(["area"], () => { $("[data-export=area]", this).disabled = !store.state.area; });
    const ground = $("[data-ground]", this);
    ground.closest("label").hidden = !hasGl();
    ground.addEventListener("change", () => this.ground(ground.checked));
    let waiting;
    $("[data-search]", this).addEventListener("input", (event) => { clearTimeout(waiting); waiting = setTimeout(() => this.search(event.target.value.trim()), 250); });
  }
  row(layer) {
    const box = h("input", { type: "checkbox", value: layer.id });
    const there = layer.classes.filter((c) => c.count);
    box.addEventListener("change", () => { this.classes.set(layer.id, box.checked ? there.map((c) => c.id) : null); for (const one of $$(":scope ul input", item)) one.checked = true; this.draw(); });
    const item = h("li", {}, h("label", { class: "osm-layer" }, box, swatch(layer.colour), h("span", {}, layer.title), h("span", { class: "row-meta num" }, plain(layer.count))),
      h("details", {}, h("summary", {}, "Classes"), h("ul", {}, there.map((c) => h("li", {}, h("label", { class: "osm-layer" },
        h("input", { type: "checkbox", value: c.id, checked: "", onchange: () => this.filter(layer, box, $$(":scope ul input:checked", item).map((i) => i.value)) }),
        swatch(c.colour), h("span", {}, words(c.id)), h("span", { class: "row-meta num" }, `${c.codes.join(" ")} ${plain(c.count)}`)))))));
    return item;
  }
  filter(layer, box, classes) {
    box.checked = classes.length > 0;
    this.classes.set(layer.id, classes.length ? classes : null);
    this.draw();
  }
  chosen() {
    return this.layers.filter((layer) => this.classes.get(layer.id)).map((layer) => ({ id: layer.id, colours: Object.fromEntries(layer.classes.filter((c) => this.classes.get(layer.id).includes(c.id)).map((c) => [c.id, c.colour])) }));
  }
  draw() {
    const shown = this.chosen();
    this.credit();
    return this.features.show(shown, this.about.data_version).catch(complain);
  }
  credit() {
    const line = `<a href="${this.about.attribution_url}">${this.about.attribution}</a>`;
    this.map.attributionControl.removeAttribution(line);
    if (this.chosen().length || this.under) this.map.attributionControl.addAttribution(line);
  }
  async ground(wanted) {
    this.under?.remove();
    this.under = wanted ? (await groundLayer(this.about.data_version, this.layers)).addTo(this.map) : null;
    this.credit();
  }
  /** Take the view or the drawn area, and what is shown, into the form of the service that writes files. */
  async export(what) {
    const button = $(`[data-export=${what}]`, this);
    fieldError(button, "");
    const view = this.map.getBounds();
    try {
      if (what === "view") store.set({ area: await post("/api/aois/check", { bbox: [view.getWest(), view.getSouth(), view.getEast(), view.getNorth()] }) });
      const layers = this.chosen().map((layer) => layer.id);
      const all = this.layers.filter((layer) => layer.count).map((layer) => layer.id);
      store.set({ values: { layers: layers.length ? layers : all }, service: { id: SERVICE, title: $(`[data-service=${SERVICE}]`)?.dataset.title || SERVICE } });
      $("gw-steps").open("service", true);
    } catch (problem) {
      fieldError(button, problem.message, problem.hint);
    }
  }
  async search(text) {
    const found = text.length > 1 ? (await api(`/api/osm/search?q=${encodeURIComponent(text)}`).catch(complain))?.results || [] : [];
    const rows = found.map((one) => h("li", {}, h("button", { type: "button", class: "row-main", onclick: () => this.go(one) }, h("span", { class: "row-title" }, one.name), h("span", { class: "row-meta" }, ` ${words(one.class)}`))));
    $("[data-found]", this).replaceChildren(...(rows.length || text.length < 2 ? rows : [h("li", { class: "row-meta" }, "Nothing has that name.")]));
  }
  go({ layer, id, latitude, longitude }) {
    this.map.setView([latitude, longitude], Math.max(this.map.getZoom(), 15));
    tellFeature(this.map, layer, id, [latitude, longitude]);
  }
}

customElements.define("gw-osm", GwOsm);
