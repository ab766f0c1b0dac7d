// Runs once. Logs out, and keeps the address true: a new chat is no longer what a link led to.
document.addEventListener("click", async (event) => {
  if (event.target.closest("#anew")) history.replaceState(null, "", "/");
  const button = event.target.closest(".log-out");
  if (!button) return;
  try {
    await fetch("/logout", { method: "POST", redirect: "manual" });
  } catch {
    return tellBeside(button, "Not logged out: the server doesn’t answer.");
  }
  sessionStorage.clear(); // the next to log in here is another
  location.assign("/login");
});
