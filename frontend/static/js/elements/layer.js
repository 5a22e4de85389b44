// <gw-layer>: one result layer: shown or hidden, opacity, bands, stretch, ramp, legend, histogram.

import { $, button, fieldError, h, svg, toast } from "../lib/dom.js";
import { api } from "../lib/api.js";
import { value } from "../lib/format.js";
import { RAMPS, gradient } from "../lib/ramps.js";
import "./classes.js";
import { bandName, combinations, physical, startStyle, stored, tileAddress } from "../lib/raster.js";

class GwLayer extends HTMLElement {
  /** Take the asset and the map; call once before the element is put in place. */
  set({ result, asset, map, visible, name = asset.title || asset.key, areas = null }) {
    Object.assign(this, { result, asset, map, look: startStyle(asset), visible, opacity: 1, name, areas });
    this.wanted = this.look.bands;
    this.tiles = L.tileLayer(tileAddress(asset, this.look), { bounds: L.latLngBounds([[result.bbox[1], result.bbox[0]], [result.bbox[3], result.bbox[2]]]), maxNativeZoom: 18, maxZoom: 20, className: "result-tiles" });
    this.tiles.once("tileerror", () => toast(`Tiles of ${this.name} could not be loaded.`, { kind: "error" }));
    return this;
  }
  connectedCallback() {
    if (this.childElementCount) return;
    this.check = h("input", { type: "checkbox", checked: this.visible, "aria-label": `Show ${this.name}`, onchange: () => this.toggle(this.check.checked) });
    this.details = h("details", { class: "layer-more", ontoggle: () => this.details.open && this.more() }, h("summary", {}, h("span", {}, this.name)), this.body = h("div", { class: "layer-body" }));
    const head = h("div", { class: "layer-head" }, this.check, this.details, button("x", `Remove ${this.name}`, () => this.drop(), { text: false }));
    this.append(head, this.legend = h("div", { class: "legend" }));
    this.toggle(this.visible);
    this.start();
  }
  async start() {
    if (!this.look.rescale && !this.asset.classes) await this.stretch(2, 98);
    this.draw();
  }
  toggle(visible) {
    this.visible = visible;
    if (visible) this.tiles.addTo(this.map);
    else this.tiles.remove();
    this.legend.hidden = !visible;
    this.dispatchEvent(new CustomEvent("layertoggle", { bubbles: true }));
  }
  drop() {
    this.tiles.remove();
    const parent = this.parentElement;
    this.remove();
    parent.dispatchEvent(new CustomEvent("layertoggle", { bubbles: true }));
  }
  /** Show another asset of the same bands in the same way. */
  swap(asset) {
    this.asset = asset;
    if (this.legend) this.draw();
    if ($("details", this)?.open) this.histogram();
  }
  band(number) {
    if (this.look.bands[0] === number) return;
    this.wanted = this.look.bands = [number];
    if (this.legend) this.draw();
  }
  async statistics(asked = this.look.bands) {
    const query = [...[...new Set(asked)].map((band) => `bidx=${band}`), "p=2", "p=5", "p=95", "p=98", "histogram_bins=48"].join("&");
    const address = `${this.asset.tiles.statistics}?${query}`;
    if (this.known?.address !== address) this.known = { address, answer: await api(address) };
    return asked.map((band) => this.known.answer[`b${band}`]);
  }
  /** The bands that are wanted and their limits come into the look together, once the statistics are there: in between, tiles would be asked for with the limits of other bands. */
  async stretch(low, high) {
    const turn = (this.turn = {});
    const at = (band, p) => (p === 0 ? band.min : p === 100 ? band.max : band[`percentile_${p}`]);
    try {
      const rescale = (await this.statistics(this.wanted)).map((band) => [at(band, low), at(band, high) > at(band, low) ? at(band, high) : at(band, low) + 1]);
      if (turn !== this.turn) return;
      Object.assign(this.look, { bands: this.wanted, rescale, colormap: this.wanted.length === 1 ? this.look.colormap || "viridis" : null });
    } catch (problem) {
      this.wanted = this.look.bands;
      toast(`The statistics of ${this.name} could not be read. ${problem.message}`, { kind: "error" });
    }
  }
  draw() {
    this.tiles.setUrl(tileAddress(this.asset, this.look));
    this.legend.replaceChildren(...this.legendParts());
  }
  legendParts() {
    if (this.asset.classes) return [this.classes ||= document.createElement("gw-classes").set({ classes: this.asset.classes, areas: this.areas, onhide: (hide) => { this.look.hide = hide; this.tiles.setUrl(tileAddress(this.asset, this.look)); } })];
    const band = (n) => this.asset.bands[n - 1];
    if (this.look.bands.length > 1) return [h("div", { class: "legend-rgb" }, this.look.bands.map((n, i) => h("span", { class: `dot c${i}` }, bandName(band(n), n - 1))))];
    const [low, high] = this.look.rescale?.[0] || [0, 1];
    const first = band(this.look.bands[0]);
    const unit = first?.unit || this.asset.unit;
    const ramp = h("div", { class: "legend-ramp" });
    ramp.style.background = gradient(this.look.colormap);
    return [ramp, h("div", { class: "legend-ends num" }, h("span", {}, value(physical(first, low))), h("span", {}, unit && unit !== "1" ? unit : ""), h("span", {}, value(physical(first, high))))];
  }
  more() {
    if (!this.body.childElementCount) this.body.append(...this.controls());
    this.histogram();
  }
  controls() {
    const { bands, classes } = this.asset;
    const field = (label, ...inputs) => h("div", { class: "mini-field", dataset: { field: label } }, h("span", { class: "mini-label" }, label), ...inputs);
    const parts = [field("Opacity", h("input", { type: "range", min: "0", max: "100", value: "100", "aria-label": `Opacity of ${this.name}`, oninput: (e) => this.tiles.setOpacity(e.target.value / 100) }))];
    if (classes) return parts;
    if (bands.length > 1) parts.push(field("Bands", this.combination(), this.pickers = h("div", { class: "pickers" })));
    const modes = [["2–98 %", 2, 98], ["5–95 %", 5, 95], ["Min–max", 0, 100]];
    parts.push(field("Stretch", h("div", { class: "segments", role: "group", "aria-label": "Stretch" }, modes.map(([label, low, high]) => h("button", { type: "button", onclick: async () => { await this.stretch(low, high); this.draw(); this.fillLimits(); } }, label))), this.limits = h("div", { class: "limits" })));
    parts.push(this.rampField = field("Ramp", h("select", { "aria-label": "Colour ramp", onchange: (e) => { this.look.colormap = e.target.value; this.draw(); } }, Object.keys(RAMPS).map((name) => h("option", { selected: name === this.look.colormap }, name)))));
    parts.push(this.plot = h("div", { class: "histogram" }));
    this.pick(this.look.bands);
    return parts;
  }
  combination() {
    const options = [...combinations(this.asset).map(({ label, bands }) => [label, bands.join()]), ["Three bands of choice", "rgb"], ["One band", "one"]];
    const now = this.look.bands.join();
    const start = options.find(([, key]) => key === now)?.[1] || (this.look.bands.length > 1 ? "rgb" : "one");
    return h("select", { "aria-label": "Band combination", onchange: (e) => this.choose({ rgb: [1, 2, 3].map((n) => Math.min(n, this.asset.bands.length)), one: [1] }[e.target.value] || e.target.value.split(",").map(Number)) },
      options.map(([label, key]) => h("option", { value: key, selected: key === start }, label)));
  }
  async choose(bands) {
    this.wanted = bands;
    await this.stretch(2, 98);
    this.draw();
    this.pick(this.look.bands);
    this.histogram();
  }
  pick(bands) {
    this.rampField.hidden = bands.length > 1;
    this.pickers?.replaceChildren(...bands.map((chosen, i) => h("select", { "aria-label": bands.length > 1 ? ["Red", "Green", "Blue"][i] : "Band", onchange: (e) => this.choose(bands.map((b, j) => (j === i ? Number(e.target.value) : b))) },
      this.asset.bands.map((band, n) => h("option", { value: n + 1, selected: n + 1 === chosen }, bandName(band, n))))));
    this.fillLimits();
  }
  fillLimits() {
    const rows = (this.look.rescale || []).map((limits, i) => {
      const band = this.asset.bands[this.look.bands[i] - 1];
      const input = (end) => h("input", { inputmode: "decimal", class: "num", value: value(physical(band, limits[end])), "aria-label": `${end ? "Upper" : "Lower"} limit of ${bandName(band, i)}`, onchange: (e) => this.typed(e.target, i, end, band) });
      return h("div", { class: "limit-row", dataset: { field: `limit-${i}` } }, h("span", { class: "mini-label" }, bandName(band, this.look.bands[i] - 1)), input(0), h("span", {}, "to"), input(1));
    });
    this.limits?.replaceChildren(...rows);
  }
  typed(input, i, end, band) {
    const limits = [...this.look.rescale[i]];
    limits[end] = stored(band, Number(input.value.replace(",", ".")));
    const good = Number.isFinite(limits[end]) && limits[0] < limits[1];
    fieldError(input, good ? "" : Number.isFinite(limits[end]) ? "The lower limit must be below the upper." : "Type a number.");
    if (good) { this.look.rescale[i] = limits; this.draw(); }
  }
  async histogram() {
    if (!this.plot) return;
    const bands = await this.statistics().catch(() => []);
    const chart = svg("svg", { viewBox: "0 0 240 56", preserveAspectRatio: "none", role: "img", "aria-label": `Histogram of ${this.name}` });
    bands.forEach(({ histogram: [counts] }, i) => {
      const top = Math.max(...counts) || 1;
      const points = counts.map((count, n) => `${(n * 240) / (counts.length - 1)},${56 - (54 * Math.sqrt(count / top))}`);
      chart.append(svg("polygon", { points: `0,56 ${points.join(" ")} 240,56`, class: bands.length > 1 ? `c${i}` : "c" }));
    });
    this.plot.replaceChildren(chart);
    const first = this.asset.bands[this.look.bands[0] - 1];
    if (bands[0]) this.plot.append(h("div", { class: "legend-ends num" }, h("span", {}, value(physical(first, bands[0].min))), h("span", {}, `mean ${value(physical(first, bands[0].mean))}`), h("span", {}, value(physical(first, bands[0].max)))));
  }
}
customElements.define("gw-layer", GwLayer);
