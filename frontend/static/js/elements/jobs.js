// <gw-jobs>: the live list of jobs in the drawer.

import { $, button, complain, h, toast } from "../lib/dom.js";
import { api } from "../lib/api.js";
import { follow } from "../lib/feed.js";
import { ago } from "../lib/format.js";
import { cancel, ended, progress, rerun, stateBadge } from "../lib/job_actions.js";

const SHOWN = 20;

class GwJobs extends HTMLElement {
  async connectedCallback() {
    this.jobs = new Map();
    this.list = $("[data-list]", this);
    document.addEventListener("jobsubmitted", (event) => { this.take(event.detail); toast("Job submitted.", { kind: "success", seconds: 4 }); });
    try {
      const page = await api("/api/jobs");
      page.results.forEach((job) => this.jobs.set(job.id, job));
      this.show();
      this.end = follow("/api/jobs", (job) => this.take(job), (state) => { this.dataset.feed = state; });
    } catch (problem) {
      complain(problem);
    }
  }
  disconnectedCallback() {
    this.end?.();
  }
  take(job) {
    const before = this.jobs.get(job.id);
    this.jobs.set(job.id, { ...before, ...job });
    if (before && before.state !== job.state) this.tell(job);
    this.show(job);
  }
  tell(job) {
    const name = job.name || job.service_title;
    $("[data-live]", this).textContent = `${name}: ${job.state}.`;
    if (job.state === "successful" && job.result) toast(`${name} is done.`, { kind: "success", seconds: 15, action: { label: "Show result", run: () => this.open(job) } });
    if (job.state === "failed") toast(`${name} failed: ${job.error?.message || "see its log."}`, { kind: "error", seconds: 15 });
  }
  open(job) {
    document.dispatchEvent(new CustomEvent("showresult", { detail: job.result }));
  }
  /** Draw the list; with `changed`, only that card, so that focus and hover elsewhere stay. */
  show(changed = null) {
    const jobs = [...this.jobs.values()].sort((a, b) => b.created.localeCompare(a.created)).slice(0, SHOWN);
    const running = jobs.filter((job) => !ended(job)).length;
    for (const badge of document.querySelectorAll("[data-running]")) { badge.textContent = running; badge.hidden = !running; }
    $("[data-none]", this).hidden = jobs.length > 0;
    const old = changed && $(`[data-job="${changed.id}"]`, this.list);
    if (!old) return this.list.replaceChildren(...jobs.map((job) => this.card(job)));
    const held = old.contains(document.activeElement) ? document.activeElement.dataset.act : null;
    const card = this.card(this.jobs.get(changed.id));
    old.replaceWith(card);
    if (held) ($(`[data-act="${held}"]`, card) || $("a", card)).focus();
  }
  card(job) {
    const act = (key, name, label, run, options) => button(name, label, run, { "data-act": key, ...options });
    const actions = [
      job.result && act("show", "layers", "Show", () => this.open(job), { kind: "primary" }),
      !ended(job) && act("cancel", "ban", job.cancel_requested ? "Stopping…" : "Cancel", async () => { const after = await cancel(job); if (after) this.take(after); }),
      ended(job) && act("edit", "pencil", "Edit and run again", () => document.dispatchEvent(new CustomEvent("editjob", { detail: job })), { text: false }),
      ended(job) && act("rerun", "rotate-ccw", "Run again", async () => { const next = await rerun(job); if (next) this.take(next); }, { text: false }),
    ];
    return h("li", { class: "job-card", dataset: { job: job.id, state: job.state } },
      h("div", { class: "job-head" }, h("a", { class: "job-name", href: `/jobs/${job.id}/` }, job.name || job.service_title), stateBadge(job.state)),
      h("div", { class: "row-meta" }, [job.name && job.name !== job.service_title ? job.service_title : null, ago(job.finished || job.created), job.attempt > 1 ? `attempt ${job.attempt}` : null].filter(Boolean).join(" · ")),
      ended(job) ? null : progress(job),
      job.state === "failed" && job.error ? h("div", { class: "note error" }, h("p", {}, job.error.message), job.error.hint ? h("p", { class: "hint" }, job.error.hint) : null) : null,
      h("div", { class: "job-actions" }, actions));
  }
}
customElements.define("gw-jobs", GwJobs);
