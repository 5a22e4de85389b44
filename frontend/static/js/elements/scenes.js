// <gw-scenes>: scenes that meet the area, filtered by date, cloud and type; those picked go into the service's form.

import { $, $$, button, fieldError, h, icon } from "../lib/dom.js";
import { api } from "../lib/api.js";
import { bytes, day } from "../lib/format.js";
import { store } from "../lib/store.js";
import { Footprints } from "../map/footprints.js";
import { fit, mapReady } from "./map.js";

const platform = (name) => (name || "Scene").replace(/^sentinel-(\d)([a-z])$/i, (all, n, unit) => `Sentinel-${n}${unit.toUpperCase()}`);
const LEVELS = { S2MSI1C: "L1C", S2MSI2A: "L2A", "S2-BANDS": "Bands", "S1-GRD": "GRD", "S1-SLC": "SLC" };

const clouds = (p) => [icon("cloud"), p.cloud_cover === null || p.cloud_cover === undefined ? "cloud unknown" : `${Math.round(p.cloud_cover)} % cloud`];
const radar = (p) => [`${p.mode} ${p.bands.join("+")} · track ${p.relative_orbit}, ${p.orbit_pass}`];

/** What the store keeps of a chosen scene. */
export const chosenFrom = ({ id, geometry, properties: p }) => ({
  id, geometry, name: p.name, product_type: p.product_type, datetime: p.datetime, bands: p.bands,
  title: `${platform(p.platform)} ${LEVELS[p.product_type] || p.product_type}, ${day(p.datetime)}`,
});

class GwScenes extends HTMLElement {
  async connectedCallback() {
    this.form = $("form", this);
    this.list = $("[data-list]", this);
    this.form.addEventListener("input", () => this.later());
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.load(); });
    this.form.addEventListener("reset", () => this.later());
    $("[data-more]", this).addEventListener("click", () => this.load(this.next));
    this.map = await mapReady();
    this.footprints = new Footprints(this.map, (feature) => this.toggle(feature));
    store.watch(["area"], () => this.load());
    store.addEventListener("scenes", () => this.mark());
    document.addEventListener("scenesindexed", () => this.load());
    document.addEventListener("step", (event) => this.footprints.pickable(event.detail === "scenes"));
    this.footprints.pickable(this.closest("gw-steps").current === "scenes");
  }
  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.load(), 300);
  }
  query() {
    const values = new URLSearchParams(new FormData(this.form));
    for (const [name, value] of [...values]) if (!value) values.delete(name);
    const area = store.state.area;
    if (area && area.wkt.length < 1500) values.set("intersects", area.wkt);
    else if (area) values.set("bbox", area.bbox.join(","));
    return values;
  }
  async load(url = null) {
    const path = url || `/api/scenes?${this.query()}`;
    this.setAttribute("aria-busy", "true");
    this.abort?.abort();
    this.abort = new AbortController();
    for (const input of $$("input, select", this.form)) fieldError(input, "");
    try {
      const page = await api(path, { signal: this.abort.signal });
      this.features = url ? [...this.features, ...page.features] : page.features;
      this.next = page.next && new URL(page.next, location).pathname + new URL(page.next, location).search;
      this.show(page.count ?? this.features.length);
    } catch (problem) {
      if (problem.name === "AbortError") return;
      const at = this.form.elements[problem.errors?.[0]?.field] || this.form.elements.from;
      fieldError(at, problem.errors?.[0]?.message || problem.message, problem.hint);
    }
    this.removeAttribute("aria-busy");
  }
  show(count) {
    const where = store.state.area ? "meet the area" : "are indexed";
    $("[data-count]", this).textContent = count === 1 ? `1 scene ${where.replace("meet", "meets").replace("are", "is")}` : `${count} scenes ${where}`;
    $("[data-none]", this).hidden = count > 0;
    $("[data-more]", this).hidden = !this.next;
    this.list.replaceChildren(...this.features.map((feature) => this.row(feature)));
    this.mark();
  }
  row(feature) {
    const p = feature.properties;
    const pick = h("input", { type: "checkbox", class: "pick", id: `scene-${feature.id}`, onchange: () => this.toggle(feature) });
    const picture = p.thumbnail ? h("img", { src: p.thumbnail, alt: "", loading: "lazy", width: 52, height: 52 }) : icon("satellite");
    const label = h("label", { class: "row-main scene", for: pick.id, title: [p.name, p.baseline && `processing baseline ${p.baseline}`].filter(Boolean).join("\n") },
      h("span", { class: "thumb" }, picture),
      h("span", { class: "scene-text" },
        h("span", { class: "row-title" }, `${day(p.datetime)}`, h("span", { class: "tag" }, LEVELS[p.product_type] || p.product_type)),
        h("span", { class: "row-meta" }, [platform(p.platform), p.tile && `T${p.tile.replace(/^T/, "")}`, p.mine && "yours"].filter(Boolean).join(" · ")),
        h("span", { class: "row-meta" }, ...(p.mode ? radar(p) : clouds(p)), " · ", bytes(p.size_bytes))));
    const zoom = button("crosshair", "Show on the map", () => fit(this.map, L.geoJSON(feature.geometry).getBounds().toBBoxString().split(",").map(Number)), { text: false });
    const row = h("li", { class: "row scene-row", dataset: { id: feature.id } }, pick, label, zoom);
    row.addEventListener("pointerenter", () => this.footprints.light(feature.id));
    row.addEventListener("pointerleave", () => this.footprints.light(null));
    row.addEventListener("focusin", () => this.footprints.light(feature.id));
    return row;
  }
  toggle(feature) {
    const { scenes } = store.state;
    const without = scenes.filter((scene) => scene.id !== feature.id);
    store.set({ scenes: without.length < scenes.length ? without : [...scenes, chosenFrom(feature)] });
  }
  mark() {
    const chosen = store.state.scenes.map((scene) => scene.id);
    for (const row of $$("[data-id]", this.list)) {
      row.toggleAttribute("data-chosen", chosen.includes(row.dataset.id));
      $("input", row).checked = chosen.includes(row.dataset.id);
    }
    this.footprints?.show(this.features || [], chosen);
    $("[data-next]", this).hidden = !chosen.length;
    $("[data-chosen-count]", this).textContent = chosen.length === 1 ? "1 chosen" : `${chosen.length} chosen`;
  }
}
customElements.define("gw-scenes", GwScenes);
