/* Deciding many takes seconds: they are sent in parts, and the page says how far it is. What was
   decided stays decided, so after a broken connection only the rest is sent again. Without this
   script all of them go at once. */

const form = document.querySelector("form[data-part]");
const size = Number(form.dataset.part);
const rows = [...form.querySelectorAll("input[data-row]")];
const total = rows.length;
const submit = form.querySelector("[type=submit]");
const outcome = { decided: 0, returned: 0, warnings: [] };

const bar = Object.assign(document.createElement("progress"), { max: total, value: 0, hidden: true });
const words = document.createElement("p");
words.setAttribute("role", "status");
bar.setAttribute("aria-label", "Decided so far");
form.before(bar, words);

const number = (value) => value.toLocaleString("en");

async function send(part) {
  const body = new FormData(form);
  body.delete(form.dataset.row);
  for (const row of part) body.append(form.dataset.row, row.value);
  const answer = await fetch(form.action, {
    method: "POST",
    headers: { Accept: "application/json" },
    body: new URLSearchParams(body),
  });
  if (answer.redirected) throw new Error("You have been signed out.");
  if (!answer.ok) throw new Error("The server could not go on.");
  return answer.json();
}

function show() {
  const done = total - rows.length;
  bar.hidden = false;
  bar.value = done;
  words.textContent = `${number(done)} of ${number(total)} decided…`;
}

function finish() {
  const { decided, returned, warnings } = outcome;
  const back = returned ? ` ${number(returned)} points went back.` : "";
  words.textContent = `${form.dataset.done}: ${number(decided)} of ${number(total)}.${back}`;
  const list = document.createElement("ul");
  list.className = "left-out";
  list.replaceChildren(...warnings.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
  const link = form.querySelector(".closelink");
  link.className = "button";
  form.replaceWith(list, link);
  link.focus();
}

form.addEventListener("submit", async (event) => {
  if (total <= size) return;
  event.preventDefault();
  words.classList.remove("errornote");
  try {
    while (rows.length) {
      show();
      const { errors, decided, returned, notes } = await send(rows.slice(0, size));
      if (errors) {
        // Which the server says on the page itself.
        form.submit();
        return;
      }
      rows.splice(0, size);
      outcome.decided += decided;
      outcome.returned += returned;
      outcome.warnings.push(...notes.filter(({ level }) => level === "warning").map(({ text }) => text));
    }
    bar.value = total;
    finish();
  } catch (failure) {
    const reason = failure instanceof TypeError ? "The connection broke." : failure.message;
    words.classList.add("errornote");
    words.textContent = `${reason} ${number(total - rows.length)} of ${number(total)} are decided; send the rest again.`;
    submit.disabled = false;
    submit.textContent = "Send the rest";
  }
});
