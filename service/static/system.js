import "./layout.js";
import { $ } from "./dom.js";
import * as models from "./models.js";
import { doing } from "./page.js";
import * as profiles from "./profiles.js";

const PARTS = ["profiles", "models"];

function show(name) {
  for (const each of PARTS) {
    $(`part-${each}`).hidden = each !== name;
    $(`to-${each}`).setAttribute("aria-pressed", String(each === name));
  }
  history.replaceState(null, "", `#${name}`);
}

for (const each of PARTS) $(`to-${each}`).addEventListener("click", () => show(each));
show(PARTS.includes(location.hash.slice(1)) ? location.hash.slice(1) : "profiles");
await profiles.start();
await doing(models.load);
