/* What every page of the site does with scripts. Without them every page works all the same. */
const menu = document.querySelector("#user-menu");

/* A menu closes as people expect one to. */
document.addEventListener("click", (event) => {
  if (menu?.open && !menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && menu?.open) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

/* What htmx could not fetch is said, and the page stays as it was. */
const failure = document.querySelector("#request-failed");
for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, () => {
    failure.hidden = false;
    failure.scrollIntoView({ block: "nearest" });
  });
}
document.addEventListener("htmx:beforeRequest", () => {
  failure.hidden = true;
});
