/* Which rows are chosen, in a list whose rows come and go. Django's own script knows the rows the
   page came with and counts them for ever; this one counts those that are there, after it. */

export function watchSelection({ form, rows }) {
  const boxes = () => rows().map((row) => row.querySelector(".action-select:enabled")).filter((box) => box);
  const toggle = () => document.getElementById("action-toggle");

  function show() {
    const counter = form.querySelector(".action-counter");
    if (!counter || !toggle()) return;
    const all = boxes();
    const chosen = all.filter((box) => box.checked);
    counter.dataset.actionsIcnt = all.length;
    counter.textContent = `${chosen.length} of ${all.length} selected`;
    toggle().checked = all.length > 0 && chosen.length === all.length;
    toggle().disabled = !all.length;
  }

  /* A row that leaves is no longer chosen, also where Django still counts it. */
  function drop(row) {
    const box = row.querySelector(".action-select");
    if (box) Object.assign(box, { checked: false, disabled: true });
  }

  form.addEventListener("change", ({ target }) => {
    if (target === toggle()) {
      for (const box of boxes()) {
        box.checked = target.checked;
        box.closest("tr").classList.toggle("selected", box.checked);
      }
    } else if (!target.classList.contains("action-select")) return;
    show();
  });

  return { show, drop };
}
