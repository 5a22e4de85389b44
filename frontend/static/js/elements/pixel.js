// <gw-pixel>: one place of a result: its class, how sure that is, and what it was through time, as a chart.

import { h, swatch } from "../lib/dom.js";
import { api } from "../lib/api.js";
import { value } from "../lib/format.js";
import "./chart.js";

const SHOWN = 5;
const seconds = (day) => Date.parse(`${day}T00:00:00Z`) / 1000;
const percent = (share) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
const sureness = (entropy) => (entropy < 0.15 ? "sure" : entropy < 0.45 ? "fairly sure" : entropy < 0.75 ? "unsure" : "hardly better than a guess");

class GwPixel extends HTMLElement {
  /** Take the result and the place; hears `pixelread` when all is there. */
  set({ result, lon, lat }) {
    Object.assign(this, { result, query: `lon=${lon}&lat=${lat}` });
    return this;
  }
  async connectedCallback() {
    if (this.childElementCount) return;
    this.append(h("p", { class: "hint" }, "Reading the pixel …"));
    const ask = (address) => (address ? api(`${address}?${this.query}`).catch((problem) => ({ problem })) : null);
    const [point, series] = await Promise.all([ask(this.result.point), ask(this.result.series)]);
    this.replaceChildren(...this.classParts(point), ...this.seriesParts(series));
    this.dispatchEvent(new CustomEvent("pixelread", { bubbles: true }));
  }
  classParts(point) {
    if (!point) return [];
    if (point.problem) return [h("p", { class: "field-error" }, point.problem.message)];
    if (!point.class) return [h("p", { class: "hint" }, point.inside ? "No class here: outside of the mask, or no data." : "Outside of the map.")];
    const entropy = point.entropy === null ? "" : h("p", { class: "row-meta" }, `Entropy ${value(point.entropy)}: ${sureness(point.entropy)}.`);
    const rest = point.probabilities.slice(SHOWN).reduce((sum, entry) => sum + entry.probability, 0);
    return [
      h("p", { class: "pixel-class" }, swatch(point.class.colour), h("b", {}, point.class.name)),
      point.probabilities.length ? h("ul", { class: "bars", "aria-label": "Probabilities" }, point.probabilities.slice(0, SHOWN).filter((entry, i) => !i || entry.probability >= 0.0005).map((entry) => this.bar(entry)), rest > 0.0005 ? h("li", { class: "row-meta" }, `All others together ${percent(rest)}`) : "") : "",
      entropy,
    ];
  }
  bar(entry) {
    const fill = h("span", { class: "bars-fill" });
    fill.style.width = `${100 * entry.probability}%`;
    fill.style.background = entry.colour;
    return h("li", {}, h("span", { class: "bars-name" }, entry.name), h("span", { class: "bars-track", "aria-hidden": "true" }, fill), h("span", { class: "num" }, percent(entry.probability)));
  }
  seriesParts(series) {
    if (!series) return [];
    if (series.problem) return [h("p", { class: "hint" }, series.problem.message)];
    if (!series.periods.length) return [h("p", { class: "hint" }, "Outside of the composites.")];
    const chart = document.createElement("gw-chart");
    chart.dataset.height = "150";
    const choices = [["NDVI", () => this.ndvi(series)], ["Bands", () => this.bands(series)]].slice(series.ndvi ? 0 : 1);
    const buttons = choices.map(([label, make], i) => h("button", { type: "button", "aria-pressed": String(!i), onclick: (event) => {
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === event.currentTarget));
      chart.set(make());
    } }, label));
    chart.set(choices[0][1]());
    return [h("div", { class: "segments", role: "group", "aria-label": "What the chart shows" }, buttons), chart, this.quality(series)];
  }
  axis(series) {
    const middles = series.periods.map(({ start, end }) => (seconds(start) + seconds(end)) / 2);
    return { label: "Period", values: middles, labels: series.periods.map((period) => period.label), dates: true };
  }
  ndvi(series) {
    const x = this.axis(series);
    const words = `NDVI from ${x.labels[0]} to ${x.labels.at(-1)}: ${series.ndvi.map((n, i) => `${x.labels[i]} ${n === null ? "no data" : n.toFixed(2)}`).join(", ")}.`;
    const range = [Math.min(0, ...series.ndvi, ...(series.forecast?.lower || [])), 1]; // so that a flat year looks flat
    return { range, ...(series.forecast ? this.ahead(series, x, words) : { title: "NDVI through time", words, x, series: [{ label: "NDVI", values: series.ndvi }] }) };
  }
  /** What was seen, and what is forecast after it with its interval; the forecast begins where the seen ends. */
  ahead({ ndvi, forecast }, x, words) {
    const later = this.axis(forecast);
    const n = ndvi.length - 1;
    const line = (label, values, start) => ({ label, faint: start === undefined, values: [...ndvi.map((seen, i) => (i === n ? seen : null)), ...values] });
    const lines = [{ label: "NDVI seen", values: [...ndvi, ...forecast.ndvi.map(() => null)] }, line("forecast", forecast.ndvi, true)];
    const band = forecast.upper && forecast.lower ? [2, 3] : null;
    if (band) lines.push(line("upper", forecast.upper), line("lower", forecast.lower));
    const told = forecast.ndvi.map((value, i) => `${later.labels[i]} ${value === null ? "no data" : value.toFixed(2)}`).join(", ");
    return { title: "NDVI seen and forecast", words: `${words} Forecast: ${told}.`, band, series: lines, x: { ...x, values: [...x.values, ...later.values], labels: [...x.labels, ...later.labels] } };
  }
  bands(series) {
    return { title: "Reflectance through time", x: this.axis(series), series: Object.entries(series.bands).map(([label, values]) => ({ label, values })) };
  }
  quality({ looks, filling }) {
    const unseen = looks?.filter((count) => !count).length;
    const filled = filling?.filter((word) => word && /^(interpolated|held)/i.test(word)).length;
    if (looks === null) return "";
    const words = unseen ? `${unseen} of ${looks.length} periods without a clear look${filled ? `, ${filled} filled in` : ""}.` : "A clear look in every period.";
    return h("p", { class: "row-meta" }, words);
  }
}
customElements.define("gw-pixel", GwPixel);
