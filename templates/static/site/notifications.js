/* What happens to the member while a page is open: a toast that leads to the fitting page, and parts of
   the page that fetch themselves anew. The words stand in the page (site/parts/toasts.html), so that they
   are in the member's language.

   Each event is passed on as `loyalty:<name>` on the body, which htmx can trigger on. */

import { connect, tokenOfSession } from "./loyalty-events.js";
import { tellLastUse } from "./last-use.js";
import { inWordsOfThePage } from "./words.js";

const SHOWN_MAX = 4;
const SHOWN_SECONDS = 12;
const SPARE_SECONDS = 30;
/* These bring an event of their own that says more. */
const TOLD_OTHERWISE = new Set(["spend", "reversal"]);

const template = document.getElementById("toast-words");
const words = template?.content;
const toasts = document.getElementById("live");

/* What stands for the placeholders of an event's sentence. */
const FACTS = {
  "pointsUpdated": ({ change, balance, description }) => ({ points: Math.abs(change), balance, description }),
  "level-up": ({ level }) => ({ level: level.name.charAt(0).toUpperCase() + level.name.slice(1) }),
  "points-expiring": ({ points, expiresAt }) => ({ points, day: tellLastUse(expiresAt) }),
  "badge-earned": ({ badge, points }) => ({ badge: badge.name, points }),
  "rewardRedeemed": ({ title, points }) => ({ title, points }),
  "redemption-updated": ({ title, points }) => ({ title, points }),
  "reward-available": ({ title, pointsRequired }) => ({ title, points: pointsRequired }),
  "referral-signup": ({ referred }) => ({ name: referred.name }),
  "referral-reward": ({ referred }) => ({ name: referred.name }),
};

/** Return which of an event's sentences fits. */
function findVariant(event, data) {
  if (event === "pointsUpdated") return data.change > 0 ? "earned" : "taken";
  if (event === "redemption-updated") return data.status.toLowerCase();
  if (event === "rewardRedeemed") return data.status === "PENDING" ? "pending" : "completed";
  return "";
}

function isNeeded(event, data) {
  if (event === "pointsUpdated") return !TOLD_OTHERWISE.has(data.type);
  /* The page at hand shows it already. */
  if (event === "rewardRedeemed") return !document.querySelector(`[data-redemption="${data.redemptionId}"]`);
  return true;
}

function tell(event, data) {
  const variant = findVariant(event, data);
  const said = words?.querySelector(`[data-event="${event}"]${variant && `[data-variant="${variant}"]`}`);
  if (!said || !toasts || !isNeeded(event, data)) return;
  const toast = words.querySelector(".toast").cloneNode(true);
  const link = toast.querySelector("a");
  const facts = FACTS[event](data);
  link.textContent = said.textContent.trim().replace(/\{(\w+)\}/g, (whole, name) => format(name, facts[name] ?? whole));
  link.href = said.getAttribute("href").replace("%7Bid%7D", encodeURIComponent(data.redemptionId ?? data.rewardId ?? ""));
  toast.querySelector("button").addEventListener("click", () => toast.remove());
  toasts.append(toast);
  while (toasts.childElementCount > SHOWN_MAX) toasts.firstElementChild.remove();
  leaveLater(toast);
}

/* Whoever reads or is about to click is not hurried. */
function leaveLater(toast) {
  let timer;
  const start = () => {
    clearTimeout(timer);
    timer = setTimeout(() => toast.remove(), SHOWN_SECONDS * 1000);
  };
  for (const name of ["mouseenter", "focusin"]) toast.addEventListener(name, () => clearTimeout(timer));
  for (const name of ["mouseleave", "focusout"]) toast.addEventListener(name, start);
  start();
}

/* Points are counted in words, as everywhere on the site: the page shows how for one and for two. */
function format(name, value) {
  if (typeof value !== "number") return value;
  const shown = value.toLocaleString(document.documentElement.lang);
  if (name !== "points") return shown;
  return value === 1 ? template.dataset.one : template.dataset.many.replace("2", shown);
}

/* A token serves all pages of its few minutes: one for each page would use up what a member may ask for. */
const kept = `loyalty.token.${toasts?.dataset.userId}`;
const askForToken = tokenOfSession({
  csrfToken: () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "",
  address: toasts?.dataset.tokenAddress,
});

async function getToken({ isRenewal }) {
  const known = isRenewal ? null : sessionStorage.getItem(kept);
  if (known && readExpiry(known) > Date.now() / 1000 + SPARE_SECONDS) return known;
  const token = await askForToken({ isRenewal });
  if (token) sessionStorage.setItem(kept, token);
  return token;
}

/** Return when a token ends, in seconds; 0 when it does not say. */
function readExpiry(token) {
  try {
    return JSON.parse(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"))).exp ?? 0;
  } catch {
    return 0;
  }
}

const events = connect({
  getToken,
  userId: toasts?.dataset.userId,
  /* What happens between two pages is told on the second. */
  storage: sessionStorage,
});
events.onAny((frame) => {
  const { event, data } = frame;
  inWordsOfThePage(frame, (told) => tell(event, told));
  document.body.dispatchEvent(new CustomEvent(`loyalty:${event}`, { detail: data }));
});
/* Something was missed for good: fetch what shows it. */
events.on("resync", () => document.body.dispatchEvent(new CustomEvent("loyalty:pointsUpdated")));
events.on("status", ({ state }) => {
  document.documentElement.dataset.live = state;
});
