// <gw-drawer>: jobs and result layers, always one key or click away.

import { $, $$ } from "../lib/dom.js";

class GwDrawer extends HTMLElement {
  connectedCallback() {
    this.tabs = $$("[role=tab]", this);
    for (const tab of this.tabs) tab.addEventListener("click", () => this.select(tab.dataset.tab));
    $("[role=tablist]", this).addEventListener("keydown", (event) => this.arrow(event));
    for (const handle of $$("[data-drawer-toggle]")) handle.addEventListener("click", () => this.toggle(!this.isOpen));
    this.addEventListener("keydown", (event) => event.key === "Escape" && this.isOpen && !event.target.closest("dialog") && this.toggle(false, true));
    document.addEventListener("showresult", () => this.select("layers"));
    document.addEventListener("jobsubmitted", () => this.select("jobs"));
    this.toggle(this.hasAttribute("open") && matchMedia("(min-width: 1100px)").matches);
  }
  get isOpen() {
    return document.body.dataset.drawer === "open";
  }
  toggle(open, back = false) {
    document.body.dataset.drawer = open ? "open" : "closed";
    this.inert = !open;
    for (const handle of $$("[data-drawer-toggle]")) handle.setAttribute("aria-expanded", open);
    if (back) $("[data-drawer-toggle]").focus();
  }
  select(name) {
    for (const tab of this.tabs) {
      const chosen = tab.dataset.tab === name;
      tab.setAttribute("aria-selected", chosen);
      tab.tabIndex = chosen ? 0 : -1;
      $(`#${tab.getAttribute("aria-controls")}`).hidden = !chosen;
    }
    this.toggle(true);
  }
  arrow(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = this.tabs[(this.tabs.indexOf(document.activeElement) + step + this.tabs.length) % this.tabs.length];
    next.focus();
    this.select(next.dataset.tab);
  }
}
customElements.define("gw-drawer", GwDrawer);
