// The workbench: a request that is being typed, or one of the queue; suggestions beside it; one key to send it.

import "./layout.js";
import { Failure, every, get, may, post, toLogin, who } from "./api.js";
import { acts } from "./acts.js";
import * as advice from "./advice.js";
import { analysis } from "./analysis.js";
import { cleared, townless } from "./checks.js";
import * as dialogs from "./dialogs.js";
import { $, fill, lasting, make, toast } from "./dom.js";
import { apart, blank, fresh, read, shelved, typedEarly, write } from "./draft.js";
import { heading } from "./heading.js";
import { bind } from "./keys.js";
import * as outbox from "./outbox.js";
import { entries } from "./paper.js";
import * as recipient from "./recipient.js";
import { figures } from "./shift.js";

const FIELDS = ["title", "text", "place", "caller_kind", "name", "phone"];
const state = { draft: read(who, "draft", fresh()), request: null, shown: null, chosen: 0, choice: recipient.none(), item: null, sure: "", profile: null, like: null, loading: false, queue: new URLSearchParams(location.search).get("queue") || "new", stale: false };
const unitName = (code) => state.profile?.units.find((each) => each.code === code)?.name || state.profile?.former[code] || code;
const named = (code, area) => state.profile?.towns.find((each) => each.code === area)?.name || unitName(code);
const shortName = (code, name) => state.profile?.units.find((each) => each.code === code)?.short || name;

// --- the draft and its suggestions

let asked = 0, touched = 0, timer = 0, likely = 0, running = null;

function body() {
  const { title, text, place, caller_kind, answers, begun } = state.draft;
  return { title, text, place, caller_kind, answers, received_at: begun };
}

function typed() {
  for (const name of FIELDS) state.draft[name] = $(name).value;
  state.draft.confidential = $("confidential").checked;
  if (!state.draft.begun && !blank(state.draft)) state.draft.begun = new Date().toISOString();
  if (!write(who, "draft", state.draft)) notice("这台机器的浏览器不能保存草稿, 请勿关闭窗口。");
  state.sure = "";
  quiet();
  timer = setTimeout(suggest, 250);
  touched += 1;
  state.stale = true;
  analyse();
}

/** Nothing more is asked of what was typed so far. */
const quiet = () => [timer, likely].forEach((each) => clearTimeout(each));

/** Asks for a suggestion of what is typed by now, and once nobody types for one that was read closely; an answer that comes after a newer
 * question is dropped. */
async function suggest() {
  quiet();
  const mine = ++asked, words = touched;
  running?.abort();
  if (blank(state.draft)) return settle(null);
  running = new AbortController();
  $("right").setAttribute("aria-busy", "true");
  try {
    const found = await post("/suggestions", body(), { signal: running.signal });
    if (mine !== asked || state.request) return;
    settle(found, words !== touched);
    if (!state.stale) likely = setTimeout(() => rested(mine), 1200);
  } catch (failure) {
    if (!(failure instanceof Failure) || mine !== asked) return;
    if (failure.passing) timer = setTimeout(suggest, 3000);
    else if (failure.code === "not_logged_in") lost();
    else if (failure.code === "text_empty") settle(null);
    else notice(failure.message);
  } finally {
    if (mine === asked) $("right").setAttribute("aria-busy", "false");
  }
}

/** `stale`: somebody typed since it was asked for. */
function settle(found, stale = false) {
  const before = state.choice.meant, top = $("candidates").offsetTop;
  state.stale = stale;
  recipient.settle(state, found);
  if (!found) advice.like((state.like = null), named);
  // Enter was meant for what had the focus, and must not send.
  if (draw()) recipient.hold(state);
  if (before && $("candidates").offsetTop !== top) recipient.shift(state);
}

async function rested(mine) {
  if (mine !== asked || state.stale) return;
  try {
    const found = await post("/suggestions?close=true", body(), { signal: running.signal });
    if (mine === asked && !state.request && !state.stale) settle(found);
  } catch {
    // What was read fast stands.
  }
  if (mine === asked && !state.stale) await similar(mine);
}

async function similar(mine) {
  try {
    const found = state.request ? await get(`/requests/${state.request.id}/similar`) : await post("/similar", { title: state.draft.title, text: state.draft.text });
    if (mine === asked) advice.like((state.like = found), named);
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
  }
}

// --- drawing

/** Whether what had the focus is gone. */
function draw() {
  const { request, shown } = state;
  const focused = document.activeElement;
  advice.show(shown, state.chosen, { pick: choose, picked: !!state.choice.picked, hint: state.choice.hint, answer, short: shortName, item: state.item?.name || "", split: request ? null : split });
  $("draft").hidden = !!request;
  $("stored").hidden = !request;
  const sendable = !!shown?.units.length && (!request || can("accept") || can("override"));
  $("send").disabled = !sendable;
  const unit = recipient.unit(state);
  fill($("send"), sendable && unit ? (state.sure === recipient.key(unit) ? `已转接, 确认派给 ${unit.name} ` : `派给 ${unit.name} `) : request && !can("override") ? `${request.state_name} ` : "派单 ", make("kbd", {}, "Enter"));
  heading(request, can, { refuse, final, close, unmask });
  analyse();
  const lost = !focused.isConnected && document.activeElement === document.body;
  if (lost) $("answers").focus({ preventScroll: true });
  return lost;
}

const can = (action) => state.request?.allowed.includes(action) ?? false;

const analyse = () => analysis(state, named);

function notice(words, ...more) {
  $("notice").hidden = !words;
  fill($("notice"), words || "", ...more);
}

const lost = () => notice("登录已结束, 草稿保留在本机。", make("button", { type: "button", onclick: toLogin }, "重新登录"));

// --- choosing and sending

function pick(index) {
  recipient.pick(state, index);
  draw();
}

/** By key or click, which may come a moment after the rows changed. */
function choose(index) {
  const why = recipient.moved(state, index);
  if (why) toast(why, true, 4000);
  else if (state.shown?.units[index]) pick(index);
}

async function answer(issue, code) {
  const answers = { ...(state.request ? state.request.suggestion?.answers : state.draft.answers), [issue]: code };
  if (!code) delete answers[issue];
  state.choice = recipient.none();
  if (!state.request) {
    state.draft.answers = answers;
    state.stale = true;
    write(who, "draft", state.draft);
    await suggest();
  } else {
    await guarded(async () => take(await post(`/requests/${state.request.id}/suggestions`, { answers })));
  }
  state.choice.send = 0;
  $("send").focus();
}

/** Sends it to the chosen candidate, or to `unit` {code, area, name} with a reason. */
async function send(unit = null, reason = "") {
  const seen = recipient.key(recipient.unit(state));
  if (state.stale && !state.request) await suggest();
  const meant = unit || recipient.unit(state);
  if (!meant || state.stale || (state.request && !can("override"))) return;
  const why = unit ? "" : recipient.waits(state) || (recipient.key(meant) === seen ? "" : `刚读出 ${meant.name}, 没有派出: 看过再派`);
  if (why) return toast(why, true, 4000);
  if (townless(meant, state.profile)) return;
  if (state.request?.owner && state.request.owner !== who && !state.request.lapsed) return notice(`${state.request.owner_name} 正在处理。按 T 接手, 再派单。`);
  if (state.request && !can("accept") && !reason) {
    const told = await dialogs.ask(`裁定: 派给 ${meant.name}`, { label: "裁定理由", ok: "裁定" });
    if (!told) return;
    [unit, reason] = [meant, told.words];
  }
  const said = await cleared(state, meant, draw);
  if (said === null) return;
  reason = [reason, said].filter(Boolean).join("; ");
  const choice = { unit: meant.code, area: meant.area || "", item: state.item?.code || "", reason, name: meant.name };
  if (state.request) await sendStored(choice, !!unit);
  else sendDraft(choice);
}

function sendDraft(choice) {
  const { key, name, phone, confidential, begun } = state.draft;
  const reading = state.shown?.versions.model.endsWith("+close") ? "close" : "fast"; // what is kept is what was on screen
  const item = { key, body: { ...body(), contact: { name, phone }, confidential, reading }, choice, begun, draft: state.draft };
  if (!outbox.put(item)) return notice("这台机器的浏览器不能保存派单, 请勿关闭窗口, 联系系统管理员。");
  begin(fresh());
}

async function sendStored(choice, other) {
  const { id, version, suggestion } = state.request;
  const action = other ? "override" : state.chosen === 0 ? "accept" : "choose";
  const sent = { version, action, suggestion: suggestion.id, unit: choice.unit, area: choice.area, reason: choice.reason, ...(choice.item ? { item: choice.item } : {}) };
  const key = `${id}-${version}-${fresh().key}`;
  try {
    await post(`/requests/${id}/decisions`, sent, { key });
    done({ choice, request: id }, { request: id });
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    if (!failure.passing) return refused(failure);
    if (!outbox.put({ key, request: id, body: sent, choice })) return notice("这台机器的浏览器不能保存派单, 请勿关闭窗口, 联系系统管理员。");
    state.request = null;
    begin(fresh());
  }
  await next();
}

function done(item, answer) {
  const took = item.begun ? `, 用时 ${lasting((Date.now() - new Date(item.begun)) / 1000)}` : "";
  toast(make("span", {}, `已派单: ${item.choice.name}${took} `, make("a", { href: `/?request=${answer.request}` }, `诉求 ${answer.request}`)));
  today();
}

function refused(failure) {
  if (failure.code === "not_logged_in") return lost();
  if (failure.code !== "conflict" && failure.code !== "wrong_state") return notice(failure.message);
  const { owner_name: owner, state: now } = failure.fields;
  notice(`他人已先处理${owner ? ` (${owner})` : ""}${now && now !== state.request?.state ? ", 状态已变" : ""}。您的选择没有生效。 `, make("button", { type: "button", id: "reload", onclick: reload }, "载入最新 ", make("kbd", {}, "L")));
  return $("reload").focus();
}

async function guarded(act) {
  try {
    await act();
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    refused(failure);
  }
}

// --- other acts

const { refuse, final, close, unmask, seize } = acts(state, { can: (action) => can(action), guarded, show: (id) => show(id) });

async function find() {
  const found = await dialogs.search(entries(state.profile));
  if (!found) return;
  if (found.kind === "item") {
    state.item = found;
    return draw();
  }
  const at = state.shown?.units.findIndex((each) => each.code === found.code && each.area === found.area) ?? -1;
  if (at >= 0) {
    pick(at);
    $("send").focus();
    return toast(`已选中候选 ${found.name}, 按 Enter 派单`);
  }
  if (!state.request && blank(state.draft)) return toast("先输入诉求, 再派单", true);
  const told = await dialogs.ask(`改派给 ${found.name}`, { label: "改派理由", ok: "派单" });
  if (told) await send(found, told.words);
}

function split(found) {
  if (state.request || !found?.length) return;
  const parts = apart(state.draft, found);
  write(who, "later", [...parts.slice(1), ...read(who, "later", [])]);
  begin(parts[0]);
  toast(`已拆成 ${parts.length} 件, 派出一件后按 N 接下一件`);
}

// --- moving on

function begin(draft) {
  asked += 1;
  quiet();
  Object.assign(state, { draft, request: null, shown: null, chosen: 0, choice: recipient.none(), item: null, sure: "", stale: false });
  write(who, "draft", draft);
  for (const name of FIELDS) $(name).value = draft[name];
  $("confidential").checked = draft.confidential;
  history.replaceState(null, "", location.pathname);
  notice("");
  advice.like((state.like = null), named);
  draw();
  $("text").focus();
  if (!blank(draft)) suggest();
}

function suspend() {
  state.draft = shelved(who, state.draft);
  leave();
}

/** What was taken up and not decided goes back to all. */
function leave() {
  const { request } = state;
  if (request && request.owner === who && can("release")) post(`/requests/${request.id}/release`, { version: request.version }, { keepalive: true }).catch(() => {});
}

async function next() {
  const typing = !state.request && !blank(state.draft);
  const later = read(who, "later", []);
  const before = state.request?.id;
  if (!typing && later.length) {
    leave();
    write(who, "later", later.slice(1));
    toast("先接挂起的一件; 派完再按 N, 从最急的开始");
    return begin(later[0]);
  }
  return guarded(async () => {
    const { requests } = await get(`/queue?name=${encodeURIComponent(state.queue)}&limit=50`);
    const found = requests.find((each) => each.id !== before && (!each.owner || each.owner === who || each.lapsed));
    if (found) {
      suspend();
      begin(fresh());
      await show(found.id, true);
    } else if (state.request) {
      leave();
      begin(fresh());
      toast("队列里没有待办了");
    } else toast("队列里没有待办了");
  });
}

function take(found) {
  state.request = found;
  state.item = null;
  state.sure = "";
  state.choice = recipient.none();
  settle(found.suggestion?.shown || null);
}

async function show(id, claim = false) {
  asked += 1;
  quiet();
  running?.abort();
  let found = await get(`/requests/${id}`);
  if (claim && found.allowed.includes("claim") && (!found.owner || found.lapsed) && may("request.decide")) {
    await post(`/requests/${id}/claim`, { version: found.version }, { key: `claim-${id}-${found.version}-${who}` }).catch((failure) => refused(failure));
    found = await get(`/requests/${id}`);
  }
  notice("");
  state.draft = shelved(who, state.draft);
  take(found);
  history.replaceState(null, "", `/?request=${id}${state.queue === "new" ? "" : `&queue=${state.queue}`}`);
  $("stored").scrollTop = 0;
  $("send").focus();
  if ($("send").disabled) $("stored").focus();
  similar(asked);
}

const reload = () => state.request && guarded(() => show(state.request.id, true));

function call() {
  suspend();
  begin(fresh());
}

const today = () => figures(lost, () => !state.shown && !state.request && !state.loading);

function waiting(items, failure) {
  $("outbox").hidden = !items.length;
  const bad = items.filter((each) => each.problem);
  const back = (item) => make("button", { type: "button", onclick: () => { outbox.take(item.key); if (item.draft) { suspend(); begin({ ...item.draft, key: fresh().key }); } else guarded(() => show(item.request)); } }, item.draft ? "取回修改" : "打开");
  fill($("outbox"), items.length > bad.length ? `${items.length - bad.length} 件派单待发出, 自动重试。` : "", bad.map((each) => make("span", {}, ` 派给 ${each.choice.name} 未成: ${each.problem} `, back(each))));
  if (failure?.code === "not_logged_in") lost();
}

// --- start

async function start() {
  bind({ shifted: () => recipient.shifted(state), pick: choose, send: () => send(), find, next, call, refuse, final, close, unmask, reload, seize, split: () => split(state.shown?.matters), stored: () => !!state.request });
  state.draft = typedEarly(who, state.draft, FIELDS);
  for (const name of [...FIELDS, "confidential"]) $(name).addEventListener("input", typed);
  $("text").addEventListener("scroll", () => ($("back").scrollTop = $("text").scrollTop));
  for (const [id, go] of [["send", () => send()], ["other", find], ["next", next], ["call", call], ["help", dialogs.help]]) $(id).addEventListener("click", go);
  addEventListener("pagehide", leave);
  const wanted = new URLSearchParams(location.search).get("request");
  get("/profile").then((found) => { state.profile = found; if (!state.loading) draw(); advice.like(state.like, named); }).catch(() => {});
  outbox.start(waiting, done, (item, failure) => toast(`派给 ${item.choice.name} 未成: ${failure.message}`, true));
  every(60, today);
  if (wanted) {
    $("draft").hidden = true;
    state.loading = true;
    fill($("mode"), `诉求 ${wanted}: 正在载入…`);
    try {
      await show(Number(wanted), true);
      return;
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure;
      begin(state.draft);
      notice(failure.message);
    } finally {
      state.loading = false;
    }
  } else if (new URLSearchParams(location.search).has("queue")) {
    begin(state.draft);
    await next();
  } else begin(state.draft);
}

start();
