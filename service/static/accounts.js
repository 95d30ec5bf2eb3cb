import "./layout.js";
import { Failure, get, may, post, toLogin, who } from "./api.js";
import { ask } from "./dialogs.js";
import { $, day, fill, make, moment, problem, toast } from "./dom.js";

let roles = {}, provider = false;

async function doing(act, words) {
  try {
    await act();
    problem("");
    if (words) toast(words);
    await load();
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    if (failure.code === "not_logged_in") return toLogin();
    problem(failure.message);
  }
}

/** A secret is shown once and kept nowhere. */
function reveal(words, value) {
  $("secret").hidden = false;
  fill($("secret"), make("strong", {}, words), " 只显示这一次: ", make("code", { tabindex: "0" }, value), " ", make("button", { type: "button", onclick: () => { fill($("secret")); $("secret").hidden = true; } }, "已抄下, 收起"));
  $("secret").querySelector("code").focus();
}

const invitation = (secret) => `${location.origin}/invitation#${secret}`;

function state(each) {
  if (each.disabled) return make("span", { class: "tag bad" }, "已停用");
  if (each.locked_until && new Date(each.locked_until) > new Date()) return make("span", { class: "tag warn" }, `锁定到 ${moment(each.locked_until)}`);
  return make("span", { class: each.active ? "tag good" : "tag" }, each.active ? (each.role ? "可用" : "等待授权") : "等待本人设密码");
}

async function bind(each) {
  const said = each.subject ? { words: "" } : await ask(`绑定 ${each.name}`, { note: "本人首次用统一身份认证登录时会按账号名自动绑定。只有两边账号名不同时才需要在这里填写。", label: "统一身份认证中的用户标识 (sub)", least: 1, ok: "绑定" });
  if (said) doing(() => post(`/accounts/${each.id}/subject`, { subject: said.words }), each.subject ? "已解除绑定" : "已绑定");
}

/** The list of roles, and beside it, once another one is chosen, the button that grants it: stepping through a list must grant nothing. */
function choice(each, button) {
  const give = button("授权", () => doing(() => post(`/accounts/${each.id}/role`, { role: list.value }), "已授权"), "main");
  give.hidden = true;
  const list = make("select", { "aria-label": `${each.name} 的角色`, class: "slim", onchange: () => (give.hidden = list.value === each.role) },
    make("option", { value: "", disabled: true, selected: !each.role }, "无"), Object.entries(roles).map(([code, words]) => make("option", { value: code, selected: code === each.role }, words)));
  return make("span", { class: "row" }, list, give);
}

function row(each) {
  const button = (words, act, kind = "") => make("button", { type: "button", class: kind, onclick: act, "aria-label": `${words} ${each.name}` }, words);
  const role = may("account.grant") && each.name !== who ? choice(each, button) : each.role_name || "无";
  return make("tr", {}, make("td", {}, each.name), make("td", {}, each.shown), make("td", {}, role), make("td", {}, state(each), provider && each.subject ? [" ", make("span", { class: "tag", title: each.subject }, "已绑定")] : ""), make("td", { class: "nowrap" }, make("span", { class: "row" },
    may("account.lock") ? button(each.disabled ? "启用" : "停用", () => doing(() => post(`/accounts/${each.id}/disabled`, { disabled: !each.disabled }), each.disabled ? "已启用" : "已停用"), each.disabled ? "" : "danger") : "",
    may("account.lock") && each.locked_until ? button("解锁", () => doing(() => post(`/accounts/${each.id}/unlock`), "已解锁")) : "",
    may("account.invite") ? button("重新邀请", () => doing(async () => reveal(`${each.name} 的邀请链接`, invitation((await post(`/accounts/${each.id}/invitation`)).secret)))) : "",
    may("account.bind") && provider ? button(each.subject ? "解除绑定" : "绑定", () => bind(each)) : "")));
}

async function load() {
  const found = await get("/accounts");
  ({ roles, provider } = found);
  fill($("rows"), found.accounts.map(row));
  if (!may("token.write")) return;
  const { tokens } = await get("/tokens");
  fill($("tokens"), !tokens.length ? make("tr", {}, make("td", { colspan: "4", class: "empty" }, "还没有机器令牌")) : tokens.map((each) => make("tr", {}, make("td", {}, each.name), make("td", {}, each.made_by), make("td", {}, each.ended_at ? `已终止 ${moment(each.ended_at)}` : day(each.expires_at)), make("td", {}, each.ended_at ? "" : make("button", { type: "button", class: "danger", "aria-label": `终止 ${each.name}`, onclick: () => doing(() => post(`/tokens/${each.id}/end`), "已终止") }, "终止")))));
}

$("create")?.addEventListener("submit", (event) => {
  event.preventDefault();
  doing(async () => {
    const made = await post("/accounts", { name: $("account").value.trim(), shown: $("shown").value.trim() });
    event.target.reset();
    reveal(`${made.account.name} 的邀请链接`, invitation(made.secret));
  });
});
$("token")?.addEventListener("submit", (event) => {
  event.preventDefault();
  doing(async () => reveal("令牌", (await post("/tokens", { name: $("token-name").value.trim(), days: Number($("days").value) })).secret));
});
doing(() => {});
