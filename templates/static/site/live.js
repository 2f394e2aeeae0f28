/* The page of live events: whatever arrives, as a line one can read. */
import { connect, MEANINGS, readUserId, tokenOfSession } from "./loyalty-events.js";
import { offerActions } from "./live-actions.js";
import { fill } from "./sentences.js";
import { inWordsOfThePage } from "./words.js";

const ROWS_MAX = 200;

const page = document.getElementById("live-page");
const texts = JSON.parse(document.getElementById("live-texts").textContent);
const list = page.querySelector(".live-events");
const empty = page.querySelector("[data-empty]");
const filter = document.getElementById("live-filter");
const pause = page.querySelector("[data-pause]");
const replay = page.querySelector("[data-replay]");
const state = page.querySelector(".live-state");
const paste = page.querySelector("[data-paste]");
const csrfToken = () => page.querySelector("[name=csrfmiddlewaretoken]").value;

let events = null;
let userId = page.dataset.userId ?? "";
let pasted = "";
let isPaused = false;
let waiting = [];

/* Lines */

function makeRow({ frame, told }) {
  const kind = texts.events[frame.event];
  const row = document.getElementById("live-row").content.firstElementChild.cloneNode(true);
  row.dataset.event = frame.event;
  row.querySelector("use").setAttribute("href", `${page.dataset.icons}#${kind?.icon ?? "bell"}`);
  row.querySelector("[data-sentence]").textContent = kind ? fill(kind.sentence, told, texts) : frame.event;
  row.querySelector("[data-name]").textContent = frame.event;
  row.querySelector("[data-seq]").textContent = frame.seq === null ? "" : `#${frame.seq}`;
  const time = row.querySelector("time");
  time.dateTime = frame.at;
  time.textContent = (isToday(frame.at) ? hours : days).format(new Date(frame.at));
  row.querySelector("pre").textContent = JSON.stringify(frame, null, 2);
  row.hidden = !isWanted(row);
  return row;
}

const language = document.documentElement.lang || undefined;
const hours = new Intl.DateTimeFormat(language, { timeStyle: "medium" });
const days = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
const isToday = (instant) => new Date(instant).toDateString() === new Date().toDateString();
const isWanted = (row) => !filter.value || row.dataset.event === filter.value;

function show(row) {
  list.prepend(row);
  while (list.children.length > ROWS_MAX) list.lastElementChild.remove();
  count();
}

function count() {
  const shown = [...list.children].filter((row) => !row.hidden).length;
  page.querySelector("[data-count]").textContent = list.children.length ? fill(texts.shown, { count: shown }, texts) : "";
  empty.hidden = list.children.length > 0;
}

function arrive(news) {
  if (!isPaused) {
    show(makeRow(news));
    return;
  }
  waiting = [...waiting, news].slice(-ROWS_MAX);
  sayPause();
}

function sayPause() {
  pause.setAttribute("aria-pressed", String(isPaused));
  pause.textContent = isPaused ? fill(texts.resume, { count: waiting.length }, texts) : texts.pause;
}

pause.addEventListener("click", () => {
  isPaused = !isPaused;
  const held = waiting;
  waiting = [];
  sayPause();
  held.forEach(arrive);
});

page.querySelector("[data-clear]").addEventListener("click", () => {
  waiting = [];
  list.replaceChildren();
  sayPause();
  count();
});

filter.addEventListener("change", () => {
  for (const row of list.children) row.hidden = !isWanted(row);
  count();
});

/* The connection */

function showStatus({ state: name, code, retrySeconds }) {
  state.dataset.state = name;
  const sentence = fill(texts.states[name], { userId, seconds: Math.ceil(retrySeconds ?? 0) }, texts);
  const meaning = code && name === "refused" ? texts.meanings[code] ?? MEANINGS[code] : "";
  state.querySelector("[data-say]").textContent = meaning ? `${sentence}. ${meaning}` : sentence;
  page.querySelector("[data-retry]").hidden = name !== "closed" && name !== "refused";
  replay.disabled = name !== "open";
  for (const part of page.querySelectorAll("[data-idle]")) part.hidden = name === "open";
  if (name === "open") {
    empty.lastElementChild.textContent = fill(texts.listening, { userId }, texts);
    actions?.offer({ userId, pasted });
    if (pasted) paste.open = false;
  }
}

async function getToken() {
  return pasted || tokenOfSession({ csrfToken, address: page.dataset.tokenAddress })();
}

/* The rest of the page fetches anew what changed, as on the other pages. What is replayed has changed long ago. */
function passOn({ event, data }) {
  if (pasted || events.status.state !== "open") return;
  document.body.dispatchEvent(new CustomEvent(`loyalty:${event}`, { detail: data }));
}

function listen(options = {}) {
  events?.close();
  events = connect({ getToken, storage: sessionStorage, ...options });
  events.on("status", showStatus);
  events.onAny((frame) => inWordsOfThePage(frame, (told) => arrive({ frame, told })));
  events.onAny(() => actions?.noteEvent());
  events.onAny(passOn);
  events.on("resync", (gone) => {
    empty.lastElementChild.textContent = fill(texts.gone, gone, texts);
  });
}

page.querySelector("[data-retry]").addEventListener("click", () => events.retry());

replay.addEventListener("click", () => {
  list.replaceChildren();
  count();
  listen({ lastSeq: 0 });
});

document.getElementById("live-token-form").addEventListener("submit", (submission) => {
  submission.preventDefault();
  pasted = submission.target.elements.token.value.trim().replace(/^Bearer\s+/i, "");
  userId = readUserId(pasted) ?? "";
  list.replaceChildren();
  count();
  listen();
});

const actions = offerActions({ page, texts, csrfToken });
if (userId) listen();
