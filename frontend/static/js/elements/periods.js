// <gw-periods>: composites as one layer with a slider over time; it can play them one after the other.

import { $$, button, h } from "../lib/dom.js";
import "./layer.js";

const STEP_MS = 1100;

class GwPeriods extends HTMLElement {
  /** Take the composites of a result in the order of time. */
  set({ result, assets, map, visible }) {
    Object.assign(this, { assets, at: Math.floor(assets.length / 2) });
    this.layer = document.createElement("gw-layer").set({ result, asset: assets[this.at], map, visible, name: "Composites" });
    return this;
  }
  connectedCallback() {
    if (this.childElementCount) return;
    this.slider = h("input", { type: "range", min: "0", max: String(this.assets.length - 1), value: String(this.at), "aria-label": "Period", oninput: () => { this.play(false); this.go(Number(this.slider.value)); } });
    this.words = h("output", { class: "num" });
    this.button = button("play", "Play the periods", () => this.play(!this.timer), { text: false, "aria-pressed": "false" });
    this.append(this.layer, h("div", { class: "period-bar" }, this.button, this.slider, this.words));
    this.addEventListener("layertoggle", () => this.follow());
    this.go(this.at);
  }
  disconnectedCallback() {
    this.play(false);
  }
  label() {
    return (this.assets[this.at].title || this.assets[this.at].key).replace(/^composite[ _]/i, "");
  }
  go(at) {
    this.at = at;
    this.slider.value = String(at);
    this.words.textContent = this.label();
    this.slider.setAttribute("aria-valuetext", this.label());
    if (this.layer.asset !== this.assets[at]) this.layer.swap(this.assets[at]);
    this.accompany();
  }
  /** Let layers of one band a period, such as the clear looks, show the same period. */
  accompany() {
    for (const other of $$("gw-layer", this.closest(".result-card") || this)) {
      if (other !== this.layer && other.asset.bands.length === this.assets.length && other.look.bands.length === 1) other.band(this.at + 1);
    }
  }
  play(on) {
    clearInterval(this.timer);
    this.timer = on ? setInterval(() => this.go((this.at + 1) % this.assets.length), STEP_MS) : null;
    if (!this.button) return;
    this.button.setAttribute("aria-pressed", String(Boolean(on)));
    this.toggleAttribute("data-playing", Boolean(on));
  }
  /** A removed layer takes its slider along, a hidden one stops. */
  follow() {
    if (!this.contains(this.layer)) this.remove();
    else if (!this.layer.visible) this.play(false);
  }
}
customElements.define("gw-periods", GwPeriods);

/** Part the rasters of a result into composites, in the order of time, and all else; fewer than three are no series. */
export function parted(rasters) {
  const composites = rasters.filter((asset) => asset.key.startsWith("composite_")).sort((a, b) => a.key.localeCompare(b.key));
  const others = rasters.filter((asset) => !composites.includes(asset));
  return composites.length < 3 ? { composites: [], others: rasters } : { composites, others };
}
