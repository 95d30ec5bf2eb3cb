import { post } from "./api.js";
import { $, problem } from "./dom.js";

const secret = location.hash.slice(1);
if (!secret) problem("链接不完整: 请用收到的完整链接打开。");
// The secret stays neither in the address bar nor in the browser's history.
history.replaceState(null, "", location.pathname);

$("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  problem("");
  if ($("password").value !== $("again").value) {
    problem("两次输入的密码不同。");
    $("again").focus();
    return;
  }
  try {
    await post("/invitations", { secret: secret || "-", password: $("password").value });
    location.assign("/login");
  } catch (failure) {
    problem(failure.message);
  }
});
