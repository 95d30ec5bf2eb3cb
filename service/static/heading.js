// The top of the left side: what is on screen, and the acts that it allows.

import { may, who } from "./api.js";
import { $, fill, make } from "./dom.js";
import { read } from "./draft.js";

/** `request`: the stored one on screen, or null; `can(action)` whether it allows that; `on`: {refuse, final, close, unmask}. */
export function heading(request, can, on) {
  fill($("mode"), request ? `诉求 ${request.ref || request.id}` : "新来电");
  fill($("tags"), request ? [make("span", { class: "tag" }, request.state_name), request.confidential ? make("span", { class: "tag warn" }, "保密") : "", request.owner && request.owner !== who ? make("span", { class: "tag warn" }, request.lapsed ? `${request.owner_name} 认领已过期` : `${request.owner_name} 正在处理`) : ""] : "");
  const later = read(who, "later", []).length;
  fill($("held"), later ? `挂起 ${later} 件` : "");
  const act = (words, key, go) => make("button", { type: "button", "data-key": key, onclick: go }, words, " ", make("kbd", {}, key));
  fill($("acts"), request ? [can("refuse") && may("request.refuse") ? act("退单", "R", on.refuse) : "", can("final") && may("request.final") ? act("定责", "F", on.final) : "", can("close") ? act("关闭", "X", on.close) : "", may("request.unmask") ? act("看原文", "U", on.unmask) : ""] : "");
}
