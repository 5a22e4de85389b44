// <gw-review>: the dry run and the submit button. Errors of a parameter go back to its field.

import { $, button, fieldError, h, icon } from "../lib/dom.js";
import { api, post } from "../lib/api.js";
import { fieldOf, readForm, showErrors } from "../lib/form.js";
import { area as sized, bytes, duration } from "../lib/format.js";
import { store } from "../lib/store.js";

const ICONS = { ok: "circle-check", warning: "triangle-alert", error: "circle-x" };

class GwReview extends HTMLElement {
  connectedCallback() {
    this.steps = this.closest("gw-steps");
    this.steps.addEventListener("step", (event) => event.detail === "review" && this.check());
    $("form", this).addEventListener("submit", (event) => { event.preventDefault(); this.submit(false); });
    $("[data-again]", this).addEventListener("click", () => this.check());
  }
  get form() {
    return $("gw-service form");
  }
  body() {
    const { service, area } = store.state;
    return { service: service.id, parameters: readForm(this.form, area), name: $("[name=job_name]", this).value.trim() };
  }
  async check() {
    const { service } = store.state;
    for (const element of [$("[data-ready]", this)]) element.hidden = !service;
    $("[data-not-ready]", this).hidden = Boolean(service);
    if (!service || !this.form) return;
    this.summary();
    this.say("checking");
    try {
      this.show(await post("/api/jobs/check", this.body()));
    } catch (problem) {
      this.refuse(problem);
    }
  }
  say(state) {
    this.dataset.state = state;
    $("[data-live]", this).textContent = { checking: "Checking…", ready: "Checked: ready to submit.", refused: "Checked: something needs a change.", sending: "Submitting…" }[state];
    $("button[type=submit]", this).disabled = state !== "ready";
  }
  summary() {
    const { service, scenes, area } = store.state;
    const facts = [["Service", service.title], ["Area", area ? sized(area.area_km2) : "none drawn"], ["Scenes", $("gw-scene-list", this.form)?.summary ?? (scenes.map((scene) => scene.title).join("; ") || "none")]];
    $("[data-summary-list]", this).replaceChildren(...facts.flatMap(([term, text]) => [h("dt", {}, term), h("dd", {}, text)]));
  }
  show({ valid, errors = [], findings = [], estimate, same_result: same, queue }) {
    const homeless = errors.length ? this.backToFields(errors) : [];
    const lines = [...homeless.map((e) => ({ level: "error", message: e.message, hint: e.hint })), ...findings];
    $("[data-findings]", this).replaceChildren(...lines.map((f) =>
      h("li", { class: `finding ${f.level}` }, icon(ICONS[f.level] || "info"), h("div", {}, h("p", {}, f.message), f.hint ? h("p", { class: "hint" }, f.hint) : null))));
    const queued = queue && (queue.workers === 0 ? "no worker is alive" : queue.ahead ? `${queue.ahead} ahead` : "starts at once");
    const numbers = [estimate && ["Time", `about ${duration(estimate.seconds)}`], estimate && ["Result", bytes(estimate.output_bytes)], estimate && ["Memory", bytes(estimate.memory_bytes)], queued && ["Queue", queued]].filter(Boolean);
    $("[data-estimate]", this).replaceChildren(...numbers.map(([term, text]) => h("div", { class: "stat" }, h("dt", {}, term), h("dd", {}, text))));
    this.offer(same);
    this.say(valid ? "ready" : "refused");
  }
  /** The same has been computed before: offer that result, leave computing again to the user. */
  offer(same) {
    this.again = Boolean(same);
    const box = $("[data-same]", this);
    box.hidden = !same;
    $("button[type=submit] span", this).textContent = same ? "Compute again" : "Submit job";
    if (!same) return;
    const id = same.result?.id || same.result;
    box.replaceChildren(icon("history"), h("div", {}, h("p", {}, "The same has been computed before."), button("layers", "Show that result", () => document.dispatchEvent(new CustomEvent("showresult", { detail: id })))));
  }
  backToFields(errors) {
    if (errors.some((error) => fieldOf(this.form, error))) this.steps.open("service");
    return showErrors(this.form, errors);
  }
  refuse(problem) {
    const homeless = problem.errors.length ? this.backToFields(problem.errors) : [{ message: problem.message, hint: problem.hint }];
    this.show({ valid: false, errors: [], findings: homeless.map((error) => ({ level: "error", ...error })) });
  }
  async submit() {
    this.say("sending");
    const name = $("[name=job_name]", this);
    fieldError(name, "");
    try {
      const job = await api("/api/jobs", { method: "POST", json: { ...this.body(), force: this.again } });
      name.value = "";
      document.dispatchEvent(new CustomEvent("jobsubmitted", { detail: job }));
      this.say("ready");
      this.again = true;
    } catch (problem) {
      const about = problem.errors.find((error) => error.field === "name");
      if (about) { fieldError(name, about.message); this.say("ready"); } else this.refuse(problem);
    }
  }
}
customElements.define("gw-review", GwReview);
