// Every page: menus that close, forms that ask first, messages from the server.

import { $$, confirm } from "./lib/dom.js";

document.addEventListener("click", (event) => {
  for (const menu of $$("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of $$("details.menu[open]")) { menu.open = false; menu.querySelector("summary").focus(); }
});
for (const form of $$("form[data-confirm]")) {
  form.addEventListener("submit", async (event) => {
    if (form.dataset.confirmed) return;
    event.preventDefault();
    if (!(await confirm(form.dataset.confirm, { detail: form.dataset.detail || "", yes: form.dataset.yes || "Yes" }))) return;
    form.dataset.confirmed = "yes";
    form.requestSubmit(event.submitter);
  });
}
for (const control of $$("[data-copy]")) {
  control.addEventListener("click", async () => {
    await navigator.clipboard.writeText(control.dataset.copy);
    control.querySelector("span").textContent = "Copied";
  });
}
