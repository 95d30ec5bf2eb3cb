// The left side below the words: the elements found, what to ask, and the words that speak for the chosen candidate lit in the text.

import { $, fill, make } from "./dom.js";
import { blank } from "./draft.js";
import { elements } from "./elements.js";
import { marked } from "./marks.js";
import { paper } from "./paper.js";
import { unit as meant } from "./recipient.js";

/** `state` is the workbench's; `named(code, area)` the name of a unit or town. */
export function analysis(state, named) {
  const { request, shown, draft } = state;
  const unit = meant(state);
  const found = elements(request ? { title: request.title, text: request.text, place: request.place, contact: request.has_contact ? "已登记" : "" } : { ...draft, contact: draft.phone || draft.name }, shown);
  const nothing = !request && blank(draft);
  fill($("elements"), found.map((each) => make("li", { class: each.found ? "found" : nothing ? "" : "lacking", title: each.found || null }, nothing ? each.name : `${each.found ? "✓" : "缺"} ${each.name}`, each.found ? `: ${each.found}` : "")));
  fill($("missing"), nothing ? "" : found.filter((each) => !each.found).slice(0, 3).map((each) => make("li", {}, make("b", {}, each.name), each.ask)));
  if (request) {
    fill($("stored"), paper(request, unit, named));
  } else {
    const spans = unit && !state.stale ? unit.reasons.flatMap((each) => each.spans).filter((each) => each.field === "text") : [];
    fill($("back"), marked(draft.text, spans), "\n");
    $("back").scrollTop = $("text").scrollTop;
  }
}
