// <gw-layers>: the results on the map: their layers, downloads, pixel values on click, swipe between two.

import { $, $$, button, complain, h, icon } from "../lib/dom.js";
import { api } from "../lib/api.js";
import { bytes, lonLat } from "../lib/format.js";
import { bandName, pixelText } from "../lib/raster.js";
import { fit, mapReady, middle, openPopup } from "./map.js";
import { crossable } from "./crossing.js";
import { parted } from "./periods.js";
import "./curve.js";
import "./layer.js";
import "./pixel.js";

class GwLayers extends HTMLElement {
  async connectedCallback() {
    this.results = $("[data-results]", this);
    this.readout = $("[data-readout]", this);
    $("[data-swipe]", this).addEventListener("click", () => this.swipe());
    $("[data-middle]", this).addEventListener("click", () => this.read(middle(this.map)));
    this.map = await mapReady();
    this.map.on("click", (event) => this.read(event.latlng));
    this.addEventListener("layertoggle", () => this.refresh());
    document.addEventListener("showresult", (event) => this.add(event.detail));
    const asked = this.dataset.result || new URLSearchParams(location.search).get("result");
    if (asked && this.dataset.result) this.add(asked);
    else if (asked) document.dispatchEvent(new CustomEvent("showresult", { detail: asked }));
  }
  layers(visible = true) {
    return $$("gw-layer", this).filter((layer) => !visible || layer.visible);
  }
  refresh() {
    for (const card of $$(".result-card", this.results)) if (!$("gw-layer", card) && !card.outline && !this.dataset.result) card.remove();
    $("[data-none]", this).hidden = Boolean(this.results.childElementCount);
    $("[data-swipe]", this).hidden = this.layers().length < 2;
    $("[data-middle]", this).hidden = !this.layers().length;
    if (this.sides && this.layers().length < 2) this.swipe();
  }
  async add(id) {
    const known = $(`[data-result-id="${id}"]`, this.results);
    try {
      const result = known?.result || (await api(`/api/results/${id}`));
      $("#toasts").replaceChildren();
      if (!known) this.results.prepend(this.card(result));
      if (result.bbox) fit(this.map, result.bbox);
      this.refresh();
    } catch (problem) {
      complain(problem);
    }
  }
  card(result) {
    const rasters = result.assets.filter((asset) => asset.tiles);
    const first = rasters.find((asset) => asset.role === "data") || rasters[0];
    const { composites, others } = parted(rasters);
    const areas = result.assets.find((asset) => asset.file === "areas.json")?.href;
    const layers = others.map((asset) => document.createElement("gw-layer").set({ result, asset, map: this.map, visible: asset === first, areas: asset.key === "crop_map" ? areas : null }));
    if (composites.length) layers.splice(composites.includes(first) ? 0 : layers.length, 0, document.createElement("gw-periods").set({ result, assets: composites, map: this.map, visible: composites.includes(first) }));
    const pictures = result.assets.filter((asset) => asset.media_type === "image/png" && asset.role === "overview");
    const network = result.assets.find((asset) => asset.file === "card.json");
    const file = (href, title, size) => h("li", {}, h("a", { href, download: "" }, icon("file"), h("span", {}, title), h("span", { class: "row-meta num" }, bytes(size))));
    const files = [...result.assets.map((a) => file(a.href, a.title || a.key, a.size_bytes)), ...(result.records || []).map((r) => file(r.href, r.name))];
    const card = h("div", { class: "result-card", dataset: { resultId: result.id }, role: "group", "aria-label": result.title },
      h("div", { class: "job-head" }, h("a", { class: "job-name", href: `/results/${result.id}/` }, result.title), button("maximize", "Zoom to the result", () => fit(this.map, result.bbox), { text: false }),
        rasters.length || this.dataset.result ? "" : button("x", `Remove ${result.title}`, () => { card.outline?.remove(); card.outline = null; this.refresh(); }, { text: false })),
      layers,
      result.tables?.length ? h("table", { class: "crossing-table" }, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Layer"), h("th", { scope: "col", class: "num" }, "Features"))),
        h("tbody", {}, result.tables.map((table) => h("tr", {}, h("td", {}, table.title, h("span", { class: "row-meta mono" }, ` ${table.name}`)), h("td", { class: "num" }, table.features.toLocaleString("en")))))) : "",
      pictures.length ? h("div", { class: "pictures" }, pictures.map((a) => h("a", { href: a.href, target: "_blank", rel: "noopener" }, h("figure", {}, h("img", { src: a.href, alt: "", loading: "lazy" }), h("figcaption", {}, a.title))))) : "",
      network ? h("details", { class: "files" }, h("summary", {}, "How the training went"), h("gw-curve", { "data-src": network.href })) : "",
      crossable(result) ? document.createElement("gw-crossing").set({ result, map: this.map }) : "",
      h("div", { class: "job-actions" }, h("a", { class: "button small", href: result.archive, download: "" }, icon("file-archive"), h("span", {}, `Archive, ${bytes(result.size_bytes)}`))),
      h("details", { class: "files" }, h("summary", {}, `Files (${files.length})`), h("ul", {}, files)));
    if (!rasters.length && result.geometry) card.outline = L.geoJSON(result.geometry, { interactive: false, style: { fill: false, weight: 2, dashArray: "6 4", color: "#0b6e66" } }).addTo(this.map);
    const outlines = result.assets.find((asset) => asset.key === "tiles" && asset.media_type === "application/geo+json");
    if (outlines && card.outline) this.outline(card, outlines.href);
    card.result = result;
    return card;
  }
  /** Put the outlines of a dataset's tiles in place of the rectangle around them; each tells what is known of it. */
  async outline(card, href) {
    const outlines = await api(href).catch(() => null);
    if (!outlines || !card.outline) return;
    card.outline.remove();
    const told = ({ properties }) => h("dl", { class: "facts" }, Object.entries(properties).flatMap(([name, value]) => [h("dt", {}, name), h("dd", { class: "num" }, String(value))]));
    card.outline = L.geoJSON(outlines, { style: { weight: 2, color: "#0b6e66", fillOpacity: 0.08 }, onEachFeature: (feature, layer) => layer.bindPopup(told(feature)) }).addTo(this.map);
  }
  /** Ask every visible layer for its value at the place that was clicked. */
  async read(place) {
    const layers = this.layers();
    const drawing = this.map.pm?.globalDrawModeEnabled() || this.map.pm?.globalEditModeEnabled();
    if (!layers.length || drawing) return;
    const { lng, lat } = place.wrap();
    const rows = await Promise.all(layers.map(async (layer) => {
      const query = layer.look.bands.map((band) => `bidx=${band}`).join("&");
      const address = layer.asset.tiles.point.replace("{lon}", lng).replace("{lat}", lat);
      const answer = await api(`${address}?${query}`).catch(() => null);
      return [h("h3", {}, layer.name), h("dl", { class: "facts" }, layer.look.bands.flatMap((band, i) => [h("dt", {}, bandName(layer.asset.bands[band - 1], band - 1)), h("dd", { class: "num" }, answer ? pixelText(layer.asset, band - 1, answer.values[i]) : "outside")]))];
    }));
    const known = layers.map((layer) => layer.result).find((result) => result.point || result.series);
    const deeper = known ? document.createElement("gw-pixel").set({ result: known, lon: lng, lat }) : "";
    this.popup?.remove();
    const content = h("div", { onpixelread: () => { this.popup.update(); this.readout.textContent = content.innerText; } }, h("p", { class: "row-meta num" }, lonLat(lng, lat)), deeper, ...rows.flat());
    this.popup = openPopup(this.map, place, content, { className: "pixel", maxWidth: known ? 340 : 280, minWidth: known ? 270 : 50 });
    content.addEventListener("toggle", () => this.resized(), true);
    this.readout.textContent = content.textContent;
  }
  /** What is unfolded in the popup makes it larger: it moves so that all of it is seen. */
  resized() {
    const held = document.activeElement;
    this.popup.update();
    if (this.popup.getElement()?.contains(held)) held.focus();
  }
  /** Compare the two topmost visible layers with a curtain; again to leave. */
  swipe() {
    const pressed = !this.sides;
    $("[data-swipe]", this).setAttribute("aria-pressed", pressed);
    this.sides?.remove();
    this.sides = null;
    if (!pressed) return;
    const [left, right] = this.layers();
    this.sides = L.control.sideBySide(left.tiles, right.tiles).addTo(this.map);
    $(".leaflet-sbs-range").setAttribute("aria-label", `Curtain between ${left.name} and ${right.name}`);
  }
}
customElements.define("gw-layers", GwLayers);
