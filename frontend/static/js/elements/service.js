// <gw-service>: pick a service card, fill the form that the server rendered from its declaration.

import { $, $$, complain } from "../lib/dom.js";
import { request } from "../lib/api.js";
import { clearErrors, fillForm, offerBands, offerScenes, readForm, renewChoices } from "../lib/form.js";
import { area as sized } from "../lib/format.js";
import { store } from "../lib/store.js";

class GwService extends HTMLElement {
  connectedCallback() {
    this.cards = $("[data-cards]", this);
    this.holder = $("[data-form]", this);
    this.addEventListener("click", (event) => {
      const card = event.target.closest("[data-service]");
      if (card) { this.moveFocus = true; this.choose(card.dataset.service, card.dataset.title, {}); }
      if (event.target.closest("[data-change]")) { store.set({ service: null, values: {} }); $("[data-service]", this).focus(); }
    });
    this.holder.addEventListener("input", (event) => { this.keep(); event.target.name && this.forget(event.target); });
    this.holder.addEventListener("submit", (event) => { event.preventDefault(); this.closest("gw-steps").open("review", true); });
    store.addEventListener("service", () => this.load());
    store.addEventListener("scenes", () => this.refresh());
    store.addEventListener("area", () => this.refresh());
    document.addEventListener("step", (event) => event.detail === "service" && this.renew());
    this.load();
  }
  choose(id, title, values) {
    store.set({ service: { id, title }, values });
  }
  keep() {
    const form = $("form", this.holder);
    if (form) store.set({ values: readForm(form, store.state.area) });
  }
  forget(field) {
    const holder = field.closest("[data-field]");
    $(".field-error", holder)?.remove();
    for (const input of $$("[aria-invalid]", holder)) input.removeAttribute("aria-invalid");
  }
  async load() {
    const { service } = store.state;
    this.cards.hidden = Boolean(service);
    this.holder.hidden = !service;
    if (!service) return;
    try {
      if (this.holder.dataset.for !== service.id) {
        const form = await this.fetchForm(service.id);
        if (store.state.service?.id !== service.id) return; // another was chosen meanwhile
        this.holder.innerHTML = form;
        this.holder.dataset.for = service.id;
      }
      fillForm($("form", this.holder), store.state.values);
      this.refresh();
      if (this.moveFocus) $("form [name]", this.holder)?.focus();
      this.moveFocus = false;
    } catch (problem) {
      complain(problem);
      store.set({ service: null, values: {} });
    }
  }
  async fetchForm(id) {
    return (await request(`/services/${id}/form`, { headers: { Accept: "text/html" } })).text();
  }
  /** A job that ended since the form was made may have left a result or a network to choose. */
  async renew() {
    const form = $("form", this.holder);
    if (!form || this.holder.hidden || !$("select[data-kind=result], select[data-kind=model]", form)) return;
    renewChoices(form, await this.fetchForm(this.holder.dataset.for).catch(() => ""));
    this.keep();
  }
  refresh() {
    const form = $("form", this.holder);
    if (!form || this.holder.hidden) return;
    const { scenes, area, values } = store.state;
    offerScenes(form, scenes, values);
    offerBands(form, scenes);
    for (const field of $$("[data-kind=area]", form)) {
      field.disabled = !area;
      field.checked = Boolean(area) && values[field.name] !== null;
      $("[data-area-text]", field.closest("[data-field]")).textContent = area ? sized(area.area_km2) : "none drawn";
    }
    clearErrors(form);
    this.keep();
  }
}
customElements.define("gw-service", GwService);
