import { post } from "./api.js";
import { $, problem } from "./dom.js";

const ROLES = { system_admin: "系统管理员", security_admin: "安全管理员", auditor: "审计员" };
const secret = location.hash.slice(1);
if ($("form") && !secret) problem("链接不完整: 请用服务首次启动时打印的完整链接打开。");
history.replaceState(null, "", location.pathname);

function wrong() {
  for (const [role, words] of Object.entries(ROLES)) {
    if (!$(`${role}-name`).value.trim()) return [`请填写${words}的账号。`, `${role}-name`];
    if ($(`${role}-password`).value !== $(`${role}-again`).value) return [`${words}: 两次输入的密码不同。`, `${role}-again`];
  }
  return null;
}

$("form")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  problem("");
  const found = wrong();
  if (found) {
    problem(found[0]);
    $(found[1]).focus();
    return;
  }
  const three = Object.fromEntries(Object.keys(ROLES).map((role) => [role, { name: $(`${role}-name`).value.trim(), password: $(`${role}-password`).value }]));
  try {
    await post("/setup", { secret: secret || "-", ...three });
    location.assign("/login");
  } catch (failure) {
    problem(failure.message);
  }
});
