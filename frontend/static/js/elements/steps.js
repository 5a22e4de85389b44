// <gw-steps>: the panel's stepper. One section open at a time; the others show their summary.

import { $, $$ } from "../lib/dom.js";
import { store } from "../lib/store.js";
import { area } from "../lib/format.js";

class GwSteps extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => {
      const head = event.target.closest("[data-step-head]");
      const go = event.target.closest("[data-go]");
      if (head) this.open(head.closest("[data-step]").dataset.step, true);
      if (go) this.open(go.dataset.go, true);
    });
    store.watch(["area", "scenes", "service"], () => this.summarise());
    this.open(new URLSearchParams(location.search).get("step") || this.first());
  }
  first() {
    const { area: chosen, scenes, service } = store.state;
    return !chosen ? "area" : !scenes.length ? "scenes" : !service ? "service" : "service";
  }
  open(name, focus = false) {
    for (const section of $$("[data-step]", this)) {
      const open = section.dataset.step === name;
      section.toggleAttribute("data-open", open);
      $("[data-step-body]", section).hidden = !open;
      $("[data-step-head]", section).setAttribute("aria-expanded", open);
    }
    const body = $(`[data-step="${name}"] [data-step-body]`, this);
    if (focus) $(`[data-step="${name}"] [data-step-head]`, this).focus({ preventScroll: true });
    body.scrollTop = 0;
    this.current = name;
    this.dispatchEvent(new CustomEvent("step", { detail: name, bubbles: true }));
  }
  summarise() {
    const { area: chosen, scenes, service } = store.state;
    this.say("area", chosen ? area(chosen.area_km2) : "");
    this.say("scenes", scenes.length ? (scenes.length === 1 ? scenes[0].title : `${scenes.length} scenes`) : "");
    this.say("service", service ? service.title : "");
  }
  say(name, text) {
    const section = $(`[data-step="${name}"]`, this);
    section.toggleAttribute("data-done", Boolean(text));
    $("[data-summary]", section).textContent = text;
  }
}
customElements.define("gw-steps", GwSteps);
