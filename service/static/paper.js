// A stored request as it is read, with what happened to it; and what can be looked up in the city's tables.

import { make, moment } from "./dom.js";
import { marked, phrases, places } from "./marks.js";

const ACTIONS = { create: "录入", claim: "开始处理", release: "放回", auto: "自动派单", accept: "采纳", choose: "改选", override: "改派", close: "关闭", refuse: "退单", escalate: "再次退单", final: "定责" };

function event(each, named) {
  const told = each.detail;
  return make("tr", {}, make("td", { class: "nowrap" }, moment(each.made_at)), make("td", { class: "nowrap" }, ACTIONS[each.action] || each.action), make("td", { class: "nowrap", title: each.made_by }, each.made_by_name), make("td", {}, [told.unit && named(told.unit, told.area), told.reason, told.note].filter(Boolean).join(" · ")));
}

/** Title, masked text with the phrases of a candidate lit, what else is known, and the history. */
export function paper(request, unit, named) {
  const lit = unit ? phrases(unit) : [];
  const facts = [request.place && `地点 ${request.place}`, request.caller_kind, request.channel, `受理 ${moment(request.received_at || request.made_at)}`, request.due_at && `办结期限 ${moment(request.due_at)}`];
  return [
    request.title ? make("h2", { class: "title" }, marked(request.title, places(request.title, lit))) : "",
    make("p", { class: "words" }, marked(request.text, places(request.text, lit))),
    make("p", { class: "small muted" }, facts.filter(Boolean).join(" · ")),
    make("h2", {}, "经过"),
    make("table", {}, make("tbody", {}, request.history.map((each) => event(each, named)))),
  ];
}

/** Units, each town as a unit where towns act for themselves, and items. */
export function entries(profile) {
  const { units = [], towns = [], items = [], town_unit: town } = profile || {};
  const unit = (each, code, area) => ({ kind: "unit", code, area, name: each.name, initials: each.initials });
  return [
    ...units.filter((each) => each.code !== town).map((each) => unit(each, each.code, "")),
    ...(town ? towns.map((each) => unit(each, town, each.code)) : []),
    ...items.map((each) => ({ kind: "item", code: each.code, name: each.path.join(" / "), initials: each.initials })),
  ];
}
