"use strict";
/* Columns that hold nothing but numbers stand flush right, so that their digits line up. */
function markNumbers(table) {
  const isNumber = (text) => /^[+\-−]?\d[\d,.\u00a0]*$/.test(text);
  const rows = [...table.tBodies[0].rows];
  [...table.tHead.rows[0].cells].forEach((head, index) => {
    const cells = rows.map((row) => row.cells[index]).filter((cell) => cell);
    const texts = cells.map((cell) => cell.textContent.trim()).filter((text) => text && text !== "-");
    if (texts.length && texts.every(isNumber)) {
      for (const cell of [head, ...cells]) cell.classList.add("number");
    }
  });
}

/* Writes each column's name into its cells, so that narrow screens can show a row as a card. */
for (const table of document.querySelectorAll("#result_list")) {
  const names = [...table.querySelectorAll("thead th")].map((th) => {
    const text = th.querySelector(".text");
    return text && !th.classList.contains("action-checkbox-column") ? text.textContent.trim() : "";
  });
  for (const row of table.querySelectorAll("tbody tr")) {
    [...row.cells].forEach((cell, index) => { cell.dataset.label = names[index] ?? ""; });
  }
  markNumbers(table);
  table.classList.add("as-cards");
}

/* A thumb that misses the box still means it; as cards, the box for all of them says what it is. */
document.getElementById("result_list")?.addEventListener("click", ({ target }) => {
  if (target.matches("td.action-checkbox")) target.querySelector("input:enabled")?.click();
});
document.getElementById("action-toggle")?.after(
  Object.assign(document.createElement("label"), { htmlFor: "action-toggle", className: "all-label", textContent: "Select all" }),
);

/* A filter's list closes when the person turns to something else. */
const closeFilters = (except) => {
  for (const open of document.querySelectorAll("details.filter[open]")) {
    if (open !== except) open.open = false;
  }
};
document.addEventListener("click", (event) => closeFilters(event.target.closest("details.filter")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details.filter[open]");
  if (open) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});

/* What takes seconds is sent once. Coming back by the browser's own button finds it usable again. */
for (const form of document.querySelectorAll("form[data-once]")) {
  const submit = form.querySelector("[type=submit]");
  const words = submit.textContent;
  form.addEventListener("submit", () => {
    submit.disabled = true;
    submit.textContent = form.dataset.once;
  });
  addEventListener("pageshow", () => {
    submit.disabled = false;
    submit.textContent = words;
  });
}
