// <gw-chart>: lines over epochs or dates, drawn by uPlot; a legend of buttons, and the same numbers as a table.

import uPlot from "../../vendor/uplot/uPlot.esm.js";
import { $, $$, h } from "../lib/dom.js";
import { value } from "../lib/format.js";

const COLOURS = 6;
const DASHES = [undefined, [6, 4], [2, 3], [10, 4, 2, 4], [12, 5], [4, 6]];
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const number = (n) => (n === null || n === undefined ? "–" : value(n));

class GwChart extends HTMLElement {
  /**
   * Take what is to be drawn; again with more of it.
   * x: { label, values, labels?, dates? }: with `dates` seconds since 1970, UTC; `labels` stand in the table.
   * series: [{ label, values, faint?, points? }]; range: [low, high] or none; band: [upper, lower], numbers of series.
   */
  set(data) {
    this.data = data;
    if (this.isConnected) this.draw();
    return this;
  }
  connectedCallback() {
    this.off ||= new Set();
    this.figure ||= h("figure", {}, h("figcaption", {}), h("div", { class: "chart-legend", role: "group", "aria-label": "Lines" }), h("div", { class: "chart-plot", role: "img" }), this.readout = h("p", { class: "chart-readout num row-meta", "aria-hidden": "true" }),
      h("details", { class: "chart-numbers", ontoggle: () => this.table() }, h("summary", {}, "Numbers"), h("div", { class: "table-wrap", tabindex: "0" })));
    if (!this.childElementCount) this.append(this.figure);
    this.recolour = () => this.draw();
    document.addEventListener("themechange", this.recolour);
    this.watch = new ResizeObserver(() => this.plot && this.clientWidth && this.plot.setSize(this.size()));
    this.watch.observe(this);
    this.draw();
  }
  disconnectedCallback() {
    document.removeEventListener("themechange", this.recolour);
    this.watch.disconnect();
    this.plot?.destroy();
    this.plot = null;
  }
  size() {
    return { width: Math.max(this.clientWidth, 160), height: Number(this.dataset.height) || 190 };
  }
  colour(i) {
    return token(`--chart-${(i % COLOURS) + 1}`);
  }
  draw() {
    if (!this.data || !this.figure) return;
    const { title, words, series } = this.data;
    $("figcaption", this).textContent = title;
    const holder = $(".chart-plot", this);
    holder.setAttribute("aria-label", words || `${title}: ${series.map((s) => s.label).join(", ")}. The numbers stand in the table below.`);
    holder.style.minHeight = `${this.size().height}px`; // uPlot takes its room later than whoever measures now
    this.plot?.destroy();
    this.plot = new uPlot(this.options(), [this.data.x.values, ...series.map((s) => s.values)], holder);
    this.legend();
    this.table();
  }
  options() {
    const { x, series, range, band } = this.data;
    const axis = { stroke: token("--ink-soft"), font: `11px ${token("--font")}`, grid: { stroke: token("--line"), width: 1 }, ticks: { show: false } };
    return {
      ...this.size(), legend: { show: false }, padding: [8, 10, 0, 0], tzDate: (s) => uPlot.tzDate(new Date(s * 1000), "Etc/UTC"),
      cursor: { drag: { x: false, y: false }, y: false }, hooks: { setCursor: [(plot) => this.read(plot.cursor.idx)] },
      scales: { x: { time: Boolean(x.dates) }, y: range ? { range } : {} },
      axes: [{ ...axis, size: 30, gap: 4, ...(x.dates ? { space: 46 } : { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000], label: x.label, labelFont: axis.font, labelSize: 16 }) }, { ...axis, size: 46, gap: 4, space: 28, values: (_, ticks) => ticks.map(number) }],
      series: [{}, ...series.map((s, i) => ({ label: s.label, show: !this.off.has(s.label), stroke: this.colour(i), width: s.faint ? 1 : 2, dash: DASHES[i % DASHES.length], spanGaps: true, points: { show: x.values.length < 40 && !s.faint, size: 5 } }))],
      bands: band ? [{ series: [band[0] + 1, band[1] + 1], fill: `${this.colour(band[0])}33` }] : [],
    };
  }
  legend() {
    const legend = $(".chart-legend", this);
    const held = legend.contains(document.activeElement) ? document.activeElement.textContent : null;
    legend.replaceChildren(...this.data.series.map(({ label }, i) => {
      const key = h("i", { class: `chart-key d${i % DASHES.length}` });
      key.style.borderColor = this.colour(i);
      return h("button", { type: "button", "aria-pressed": String(!this.off.has(label)), onclick: (event) => this.toggle(event.currentTarget, label, i) }, key, h("span", {}, label));
    }));
    $$("button", legend).find((item) => item.textContent === held)?.focus();
  }
  toggle(button, label, i) {
    const show = this.off.delete(label) || !this.off.add(label);
    button.setAttribute("aria-pressed", String(show));
    this.plot.setSeries(i + 1, { show });
  }
  at(i) {
    const { x } = this.data;
    return x.labels?.[i] ?? (x.dates ? new Date(x.values[i] * 1000).toISOString().slice(0, 10) : x.values[i]);
  }
  read(i) {
    this.readout.textContent = i === null || i === undefined ? "" : [`${this.data.x.label} ${this.at(i)}`, ...this.data.series.map((s) => `${s.label} ${number(s.values[i])}`)].join(" · ");
  }
  table() {
    const details = $(".chart-numbers", this);
    if (!details?.open || !this.data) return;
    const { title, x, series } = this.data;
    const head = h("tr", {}, [x.label, ...series.map((s) => s.label)].map((text, i) => h("th", { scope: "col", class: i ? "num" : "" }, text)));
    const rows = x.values.map((_, i) => h("tr", {}, h("th", { scope: "row", class: "num" }, String(this.at(i))), series.map((s) => h("td", { class: "num" }, number(s.values[i])))));
    $(".table-wrap", details).replaceChildren(h("table", { class: "crossing-table" }, h("caption", { class: "sr" }, title), h("thead", {}, head), h("tbody", {}, rows)));
  }
}
customElements.define("gw-chart", GwChart);
