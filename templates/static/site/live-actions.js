/* Forms that call the API as the person who is signed in, so that something happens to look at. */
import { fill } from "./sentences.js";

const TOKEN_SPARE_SECONDS = 30;
const WATCH_SECONDS = 10;
const FIRST_ACTION = "ATTEND_EVENT";

/** Return what the page tells of its connection to: who is connected, and each event. Null without forms. */
export function offerActions({ page, texts, csrfToken }) {
  const panel = page.querySelector("#live-actions");
  if (!panel) return null;
  const [report, redeem] = ["report", "redeem"].map((name) => panel.querySelector(`[data-action=${name}]`));
  const said = panel.querySelector("[data-answer]");
  const arrived = panel.querySelector("[data-arrived]");
  const exchange = panel.querySelector("[data-exchange]");
  /* The API speaks English; the page knows the programme's texts in its own language. */
  const translate = (text) => texts.programme[text] ?? text;
  let pasted = "";
  let userId = null;
  let kept = { token: "", endsAt: 0 };
  let sentAt = -Infinity;

  async function getToken() {
    if (pasted) return pasted;
    if (kept.endsAt - Date.now() < TOKEN_SPARE_SECONDS * 1000) {
      const { data } = await ask("POST", page.dataset.tokenAddress, { "X-CSRFToken": csrfToken() }, { use: "api" });
      kept = { token: data.token, endsAt: Date.parse(data.expiresAt) };
    }
    return kept.token;
  }

  async function ask(method, path, headers, body) {
    const answer = await fetch(path, {
      method,
      headers: { ...headers, ...(body ? { "Content-Type": "application/json" } : {}) },
      body: body ? JSON.stringify(body) : undefined,
      cache: "no-store",
    });
    return answer.json();
  }

  async function call(method, path, body) {
    return ask(method, path, { Authorization: `Bearer ${await getToken()}` }, body);
  }

  async function send(form, path, body) {
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    said.textContent = arrived.textContent = "";
    try {
      sentAt = performance.now();
      const answer = await call("POST", path, body);
      say(answer);
      exchange.hidden = false;
      exchange.querySelector("pre").textContent =
        `POST ${path}\n${JSON.stringify(body, null, 2)}\n\n${JSON.stringify(answer, null, 2)}`;
    } catch {
      said.dataset.level = "error";
      said.textContent = texts.failed;
    } finally {
      button.disabled = false;
    }
  }

  function say(answer) {
    const reason = answer.details?.map?.(({ message }) => message).join(" ") ?? answer.data?.reason ?? "";
    said.dataset.level = answer.success ? "success" : "error";
    said.textContent = [answer.statusCode, answer.message, reason].filter(Boolean).join(" · ");
  }

  function noteEvent() {
    const milliseconds = Math.round(performance.now() - sentAt);
    if (milliseconds > WATCH_SECONDS * 1000) return;
    sentAt = -Infinity;
    arrived.textContent = fill(texts.arrived, { milliseconds }, texts);
  }

  async function fillChoices() {
    const asked = [call("GET", "/rewards/options")];
    if (!report.hidden) asked.push(call("GET", "/v2/gamification/points/actions"));
    const [options, actions] = await Promise.all(asked);
    redeem.elements.rewardType.replaceChildren(
      ...options.data.options.map(({ type, name }) => new Option(translate(name), type)),
    );
    if (actions) {
      report.elements.action.replaceChildren(...groupActions(actions.data.actions));
      report.elements.action.value = FIRST_ACTION;
    }
    showAmount();
  }

  function groupActions(actions) {
    const groups = new Map();
    for (const { action, description, points, category, perUnitOf, isActive } of actions) {
      if (!isActive) continue;
      if (!groups.has(category)) groups.set(category, Object.assign(document.createElement("optgroup"), { label: translate(category) }));
      const option = new Option(`${translate(description)} (${fill("{points|signed}", { points }, texts)})`, action);
      if (perUnitOf) option.dataset.perUnitOf = perUnitOf;
      groups.get(category).append(option);
    }
    return groups.values();
  }

  const perUnitOf = () => report.elements.action.selectedOptions[0]?.dataset.perUnitOf;
  function showAmount() {
    report.querySelector("[data-amount]").hidden = !perUnitOf();
  }

  report.elements.action.addEventListener("change", showAmount);
  report.addEventListener("submit", (submission) => {
    submission.preventDefault();
    const { action, amount, userId: member } = report.elements;
    const metadata = perUnitOf() ? { [perUnitOf()]: Number(amount.value) } : {};
    const eventId = `live-page:${Date.now()}:${Math.random().toString(36).slice(2)}`;
    send(report, "/v2/gamification/activities", { eventId, userId: member.value.trim(), action: action.value, metadata });
  });
  redeem.addEventListener("submit", (submission) => {
    submission.preventDefault();
    const { rewardType, points } = redeem.elements;
    const body = { pointsToRedeem: Number(points.value), rewardType: rewardType.value };
    send(redeem, `/rewards/redeem/${encodeURIComponent(userId)}`, body);
  });

  return {
    noteEvent,
    /** Show the forms to whoever is connected. A pasted token may be anybody's. */
    offer(who) {
      if (who.userId === userId && who.pasted === pasted) return;
      ({ userId, pasted } = who);
      kept = { token: "", endsAt: 0 };
      panel.hidden = false;
      if (pasted) report.hidden = false;
      report.elements.userId.value = userId;
      fillChoices().catch(() => {
        said.textContent = texts.failed;
      });
    },
  };
}
