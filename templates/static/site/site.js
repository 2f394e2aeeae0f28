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
