// Runs once. Logs out, and keeps the address true: a new chat is no longer what a link led to.
document.addEventListener("click", async (event) => {
  if (event.target.closest("#anew")) history.replaceState(null, "", "/");
  if (!event.target.closest(".log-out")) return;
  await fetch("/logout", { method: "POST", redirect: "manual" });
  sessionStorage.clear(); // the next to log in here is another
  location.assign("/login");
});
