// <gw-curve data-src="…">: how a training went, from a job's curve or a model's card: loss, accuracy, error.

import { $, h } from "../lib/dom.js";
import { api } from "../lib/api.js";
import "./chart.js";

const GROUPS = [
  { title: "Loss", pattern: /loss$/ },
  { title: "Accuracy and F1", pattern: /(accuracy|f1|kappa|coverage)$/, range: [0, 1] },
  { title: "Error", pattern: /(rmse|mae|error)$/ },
];
const WORDS = { f1: "macro-F1", rmse: "RMSE", mae: "mean error", val: "validation", train: "training" };
const words = (name) => name.split("_").map((part) => WORDS[part] || part).join(" ");

class GwCurve extends HTMLElement {
  connectedCallback() {
    if (this.dataset.src) this.refresh();
  }
  /** Ask for the points again; answers that arrive late are passed over. */
  async refresh() {
    const asked = (this.asked = (this.asked || 0) + 1);
    const answer = await api(this.dataset.src).catch(() => null);
    if (!answer || asked !== this.asked) return;
    const points = answer.points || answer.curve || [];
    this.closest("[data-curve-box]")?.toggleAttribute("hidden", !points.length);
    if (answer.summary) $("[data-summary]", this.parentElement)?.replaceChildren(answer.summary);
    if (points.length) this.show(points);
  }
  show(points) {
    const names = [...new Set(points.flatMap(Object.keys))];
    this.charts ||= new Map();
    for (const { title, pattern, range } of GROUPS) {
      const shown = names.filter((name) => pattern.test(name) && points.some((point) => Number.isFinite(point[name])));
      if (!shown.length) continue;
      if (!this.charts.has(title)) {
        this.charts.set(title, document.createElement("gw-chart"));
        this.append(this.charts.get(title));
      }
      this.charts.get(title).set({ title, range, x: { label: "Epoch", values: points.map((point) => point.epoch) }, series: shown.map((name) => ({ label: words(name), values: points.map((point) => point[name] ?? null) })) });
    }
    if (!this.charts.size) this.replaceChildren(h("p", { class: "hint" }, "Nothing that could be drawn was measured."));
  }
}
customElements.define("gw-curve", GwCurve);
