// <gw-scene-list>: a parameter that takes many scenes: those chosen on the map, less the unticked, or all of the area and time.

import { $, $$, h } from "../lib/dom.js";
import { api } from "../lib/api.js";
import { store } from "../lib/store.js";

const count = (number) => (number === 1 ? "1 scene" : `${number} scenes`);

class GwSceneList extends HTMLElement {
  scenes = [];
  left = new Set();
  connectedCallback() {
    this.list = $("[data-picks]", this);
    this.text = $("[data-picked]", this);
    this.accepts = this.dataset.accepts.split(" ").filter(Boolean);
    this.addEventListener("input", (event) => this.changed(event.target));
    this.closest("form").addEventListener("input", (event) => ["date", "select-one"].includes(event.target.type) && this.tell());
  }
  get all() {
    return $("input[value=all]", this);
  }
  get chosen() {
    return this.scenes.filter((scene) => !this.left.has(scene.id));
  }
  /** Whether the first result (or single scene) of the form is chosen: that is worked on, as the portal reads it. */
  get instead() {
    return Boolean(this.all && $("select[data-kind=result], select[data-kind=scene]", this.closest("form"))?.value);
  }
  /** The parameter: ids, or null for all scenes of the area and time. */
  get value() {
    return this.instead || this.all?.checked ? null : this.chosen.map((scene) => scene.id);
  }
  get summary() {
    if (this.instead) return "none: a result is worked on";
    return this.all?.checked || (this.all && !this.chosen.length) ? "all of the area and time" : `${count(this.chosen.length)} chosen`;
  }
  changed(input) {
    if (input.type === "radio") this.touched = true;
    else this.left[input.checked ? "delete" : "add"](input.value);
    this.tell();
  }
  /** Take a job's value back: what it left out of the chosen scenes stays unticked. */
  fill(value) {
    this.touched = value !== undefined;
    if (this.all) this.all.checked = value === null;
    if (value !== null) $("input[value=chosen]", this).checked = true;
    this.left = new Set(value?.length ? store.state.scenes.map((scene) => scene.id).filter((id) => !value.includes(id)) : []);
  }
  offer(scenes) {
    this.scenes = scenes.filter((scene) => !this.accepts.length || this.accepts.includes(scene.product_type))
      .sort((a, b) => (a.datetime || "").localeCompare(b.datetime || ""));
    if (this.all && !this.touched) $(`input[value=${this.scenes.length ? "chosen" : "all"}]`, this).checked = true;
    this.list.replaceChildren(...this.scenes.map((scene) => h("li", { class: "row" }, h("label", { class: "switch", title: scene.name },
      h("input", { type: "checkbox", value: scene.id, checked: !this.left.has(scene.id) }), h("span", {}, scene.title)))));
    this.tell();
  }
  tell() {
    const all = Boolean(this.all?.checked), chosen = this.chosen.length;
    this.list.hidden = all || this.instead || !this.scenes.length;
    if (this.instead) { this.text.textContent = "None: what is chosen above is worked on."; return; }
    const none = this.all ? "None is chosen: all scenes of the area and time are taken." : "Choose scenes on the map first.";
    this.text.textContent = all ? "All scenes that are there when you submit." : chosen ? `${chosen} of ${count(this.scenes.length)} that fit.` : none;
    if (all || (this.all && !chosen)) this.countAll();
  }
  /** Say how many there are now. */
  async countAll() {
    const { area } = store.state;
    if (!area) { this.text.textContent = "Draw an area, or choose scenes: none is chosen."; return; }
    const day = (name) => $(`input[type=date][name=${name}]`, this.closest("form"))?.value || "";
    const where = area.wkt.length < 1500 ? { intersects: area.wkt } : { bbox: area.bbox.join(",") };
    const query = new URLSearchParams({ ...where, from: day("start"), to: day("end"), product_type: this.accepts.join(","), page_size: 1 });
    if (this.asked === String(query)) return this.found !== undefined && this.say();
    this.asked = String(query);
    this.found = undefined;
    const answer = await api(`/api/scenes?${query}`).catch(() => null);
    if (!answer || this.asked !== String(query)) return;
    this.found = answer.count;
    this.say();
  }
  say() {
    if (this.instead || this.value?.length || !store.state.area) return;
    this.text.textContent = this.found ? `${count(this.found)} of the area and time at present; those there are when you submit are taken.` : "No scene of the area and time fits.";
  }
}
customElements.define("gw-scene-list", GwSceneList);
