// <gw-upload>: send a SAFE zip or a vector file in pieces; a broken connection goes on where it stopped.

import { $, button, fieldError, h } from "../lib/dom.js";
import { api } from "../lib/api.js";
import { bytes } from "../lib/format.js";

const TRIES = 6;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

class GwUpload extends HTMLElement {
  connectedCallback() {
    this.input = $("input[type=file]", this);
    this.status = $("[data-status]", this);
    this.input.addEventListener("change", () => this.input.files[0] && this.send(this.input.files[0]));
    for (const type of ["dragover", "dragleave", "drop"]) this.addEventListener(type, (event) => this.drag(event));
  }
  drag(event) {
    event.preventDefault();
    this.toggleAttribute("data-over", event.type === "dragover");
    if (event.type === "drop" && event.dataTransfer.files[0]) this.send(event.dataTransfer.files[0]);
  }
  async send(file) {
    fieldError(this.input, "");
    this.input.disabled = true;
    this.aborted = false;
    try {
      const upload = await api("/api/uploads", { method: "POST", json: { filename: file.name, size: file.size, kind: this.dataset.kind || "scene" } });
      this.show(file, upload.offset);
      const done = await this.pieces(file, upload);
      if (done) this.finish(file, done);
    } catch (problem) {
      this.status.replaceChildren();
      fieldError(this.input, problem.errors?.[0]?.message || problem.message, problem.hint);
    }
    this.input.disabled = false;
    this.input.value = "";
  }
  async pieces(file, upload) {
    let { offset } = upload;
    const path = `/api/uploads/${upload.id}`;
    for (let tries = 0, state = upload; ;) {
      if (this.aborted) { await api(path, { method: "DELETE" }).catch(() => {}); return this.status.replaceChildren(); }
      if (state.state === "done" || state.state === "failed") return state;
      try {
        if (offset < file.size) state = await api(path, { method: "PATCH", body: file.slice(offset, offset + upload.chunk_bytes), headers: { "Upload-Offset": offset, "Content-Type": "application/octet-stream" } });
        else { await sleep(700); state = await api(path); }
        tries = 0;
      } catch (problem) {
        if ((problem.status && problem.status < 500 && problem.status !== 409) || ++tries > TRIES) throw problem;
        await sleep(500 * 2 ** tries);
        state = await api(path);
      }
      offset = state.offset ?? offset;
      this.show(file, offset);
    }
  }
  show(file, offset) {
    const percent = file.size ? Math.floor((100 * offset) / file.size) : 100;
    const bar = h("div", { class: "bar-track", role: "progressbar", "aria-label": `Upload of ${file.name}`, "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": String(percent) }, h("div", { class: "bar-fill" }));
    bar.firstChild.style.width = `${percent}%`;
    const text = offset < file.size ? `${bytes(offset)} of ${bytes(file.size)}` : "checking the file…";
    this.status.replaceChildren(h("div", { class: "progress-text" }, h("span", { class: "clip" }, file.name), h("span", { class: "num" }, text)), bar, button("x", "Stop the upload", () => { this.aborted = true; }));
  }
  finish(file, state) {
    this.status.replaceChildren();
    if (state.state === "failed") return fieldError(this.input, state.error.message, state.error.hint);
    this.status.append(h("p", { class: "note success" }, `${file.name} is ready.`));
    if (this.dataset.for) this.offer(file.name, state.vector);
    else document.dispatchEvent(new CustomEvent("scenesindexed", { detail: state }));
  }
  /** Choose what has arrived in the field that it was uploaded for. */
  offer(name, id) {
    const select = document.getElementById(this.dataset.for);
    select.append(h("option", { value: id, selected: true }, name));
    select.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
customElements.define("gw-upload", GwUpload);
