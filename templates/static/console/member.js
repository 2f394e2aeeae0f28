/* A member's buttons ask in a dialog and stay on the page until it is done.
   Without this script each leads to a page that asks the same. */

const NUMBER = new Intl.NumberFormat(document.documentElement.lang || "en");

for (const button of document.querySelectorAll("[data-dialog]")) {
  button.addEventListener("click", (event) => {
    event.preventDefault();
    document.getElementById(button.dataset.dialog).showModal();
  });
}

for (const close of document.querySelectorAll(".dialog [data-close]")) {
  close.addEventListener("click", () => close.closest("dialog").close());
}

/* What the balance will be, while the number is being typed. */
function preview(form) {
  const line = form.querySelector(".dialog-preview");
  if (!line) return;
  const amount = Number(form.elements.amount.value);
  const before = Number(form.dataset.balance);
  const after = before + amount * Number(form.dataset.moves);
  line.hidden = !(Number.isInteger(amount) && amount > 0);
  line.textContent = after < 0
    ? `There are only ${NUMBER.format(before)} points to take.`
    : `The balance goes from ${NUMBER.format(before)} to ${NUMBER.format(after)}.`;
}

function show(form, errors) {
  for (const place of form.querySelectorAll("[data-errors]")) {
    const sentences = errors[place.dataset.errors] ?? [];
    place.textContent = sentences.join(" ");
    place.hidden = !sentences.length;
  }
}

/* A page that lost its session gets the sign-in page instead of what it asked for. */
async function send(form) {
  const answer = await fetch(form.action, {
    method: "POST",
    body: new URLSearchParams(new FormData(form)),
    headers: { Accept: "application/json" },
    credentials: "same-origin",
  });
  if (answer.redirected) throw new Error("You have been signed out. Reload this page to go on.");
  if (!answer.ok) throw new Error("The site did not answer as it should. Try again.");
  return answer.json();
}

for (const form of document.querySelectorAll(".dialog form")) {
  form.addEventListener("input", () => preview(form));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const submit = form.querySelector("[type=submit]");
    submit.disabled = true;
    try {
      const { url, errors } = await send(form);
      if (url) {
        location.assign(url);
        return;
      }
      show(form, errors);
    } catch (failure) {
      show(form, { __all__: [failure.message] });
    }
    submit.disabled = false;
  });
}
