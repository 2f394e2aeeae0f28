/* Letters that walk through a list and press its buttons. They are quiet where somebody types. */
const TYPED_IN = "input:not([type=checkbox]), textarea, select, [contenteditable]";

export function watchKeys({ rows }) {
  const current = () => rows().find((row) => row.classList.contains("is-current"));

  function goTo(row) {
    current()?.classList.remove("is-current");
    row.classList.add("is-current");
    row.tabIndex = -1;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  function step(by) {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(current());
    const to = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(all.length - 1, at + by));
    goTo(all[to]);
  }

  const press = (selector) => current()?.querySelector(selector)?.click();
  const actions = {
    j: () => step(1),
    k: () => step(-1),
    a: () => press(".button.decide:is(.approve, .complete)"),
    r: () => press(".button.decide.reject"),
    x: () => press("[name=_selected_action]"),
    o: () => press("th a"),
    "/": () => document.getElementById("searchbar")?.focus(),
    "?": () => document.getElementById("shortcuts-dialog").showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat && !"jk".includes(event.key)) return;
    if (event.target.closest?.(TYPED_IN) || document.querySelector("dialog[open]")) return;
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
  document.addEventListener("focusin", ({ target }) => {
    const row = target.closest?.("#result_list tbody tr");
    if (!row || row.classList.contains("is-current")) return;
    current()?.classList.remove("is-current");
    row.classList.add("is-current");
  });
  document.querySelector(".shortcuts-button")?.addEventListener("click", actions["?"]);
  return { goTo };
}
