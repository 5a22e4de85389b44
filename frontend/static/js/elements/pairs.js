// <gw-pairs>: scenes that make a pair with the first one, by days apart and perpendicular baseline; a click takes one.

import { $, h } from "../lib/dom.js";
import { api } from "../lib/api.js";
import { day } from "../lib/format.js";
import { store } from "../lib/store.js";
import { chosenFrom } from "./scenes.js";

const apart = ({ days, perpendicular_m: metres }) => {
  const count = Math.round(Math.abs(days));
  return `${count} ${count === 1 ? "day" : "days"} ${days < 0 ? "earlier" : "later"}, baseline ${metres < 0 ? "−" : "+"}${Math.abs(Math.round(metres))} m`;
};

class GwPairs extends HTMLElement {
  connectedCallback() {
    this.plot = h("div", { class: "pairs-plot", role: "group", "aria-label": "Scenes of the same track, by days apart and perpendicular baseline" });
    this.text = h("p", { class: "hint", "aria-live": "polite" });
    this.append(this.plot, this.text);
    this.unwatch = () => store.removeEventListener("scenes", this.onscenes);
    this.onscenes = () => this.load();
    store.addEventListener("scenes", this.onscenes);
    this.load();
  }
  disconnectedCallback() {
    this.unwatch();
  }
  get first() {
    const accepts = this.dataset.accepts.split(" ");
    return store.state.scenes.find((scene) => accepts.includes(scene.product_type));
  }
  async load() {
    const first = this.first;
    this.hidden = !first;
    if (!first) return;
    if (first.id !== this.known) {
      this.known = first.id;
      this.pairs = await api(`/api/scenes/${first.id}/pairs`).catch(() => []);
      if (this.known !== first.id) return;
    }
    this.show(first);
  }
  show(first) {
    const chosen = store.state.scenes.map((scene) => scene.id);
    const days = [0, ...this.pairs.map((pair) => pair.days)], metres = [0, ...this.pairs.map((pair) => pair.perpendicular_m)];
    const scale = (values) => {
      const low = Math.min(...values), span = Math.max(...values) - low || 1;
      return (value) => 8 + (84 * (value - low)) / span;
    };
    const x = scale(days), y = scale(metres);
    const place = (element, left, top) => { element.style.left = `${left}%`; element.style.top = `${top}%`; return element; };
    const points = this.pairs.map((pair) => place(h("button", {
      type: "button", class: "pair-point", title: `${day(pair.scene.properties.datetime)}: ${apart(pair)}`, "aria-label": `${day(pair.scene.properties.datetime)}, ${apart(pair)}`,
      "aria-pressed": String(chosen.includes(pair.scene.id)), onclick: () => this.take(first, pair),
    }), x(pair.days), 100 - y(pair.perpendicular_m)));
    const origin = place(h("span", { class: "pair-origin", title: `First scene, ${first.title}` }), x(0), 100 - y(0));
    this.plot.hidden = !this.pairs.length;
    this.plot.replaceChildren(origin, ...points, h("span", { class: "pair-x" }, "days apart →"), h("span", { class: "pair-y" }, "↑ baseline, m"));
    const taken = this.pairs.find((pair) => chosen.includes(pair.scene.id));
    this.text.textContent = taken ? `${day(taken.scene.properties.datetime)}: ${apart(taken)}.`
      : this.pairs.length ? `${this.pairs.length} of the same track. Choose a point: near in time and baseline keeps coherence.`
        : "No other scene of this track overlaps. Index or upload one.";
  }
  take(first, pair) {
    store.set({ scenes: [first, chosenFrom(pair.scene)] });
    $(`[aria-pressed=true]`, this.plot)?.focus();
  }
}
customElements.define("gw-pairs", GwPairs);
