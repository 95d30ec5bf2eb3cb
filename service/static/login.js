import { post } from "./api.js";
import { $, problem } from "./dom.js";

/** Where to go on: only an address of this very service. */
function next() {
  const told = new URLSearchParams(location.search).get("next") || "/";
  const meant = new URL(told, location.origin);
  return meant.origin === location.origin && told.startsWith("/") && meant.pathname !== "/login" ? meant.pathname + meant.search : "/";
}

$("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  problem("");
  if (!$("account").value || !$("password").value) {
    problem("请填写账号和密码。");
    (!$("account").value ? $("account") : $("password")).focus();
    return;
  }
  try {
    await post("/login", { name: $("account").value.trim(), password: $("password").value });
    location.assign(next());
  } catch (failure) {
    problem(failure.message);
    $("password").select();
    $("password").focus();
  }
});
