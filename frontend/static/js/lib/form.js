// A service's form, as the server rendered it from the declaration: fill it, read it, put errors beside its fields.

import { $, $$, fieldError, h } from "./dom.js";

/** Offer the chosen scenes in every scene parameter; a pair takes the earlier one first. */
export function offerScenes(form, scenes, values) {
  for (const list of $$("gw-scene-list", form)) list.offer(scenes);
  const selects = $$("select[data-kind=scene]", form);
  const byDate = [...scenes].sort((a, b) => (a.datetime || "").localeCompare(b.datetime || ""));
  const used = new Set();
  for (const select of selects) {
    const accepts = (select.dataset.accepts || "").split(" ").filter(Boolean);
    const fits = byDate.filter((scene) => !accepts.length || accepts.includes(scene.product_type));
    const optional = Boolean(select.dataset.optional);
    const chosen = fits.find((scene) => scene.id === values[select.name] && !used.has(scene.id)) || (optional ? null : fits.find((scene) => !used.has(scene.id)) || fits[0]);
    const nothing = optional ? "None" : fits.length ? "" : scenes.length ? "None of the chosen scenes fits" : "Choose a scene first";
    select.replaceChildren(...(nothing ? [h("option", { value: "" }, nothing)] : []),
      ...fits.map((scene) => h("option", { value: scene.id, selected: scene.id === chosen?.id, title: scene.name }, scene.title)));
    if (chosen) used.add(chosen.id);
  }
}

/** Below a field of bands, the bands that every chosen scene has: pressed ones are in the field. */
export function offerBands(form, scenes) {
  for (const field of $$("input[data-kind=bands]", form)) {
    const chips = $(".band-chips", field.parentElement);
    const common = (scenes[0]?.bands || []).filter((band) => scenes.every((scene) => (scene.bands || []).includes(band)));
    const typed = () => field.value.toUpperCase().split(/[,\s]+/).filter(Boolean);
    const press = (band) => {
      const now = typed();
      const next = now.includes(band) ? now.filter((b) => b !== band) : common.filter((b) => b === band || now.includes(b));
      field.value = next.join(",");
      field.dispatchEvent(new Event("input", { bubbles: true }));
    };
    const mark = () => $$("button", chips).forEach((chip) => chip.setAttribute("aria-pressed", typed().includes(chip.textContent)));
    chips.replaceChildren(...common.map((band) => h("button", { type: "button", class: "chip", onclick: () => press(band) }, band)));
    field.oninput = mark;
    mark();
  }
}

/** Put what there is to choose from now (results, trained networks) into a form that was rendered earlier. */
export function renewChoices(form, html) {
  const fresh = h("template");
  fresh.innerHTML = html;
  for (const select of $$("select[data-kind=result], select[data-kind=model]", form)) {
    const { value } = select;
    select.replaceChildren(...($(`#${select.id}`, fresh.content)?.childNodes || []));
    if ([...select.options].some((option) => option.value === value)) select.value = value;
  }
}

export function fillForm(form, values) {
  for (const [name, value] of Object.entries(values)) {
    for (const field of $$(`[name="${name}"]`, form)) {
      if (field.dataset.kind === "scene") continue;
      if (field.dataset.kind === "scenes") { field.closest("gw-scene-list").fill(value); continue; }
      if (["result", "model"].includes(field.dataset.kind) && value && ![...field.options].some((option) => option.value === value)) field.append(h("option", { value }, `As before (${value.slice(0, 8)})`));
      if (field.type === "checkbox" && field.dataset.type === "boolean") field.checked = Boolean(value);
      else if (field.type === "checkbox" && field.dataset.kind !== "area") field.checked = [].concat(value).map(String).includes(field.value);
      else if (field.type === "radio") field.checked = String(value) === field.value;
      else if (field.dataset.kind !== "area") field.value = Array.isArray(value) ? value.join(", ") : value ?? "";
    }
  }
}

/** Return the parameters: empty optional fields are left to their defaults; what is not a number is sent as typed. */
export function readForm(form, area) {
  const values = {};
  const lists = new Set($$("[data-type=array][type=checkbox]", form).map((field) => field.name));
  for (const name of lists) values[name] = $$(`[name="${name}"]:checked`, form).map((field) => field.value);
  for (const field of $$("[name][data-type]", form)) {
    const value = valueOf(field, area);
    if (value !== undefined && !lists.has(field.name)) values[field.name] = value;
  }
  for (const name of lists) if (!values[name].length && $(`[name="${name}"]`, form).dataset.optional) delete values[name];
  return values;
}

function valueOf(field, area) {
  if (field.dataset.kind === "scenes") return field.checked ? field.closest("gw-scene-list").value : undefined;
  if (field.dataset.kind === "area") return !area ? undefined : field.checked ? area.wkt : null;
  if (field.type === "checkbox") return field.checked;
  if (field.type === "radio" && !field.checked) return undefined;
  const text = field.value.trim();
  if (text === "") return undefined;
  if (["number", "integer"].includes(field.dataset.type)) {
    const number = Number(text.replace(",", "."));
    return Number.isFinite(number) ? number : text;
  }
  if (field.dataset.type === "array") return text.split(/[,\s]+/).filter(Boolean).map((part) => (field.dataset.items === "string" ? part : Number.isFinite(Number(part)) ? Number(part) : part));
  return text;
}

export function clearErrors(form) {
  for (const field of $$("[data-field] [name]", form)) fieldError(field, "");
}

/** The field that an error is about, if it stands in the form. */
export function fieldOf(form, error) {
  const name = String(error.field || "").split(".").at(error.field?.startsWith("parameters.") ? 1 : 0);
  return $(`[data-field="${CSS.escape(name)}"] [name]`, form);
}

/** Put each error beside its field; returns those that belong to none. */
export function showErrors(form, errors) {
  clearErrors(form);
  const homeless = [];
  let first = null;
  for (const error of errors) {
    const field = fieldOf(form, error);
    if (!field) { homeless.push(error); continue; }
    field.closest("details")?.setAttribute("open", "");
    fieldError(field, error.message.charAt(0).toUpperCase() + error.message.slice(1), error.hint);
    first ||= field;
  }
  first?.focus();
  return homeless;
}
