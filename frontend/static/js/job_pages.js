// The pages of jobs: the list's states and one job's progress and log, kept up to date.

import "./page.js";
import { $, $$ } from "./lib/dom.js";
import { api } from "./lib/api.js";
import { follow } from "./lib/feed.js";
import "./elements/curve.js";
import { STATES, cancel, ended, progress, remove, rerun, stateBadge } from "./lib/job_actions.js";

class GwJob extends HTMLElement {
  connectedCallback() {
    this.offset = 0;
    this.started = this.dataset.state;
    const act = (name, run) => $(`[data-${name}]`, this)?.addEventListener("click", run);
    act("cancel", async () => this.show((await cancel(this.job)) || this.job));
    act("rerun", async () => { const next = await rerun({ id: this.dataset.id }); if (next) location.assign(`/jobs/${next.id}/`); });
    act("delete", async () => { if (await remove({ id: this.dataset.id }, () => this.stopReading())) location.assign("/jobs/"); });
    this.job = { id: this.dataset.id, state: this.dataset.state };
    this.reading = this.readLog();
    if (!ended(this.job)) this.end = follow(`/api/jobs/${this.dataset.id}`, (job) => this.show(job));
  }
  show(job) {
    this.job = job;
    if (ended(job)) { this.end?.(); location.reload(); return; }
    $("[data-badge]", this).replaceChildren(stateBadge(job.state));
    $("[data-progress]", this).replaceChildren(progress(job));
    if (job.stage !== this.stage) $("[data-live]", this).textContent = `${STATES[job.state].label}: ${job.stage}`;
    this.stage = job.stage;
    if (job.links.curve) this.drawCurve(job.links.curve);
  }
  drawCurve(address) {
    const curve = $("gw-curve", this);
    curve.dataset.src = address;
    curve.refresh();
  }
  async readLog() {
    const log = $("[data-log]", this);
    const page = await api(`/api/jobs/${this.dataset.id}/log?offset=${this.offset}`).catch(() => null);
    if (page) {
      const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 8;
      if (this.offset === 0) log.textContent = "";
      log.append(page.text);
      if (!log.textContent && page.complete) log.textContent = "Nothing was logged.";
      if (atEnd) log.scrollTop = log.scrollHeight;
      this.offset = page.offset;
    }
    if (!page?.complete && !this.stopped) setTimeout(() => this.stopped || (this.reading = this.readLog()), page?.text ? 300 : 1500);
  }
  stopReading() {
    this.stopped = true;
    return this.reading;
  }
}
customElements.define("gw-job", GwJob);

if ($$("[data-job-row]").some((row) => !ended({ state: row.dataset.state }))) {
  follow("/api/jobs", (job) => {
    const row = $(`[data-job-row="${job.id}"]`);
    if (!row) return;
    if (ended(job) && row.dataset.state !== job.state) location.reload();
    row.dataset.state = job.state;
    $("[data-job-state]", row).replaceChildren(ended(job) ? stateBadge(job.state) : progress(job));
  });
}
