// <gw-osm>: OpenStreetMap's human features as vector layers: a tree with counts, classes to filter by, features to click.

import { $, complain, h } from "../lib/dom.js";
import { api } from "../lib/api.js";
import { mapReady } from "./map.js";

const HIDDEN = ["osm_type", "osm_id", "tags", "osm_url", "name", "class", "facc"];
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
    this.layers = await api("/api/osm/layers").catch(complain) || [];
    $("[data-layers]", this).replaceChildren(...this.layers.filter((layer) => layer.count).map((layer) => this.row(layer)));
  }
  row(layer) {
    const box = h("input", { type: "checkbox", value: layer.id });
    box.addEventListener("change", () => { this.classes.set(layer.id, box.checked ? layer.classes.map((c) => c.id) : null); this.draw(); });
    const classes = layer.classes.filter((c) => c.count).map((c) => {
      const one = h("input", { type: "checkbox", value: c.id, checked: "" });
      one.addEventListener("change", () => this.filter(layer, box, [...item.querySelectorAll("ul input:checked")].map((i) => i.value)));
      return h("li", {}, h("label", {}, one, ` ${c.id.replaceAll("_", " ")} `, h("span", { class: "row-meta num" }, `${c.codes.join(" ")} ${plain(c.count)}`)));
    });
    const swatch = h("span", { class: "osm-swatch" });
    swatch.style.background = layer.colour;
    const item = h("li", {}, h("label", { class: "osm-layer" }, box, swatch, h("span", {}, layer.title), h("span", { class: "row-meta num" }, plain(layer.count))),
      h("details", {}, h("summary", {}, "Classes"), h("ul", {}, classes)));
    return item;
  }
  filter(layer, box, classes) {
    box.checked = classes.length > 0;
    this.classes.set(layer.id, classes.length ? classes : null);
    this.draw();
  }
  /** One vector layer for all that is chosen: a tile is fetched once. */
  draw() {
    leave(this.tiles);
    this.tiles = null;
    this.map.attributionControl.removeAttribution(this.credit || "");
    const shown = this.layers.filter((layer) => this.classes.get(layer.id));
    if (!shown.length) return;
    const colours = Object.fromEntries(shown.map((layer) => [layer.id, layer.colour]));
    const address = `/api/osm/tiles/{z}/{x}/{y}.mvt?v=${this.about.data_version}&layers=${shown.map((layer) => layer.id).join(",")}`;
    this.tiles = VectorTileLayer(address, {
      maxDetailZoom: 16, minDetailZoom: 2, className: "osm-tiles", interactive: true,
      filter: (feature, name) => this.classes.get(name)?.includes(feature.properties.class),
      style: (feature, name) => ({ color: colours[name], fillColor: colours[name], fill: feature.type !== 2, fillOpacity: 0.35, weight: feature.type === 2 ? 2 : 1, radius: 4 }),
    });
    this.tiles.on("click", (event) => this.tell(event));
    this.tiles.addTo(this.map);
    this.credit = `<a href="${this.about.attribution_url}">${this.about.attribution}</a>`;
    this.map.attributionControl.addAttribution(this.credit);
  }
  async tell(event) {
    L.DomEvent.stop(event);
    const { layer, latlng } = event;
    const feature = await api(`/api/osm/layers/${layer.layerName}/items/${layer.feature.properties.fid}`).catch(complain);
    if (!feature) return;
    const facts = feature.properties;
    const rows = Object.entries({ ...facts, ...facts.tags }).filter(([key, value]) => value !== null && !HIDDEN.includes(key));
    L.popup({ className: "osm-popup", maxWidth: 320, maxHeight: 320 }).setLatLng(latlng).setContent(h("div", {},
      h("h3", {}, facts.name || facts.class.replaceAll("_", " ")),
      h("p", { class: "row-meta" }, `${facts.class.replaceAll("_", " ")} · ${facts.facc || "no code"}`),
      h("dl", { class: "facts" }, rows.flatMap(([key, value]) => [h("dt", {}, key), h("dd", {}, String(value))])),
      h("p", {}, h("a", { href: facts.osm_url, rel: "noopener" }, "On openstreetmap.org")))).openOn(this.map);
  }
}

/** A layer that is taken away while its tiles are on their way would hand them to a map that it no longer has. */
function leave(tiles) {
  if (tiles?.isLoading()) tiles.once("load", () => setTimeout(() => tiles.remove()));
  else tiles?.remove();
}
customElements.define("gw-osm", GwOsm);
