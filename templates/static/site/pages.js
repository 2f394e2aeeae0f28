/* What pages can do beyond links and forms: copy, share, and send a form once. Without it all else works. */

/* Of a row that is wider than the window, show where we are. */
for (const current of document.querySelectorAll(".pages [aria-current], .tabs [aria-current], .choices [aria-current]")) {
  const row = current.closest(".pages, .tabs, .choices");
  const [seen, wanted] = [row, current].map((each) => each.getBoundingClientRect());
  row.scrollLeft += wanted.left + wanted.width / 2 - seen.left - seen.width / 2;
}

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  const told = button.parentElement.querySelector("[data-copied]");
  try {
    await navigator.clipboard.writeText(source.textContent.trim());
    told.textContent = told.dataset.copied;
  } catch {
    /* Where the browser forbids it, the text is at least marked. */
    getSelection().selectAllChildren(source);
    told.textContent = told.dataset.marked;
  }
}

function share(button) {
  const { share: url, shareText: text } = button.dataset;
  /* Whoever closes the dialog changed their mind; that is no error. */
  navigator.share({ url, text }).catch(() => {});
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-copy], [data-share]");
  if (button?.dataset.copy) copy(button);
  else if (button) share(button);
});

/* What needs a script shows only where there is one. */
function reveal(part) {
  for (const button of part.querySelectorAll("[data-copy]")) button.hidden = false;
  for (const button of part.querySelectorAll("[data-share]")) button.hidden = !navigator.share;
}
reveal(document);
document.addEventListener("htmx:load", ({ target }) => reveal(target.parentElement ?? document));

for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", () => {
    /* After the browser has taken the form, or the button's own value would be lost. */
    setTimeout(() => form.querySelector("[type=submit]").setAttribute("disabled", ""));
  });
}
/* A page that comes back from the browser's memory is a new one. */
addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) return;
  for (const button of document.querySelectorAll("form[data-once] [type=submit]")) button.removeAttribute("disabled");
});
