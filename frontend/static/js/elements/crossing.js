// <gw-crossing>: which human features a result's change touches, as a table and as a layer.

import { $, $$, fieldError, h, icon } from "../lib/dom.js";
import { api } from "../lib/api.js";
import { featureFacts, words } from "../map/feature_popup.js";

const STARTED_WITH = ["buildings", "roads"];
const hectares = (m2) => (m2 >= 10000 ? `${(m2 / 10000).toFixed(1)} ha` : `${Math.round(m2)} m²`);

/** Whether a result has a raster of classes, one of which is no change. */
export const crossable = (result) => result.assets.some((asset) => asset.tiles && asset.classes?.some((entry) => ["unchanged", "no-change"].includes(entry.name)));

class GwCrossing extends HTMLElement {
  set({ result, map }) {
    Object.assign(this, { result, map });
    return this;
  }
  connectedCallback() {
    if (this.childElementCount) return;
    this.append(h("details", { ontoggle: (event) => event.target.open && this.offer() }, h("summary", {}, "Human features on the change"), this.body = h("div", { class: "layer-body" })));
  }
  disconnectedCallback() {
    this.drawn?.remove();
  }
  async offer() {
    if (this.body.childElementCount) return;
    try {
      const layers = (await api("/api/osm/layers")).filter((layer) => layer.count);
      this.button = h("button", { class: "button small", type: "button", onclick: () => this.find() }, "Find them");
      this.table = h("div", { "aria-live": "polite" });
      this.body.append(h("details", { class: "chosen-layers" }, h("summary", {}, "Layers: buildings and roads, or others"), h("div", { class: "chips", role: "group", "aria-label": "Layers" }, layers.map((layer) => h("label", {}, h("input", { type: "checkbox", value: layer.id, checked: STARTED_WITH.includes(layer.id) }), h("span", {}, layer.title))))), this.button, this.table);
    } catch (problem) {
      this.body.append(h("p", { class: "hint" }, problem.message, " ", problem.hint));
    }
  }
  async find() {
    const layers = $$("input:checked", this.body).map((input) => input.value);
    fieldError(this.button, layers.length ? "" : "Choose a layer.");
    if (!layers.length) return;
    const address = `/api/results/${this.result.id}/features?layers=${layers.join(",")}`;
    this.button.disabled = true;
    this.table.replaceChildren(h("p", { class: "hint" }, "Looking at every object under the change …"));
    try {
      this.show(await api(address), address);
    } catch (problem) {
      this.table.replaceChildren();
      fieldError(this.button, problem.message, problem.hint);
    }
    this.button.disabled = false;
  }
  show(found, address) {
    this.drawn?.remove();
    this.drawn = L.geoJSON(found, {
      style: { color: "#d6006c", weight: 2, fillOpacity: 0.25 }, attribution: found.attribution,
      pointToLayer: (_, place) => L.circleMarker(place, { radius: 5, color: "#d6006c" }),
      onEachFeature: (feature, layer) => layer.bindPopup(() => featureFacts(feature.properties), { maxWidth: 320, maxHeight: 320, className: "osm-popup" }),
    }).addTo(this.map);
    const rows = found.table.filter((row) => row.touched).sort((a, b) => b.changed_m2 - a.changed_m2);
    const cell = (text) => h("td", { class: "num" }, text);
    this.table.replaceChildren(
      h("p", {}, h("b", {}, found.numberMatched.toLocaleString("en")), ` objects touch the change${found.numberReturned < found.numberMatched ? `; the ${found.numberReturned.toLocaleString("en")} with most of it are drawn` : ""}${found.pixels_coarser_by > 1 ? `; counted on every ${found.pixels_coarser_by}th pixel` : ""}.`),
      h("table", { class: "crossing-table" }, h("thead", {}, h("tr", {}, ["Class", "Touched", "Of", "Change"].map((text, i) => h("th", { scope: "col", class: i ? "num" : "" }, text)))),
        h("tbody", {}, rows.map((row) => h("tr", {}, h("td", {}, `${words(row.layer)}: ${words(row.class)}`), cell(row.touched.toLocaleString("en")), cell(row.objects.toLocaleString("en")), cell(hectares(row.changed_m2)))))),
      h("p", { class: "job-actions" }, h("a", { class: "button small quiet", href: `${address}&f=csv`, download: "" }, icon("download"), h("span", {}, "Table (CSV)")),
        h("a", { class: "button small quiet", href: address, download: "features_on_change.geojson" }, icon("download"), h("span", {}, "Layer (GeoJSON)"))));
  }
}
customElements.define("gw-crossing", GwCrossing);
