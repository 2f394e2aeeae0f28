/* The queue stays true while it is open, and is worked through without leaving it.
   Without this script every button still works, by pages. */
import { connect, tokenOfSession } from "../site/loyalty-events.js";
import { watchKeys } from "./keys.js";
import { watchSelection } from "./selection.js";

const POLL_SECONDS = 20;
const GATHER_SECONDS = 0.5;
const TOAST_SECONDS = 8;

const queue = document.getElementById("queue");
const form = document.getElementById("changelist-form");
const toasts = document.querySelector(".toasts");
const decidedHere = new Set();

const table = () => document.getElementById("result_list");
const rows = () => [...(table()?.tBodies[0]?.rows ?? [])];
const idOf = (row) => row.querySelector("[data-redemption]")?.dataset.redemption;
const statusOf = (row) => row.querySelector(".status-pill")?.textContent.trim();
const titleOf = (row) =>
  `${row.querySelector(".field-reward_title").textContent.trim()}, ${row.querySelector(".member-name").textContent.trim()}`;
const token = () => form.querySelector("[name=csrfmiddlewaretoken]").value;

function tell(level, text) {
  const item = document.createElement("li");
  item.className = level;
  item.textContent = text;
  toasts.append(item);
  setTimeout(() => item.remove(), TOAST_SECONDS * 1000);
}

/* A page that lost its session gets the sign-in page instead of what it asked for. */
async function ask(address, options = {}) {
  const answer = await fetch(address, { credentials: "same-origin", cache: "no-store", ...options });
  if (answer.redirected) throw new Error("You have been signed out. Reload this page to go on.");
  if (!answer.ok) throw new Error("The site did not answer as it should. Try again.");
  return answer;
}

/* Keeping true */

async function fetchRows() {
  const answer = await ask(location.href, { headers: { "X-Fragment": "rows" } });
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

async function fetchStandings(ids) {
  if (!ids.length) return {};
  const query = new URLSearchParams(ids.map((id) => ["id", id]));
  return (await ask(`${queue.dataset.standings}?${query}`)).json();
}

function dress(row) {
  const names = [...table().tHead.rows[0].cells].map((head) => head.querySelector(".text")?.textContent.trim() ?? "");
  [...row.cells].forEach((cell, index) => {
    cell.dataset.label = cell.classList.contains("action-checkbox") ? "" : names[index] ?? "";
    if (table().tHead.rows[0].cells[index]?.classList.contains("number")) cell.classList.add("number");
  });
  return row;
}

function merge(fresh) {
  const known = new Map(rows().map((row) => [idOf(row), row]));
  const seen = new Set();
  let arrived = 0;
  let before = null;
  for (const row of fresh) {
    const id = idOf(row);
    seen.add(id);
    const old = known.get(id);
    if (old && statusOf(old) === statusOf(row) && !old.classList.contains("is-gone")) {
      old.querySelector(".age").textContent = row.querySelector(".age").textContent;
      before = old;
      continue;
    }
    const now = dress(document.adoptNode(row));
    now.tabIndex = -1;
    if (old) {
      const hadFocus = old.contains(document.activeElement);
      old.replaceWith(now);
      now.classList.add("is-changed");
      if (hadFocus) now.focus();
    } else {
      if (before) before.after(now);
      else table().tBodies[0].prepend(now);
      now.classList.add("is-new");
      arrived += 1;
    }
    before = now;
  }
  return { arrived, missing: rows().filter((row) => !seen.has(idOf(row)) && !row.classList.contains("is-gone")) };
}

/* A row somebody else decided stays where it was, and says so. */
function mark(row, { label, by }) {
  row.classList.add("is-gone");
  selection.drop(row);
  const note = document.createElement("span");
  note.className = "gone-note";
  note.textContent = by ? `${label} by ${by} a moment ago` : `${label} a moment ago`;
  (row.querySelector(".field-decision") ?? row.querySelector(".field-status_pill")).replaceChildren(note);
}

function leave(row) {
  const next = row.nextElementSibling ?? row.previousElementSibling;
  const hadFocus = row.contains(document.activeElement) || row.classList.contains("is-current");
  selection.drop(row);
  row.remove();
  if (hadFocus && next) keys.goTo(next);
}

async function settle(missing) {
  const others = missing.filter((row) => !decidedHere.has(idOf(row)));
  const standings = await fetchStandings(others.map(idOf));
  for (const row of missing) {
    const standing = standings[idOf(row)];
    if (standing && standing.label !== statusOf(row)) mark(row, standing);
    else leave(row);
  }
}

function showCounts(page) {
  const pages = page.querySelector(".paginator");
  if (pages) document.querySelector("#changelist-form .paginator")?.replaceWith(pages);
  const pending = page.querySelector("[data-pending]")?.dataset.pending ?? "";
  const link = document.querySelector(`#console-nav a[href="${location.pathname}"]`);
  const count = link?.querySelector(".count");
  if (count) {
    count.lastChild.textContent = pending;
    count.hidden = !pending;
  }
}

let refreshing = null;
let again = false;

async function refreshOnce() {
  const page = await fetchRows();
  const fresh = [...page.querySelectorAll("#result_list tbody tr")];
  if (!table()) {
    if (fresh.length) location.reload();
    return;
  }
  const { arrived, missing } = merge(fresh);
  await settle(missing);
  showCounts(page);
  selection.show();
  if (arrived) tell("info", arrived === 1 ? "A redemption arrived." : `${arrived} redemptions arrived.`);
  if (!rows().length) showEmpty(page);
}

function showEmpty(page) {
  form.querySelector(".actions")?.remove();
  const empty = page.querySelector(".empty");
  if (empty) form.querySelector(".results").replaceWith(empty);
  else location.reload();
}

/* One at a time; what is heard meanwhile is one more look afterwards. */
async function refresh() {
  if (refreshing) {
    again = true;
    return refreshing;
  }
  refreshing = (async () => {
    do {
      again = false;
      await refreshOnce();
    } while (again);
  })();
  try {
    await refreshing;
  } finally {
    refreshing = null;
  }
}

let gathering = null;
function refreshSoon() {
  gathering ??= setTimeout(() => {
    gathering = null;
    refresh().catch(() => {});
  }, GATHER_SECONDS * 1000);
}

/* Deciding */

/* The socket may tell of the decision before the answer to it comes. */
async function send(address, fields, id) {
  const body = new URLSearchParams([["csrfmiddlewaretoken", token()], ...fields]);
  decidedHere.add(id);
  let said = {};
  try {
    const answer = await ask(address, { method: "POST", body, headers: { Accept: "application/json" } });
    said = await answer.json();
  } finally {
    if (!said.notes?.some(({ level }) => level === "success")) decidedHere.delete(id);
  }
  if (said.errors) return said.errors;
  for (const { level, text } of said.notes) tell(level, text);
  await refresh();
  return null;
}

async function decide(button) {
  const row = button.closest("tr");
  for (const other of row.querySelectorAll(".button.decide")) other.disabled = true;
  try {
    await send(button.formAction, [], idOf(row));
  } catch (error) {
    tell("error", error.message);
    for (const other of row.querySelectorAll(".button.decide")) other.disabled = false;
  }
}

const dialog = document.getElementById("reject-dialog");
let rejected = null;

function askWhy(row) {
  rejected = row;
  const paper = dialog.querySelector("form");
  paper.reset();
  paper.elements.redemption.value = idOf(row);
  dialog.querySelector("[data-what]").textContent =
    `${titleOf(row)}: ${row.querySelector(".field-price").textContent.trim()} points go back.`;
  dialog.querySelector("#reject-error").hidden = true;
  dialog.showModal();
}

dialog?.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const paper = event.target;
  const error = dialog.querySelector("#reject-error");
  const submit = paper.querySelector("[type=submit]");
  submit.disabled = true;
  try {
    const fields = ["redemption", "reason", "member_note"].map((name) => [name, paper.elements[name].value]);
    const errors = await send(paper.action, fields, paper.elements.redemption.value);
    error.textContent = errors?.reason?.join(" ") ?? "";
    error.hidden = !errors;
    if (!errors) dialog.close();
  } catch (failure) {
    error.textContent = failure.message;
    error.hidden = false;
  } finally {
    submit.disabled = false;
  }
});
/* The focus goes back to the row, which the browser cannot do when the button has gone with it. */
dialog?.addEventListener("close", () => {
  const row = rejected?.isConnected ? rejected : rows().find((each) => each.classList.contains("is-current"));
  if (row) keys.goTo(row);
});

for (const close of document.querySelectorAll("[data-close]")) {
  close.addEventListener("click", () => close.closest("dialog").close());
}

form?.addEventListener("click", (event) => {
  const button = event.target.closest("tbody .button.decide");
  if (!button) return;
  event.preventDefault();
  if (button.classList.contains("reject")) askWhy(button.closest("tr"));
  else decide(button);
});

const keys = watchKeys({ rows });
const selection = watchSelection({ form, rows });
document.querySelector(".shortcuts-button").hidden = false;

/* Listening */

const live = document.querySelector(".live");
function showState(isLive) {
  live.hidden = false;
  live.classList.toggle("is-live", isLive);
  live.textContent = isLive ? "Live" : `Refreshes every ${POLL_SECONDS} seconds`;
}

let isLive = false;
setInterval(() => {
  if (!isLive && !document.hidden) refresh().catch(() => {});
}, POLL_SECONDS * 1000);
/* Ages grow and frames get lost: a look when the person comes back. */
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) refreshSoon();
});

showState(false);
if (queue.dataset.token) {
  const events = connect({ getToken: tokenOfSession({ csrfToken: token, address: queue.dataset.token }) });
  events.on("status", ({ state }) => {
    isLive = state === "open";
    showState(isLive);
    if (isLive) refreshSoon();
  });
  events.on("redemption-requested", refreshSoon);
  events.on("redemption-decided", refreshSoon);
}
