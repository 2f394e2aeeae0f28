/* Live events in a browser: one socket that comes back, without a gap and without a repeat.

   A module without dependencies, for this site's pages and any other. docs/realtime.md has an example and
   says what the server promises; the types below are what editors and `tsc --checkJs` go by. */

/**
 * @typedef {{ userId: string }} Member
 * @typedef {{ name: string, tier: number, minPoints: number }} Level
 * @typedef {{ id: string, type: string, name: string, description: string, criteria: string,
 *   imageUrl: string | null }} Badge
 * @typedef {"PENDING" | "APPROVED" | "REJECTED" | "CANCELLED" | "COMPLETED"} RedemptionStatus
 * @typedef {{ redemptionId: string | null, rewardId: string | null, title: string, points: number,
 *   status: RedemptionStatus, redeemedAt: string }} Redemption
 * @typedef {{ rewardType?: string, value?: number, purchaseRequestId?: string, creditAmount?: number | null,
 *   currency?: string }} Worth What points became that bought no reward of the catalogue.
 * @typedef {{ referralId: string, status: string,
 *   referred: { userId: string | null, name: string } }} Referral
 *
 * @typedef {Member & { balance: number, lifetimePoints: number, change: number, type: string,
 *   description: string, transactionId: string }} PointsUpdated
 * @typedef {Member & { level: Level, lifetimePoints: number }} LevelUp
 * @typedef {Member & { points: number, expiresAt: string, daysLeft: number }} PointsExpiring
 * @typedef {Member & { badge: Badge, points: number, earnedAt: string }} BadgeEarned
 * @typedef {Member & { rewardId: string, title: string, pointsRequired: number,
 *   turnEndsAt: string }} RewardAvailable
 *
 * @typedef {{
 *   "pointsUpdated": PointsUpdated,
 *   "level-up": LevelUp,
 *   "points-expiring": PointsExpiring,
 *   "badge-earned": BadgeEarned,
 *   "rewardRedeemed": Member & Redemption & Worth,
 *   "redemption-updated": Member & Redemption & { decidedAt: string },
 *   "reward-available": RewardAvailable,
 *   "referral-signup": Member & Referral,
 *   "referral-reward": Member & Referral,
 *   "redemption-requested": Member & Redemption & { name: string },
 *   "redemption-decided": Member & Redemption & { decidedAt: string, name: string,
 *     decidedBy: string | null },
 * }} Events What each event carries in `data`.
 *
 * @typedef {{
 *   "status": Status,
 *   "resync": { fromSeq: number, toSeq: number },
 *   "error": { code: string, message: string },
 * }} Notices What the connection tells of itself. `resync`: those numbers are gone, fetch the present state.
 *
 * @typedef {{ state: "connecting" | "open" | "closed" | "refused", code: number | null, meaning: string,
 *   retrySeconds: number | null }} Status
 * `open`: the room is joined and everything missed has come. `closed`: a new try follows in
 * `retrySeconds`; null after `close()`. `refused`: no further try, unless `retry()` is called.
 */

/**
 * @template {keyof Events} [Name=keyof Events]
 * @typedef {{ event: Name, data: Events[Name], seq: number | null, id: string, at: string }} Frame
 */

/**
 * @typedef {object} Options
 * @property {(why: { isRenewal: boolean }) => string | null | Promise<string | null>} getToken
 *   Gives the token for each connection. `isRenewal`: the last one was turned away, so a kept one will
 *   not do. Null: nobody is signed in. An error it throws counts as a failed try.
 * @property {string} [url] Where the socket is; this page's own host at `/ws/` unless given.
 * @property {number} [lastSeq] Resume after this number; 0 replays all that is kept. Without it only
 *   news arrive.
 * @property {Storage} [storage] `sessionStorage` or `localStorage`, to resume where this member was when
 *   the page was left.
 * @property {string} [userId] Whose numbers `storage` holds; what the token says unless given.
 * @property {number} [heartbeatSeconds] A connection that is silent for two of these is given up.
 * @property {number} [waitSecondsMax] The longest wait before a new try.
 */

const SUBPROTOCOL = "loyalty.v1";
const PING = '{"event":"ping"}';
const NOT_SIGNED_IN = 4401;
const LOST = 1006;
const IDS_REMEMBERED = 500;
const KEY = "loyalty.lastSeq.";

/** What each close code means, as a sentence for people. */
export const MEANINGS = Object.freeze({
  1000: "The connection was ended.",
  1001: "The server is going away.",
  1006: "The server cannot be reached.",
  1009: "A message was too long.",
  1011: "The server failed.",
  1012: "The server restarts.",
  1013: "The server cannot serve just now.",
  4400: "The number to resume from is no whole number.",
  4401: "No token, or one that is no longer good: sign in again.",
  4403: "This is another member's room.",
  4404: "No live events are at this address.",
  4408: "Too little was read for too long.",
  4429: "This member has too many connections open.",
});
/* Another try would end in the same way. */
const FINAL = new Set([4400, 4403, 4404]);

/** The names of all events. */
export const EVENTS = Object.freeze(/** @type {(keyof Events)[]} */ ([
  "pointsUpdated", "level-up", "points-expiring", "badge-earned", "rewardRedeemed", "redemption-updated",
  "reward-available", "referral-signup", "referral-reward", "redemption-requested", "redemption-decided",
]));

/** What `connect()` returns. */
export class LoyaltyEvents {
  /** @type {Options} */ #options;
  /** @type {Map<string, Set<Function>>} */ #handlers = new Map();
  /** @type {Status} */ #status = { state: "connecting", code: null, meaning: "", retrySeconds: null };
  /** @type {WebSocket | null} */ #socket = null;
  /** @type {number | undefined} */ #lastSeq;
  /** @type {string | undefined} */ #userId;
  #seenIds = new Set();
  #failures = 0;
  #isRenewal = false;
  #isAlive = false;
  /* What is under way belongs to an attempt; whatever an earlier one still brings is dropped. */
  #attempt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #retryTimer;
  /** @type {ReturnType<typeof setInterval> | undefined} */ #heartbeat;
  #untilClosed = new AbortController();

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
    this.#lastSeq = options.lastSeq;
    addEventListener("online", () => {
      if (this.#status.state === "closed") this.retry();
    }, { signal: this.#untilClosed.signal });
    /* First let the caller say what it listens to. */
    const attempt = this.#begin();
    queueMicrotask(() => this.#open(attempt));
  }

  /** The largest number seen, undefined before the first connection. */
  get lastSeq() {
    return this.#lastSeq;
  }

  /** How the connection is. */
  get status() {
    return this.#status;
  }

  /**
   * Call `handler(data, frame)` for each event of a name, or for a notice of the connection. Returns
   * what ends that.
   * @template {keyof (Events & Notices)} Name
   * @param {Name} name
   * @param {(data: (Events & Notices)[Name],
   *   frame: Name extends keyof Events ? Frame<Name> : undefined) => void} handler
   */
  on(name, handler) {
    return this.#listen(name, handler);
  }

  /** Call `handler(frame)` for every event. Returns what ends that. @param {(frame: Frame) => void} handler */
  onAny(handler) {
    return this.#listen("*", handler);
  }

  /** Try now, instead of after the wait or after a refusal. Does nothing while connected or closed for good. */
  retry() {
    if (this.#untilClosed.signal.aborted || !["closed", "refused"].includes(this.#status.state)) return;
    this.#failures = 0;
    this.#isRenewal = false;
    this.#open(this.#begin());
  }

  /** End the connection for good. */
  close() {
    if (this.#untilClosed.signal.aborted) return;
    this.#untilClosed.abort();
    this.#begin();
    this.#tell("closed", 1000);
  }

  /** @param {string} name @param {Function} handler */
  #listen(name, handler) {
    const handlers = this.#handlers.get(name) ?? new Set();
    this.#handlers.set(name, handlers.add(handler));
    return () => void handlers.delete(handler);
  }

  /** @param {string} name @param {...unknown} given */
  #call(name, ...given) {
    for (const handler of [...(this.#handlers.get(name) ?? [])]) {
      try {
        handler(...given);
      } catch (error) {
        /* One handler's mistake is nobody else's. */
        reportError(error);
      }
    }
  }

  /** @param {Status["state"]} state @param {number | null} [code] @param {number | null} [retrySeconds] */
  #tell(state, code = null, retrySeconds = null) {
    const meaning = code === null ? "" : MEANINGS[/** @type {keyof typeof MEANINGS} */ (code)] ?? `Closed with ${code}.`;
    this.#status = { state, code, meaning, retrySeconds };
    this.#call("status", this.#status);
  }

  /* Lets go of whatever there was. */
  #begin() {
    clearTimeout(this.#retryTimer);
    clearInterval(this.#heartbeat);
    this.#socket?.close(1000);
    this.#socket = null;
    this.#attempt += 1;
    return this.#attempt;
  }

  /** @param {number} attempt */
  async #open(attempt) {
    const isOver = () => attempt !== this.#attempt;
    if (isOver()) return;
    this.#tell("connecting");
    let token;
    try {
      token = await this.#options.getToken({ isRenewal: this.#isRenewal });
    } catch {
      if (!isOver()) this.#ended(LOST);
      return;
    }
    if (isOver()) return;
    if (!token) {
      this.#refuse(NOT_SIGNED_IN);
      return;
    }
    this.#recall(token);
    let socket;
    try {
      socket = this.#socket = new WebSocket(this.#address(), [SUBPROTOCOL, token]);
    } catch {
      /* Characters no token has. */
      this.#refuse(NOT_SIGNED_IN);
      return;
    }
    this.#isAlive = true;
    /* The server's answer, and not the handshake, says that the room is joined. */
    socket.addEventListener("open", () => socket.send(PING));
    socket.addEventListener("message", ({ data }) => {
      if (!isOver()) this.#take(data);
    });
    socket.addEventListener("close", ({ code }) => {
      if (!isOver()) this.#ended(code);
    });
    this.#heartbeat = setInterval(() => this.#beat(socket), (this.#options.heartbeatSeconds ?? 25) * 1000);
  }

  /** A network that went away says nothing; closing such a socket would wait, too. @param {WebSocket} socket */
  #beat(socket) {
    if (!this.#isAlive) {
      this.#ended(LOST);
      return;
    }
    this.#isAlive = false;
    if (socket.readyState === WebSocket.OPEN) socket.send(PING);
  }

  /** @param {string} text */
  #take(text) {
    this.#isAlive = true;
    const frame = JSON.parse(text);
    if (frame.event === "pong") this.#opened(frame.data.lastSeq);
    else if (frame.event === "resync") this.#skip(frame.data);
    else if (frame.id === null) this.#call(frame.event, frame.data);
    else if (this.#isNew(frame)) {
      this.#call(frame.event, frame.data, frame);
      this.#call("*", frame);
      if (frame.seq !== null) this.#remember(frame.seq);
    }
  }

  /** @param {number} lastSeq */
  #opened(lastSeq) {
    this.#failures = 0;
    this.#isRenewal = false;
    if (this.#lastSeq === undefined) this.#remember(lastSeq);
    if (this.#status.state !== "open") this.#tell("open");
  }

  /**
   * Either numbers that are kept no longer, or numbers this member was never given.
   * @param {{ fromSeq: number, toSeq: number }} gone
   */
  #skip(gone) {
    this.#remember(gone.fromSeq <= (this.#lastSeq ?? 0) ? gone.fromSeq - 1 : gone.toSeq);
    this.#call("resync", gone);
  }

  /** @param {Frame} frame */
  #isNew({ seq, id }) {
    if (seq !== null) return this.#lastSeq === undefined || seq > this.#lastSeq;
    if (this.#seenIds.has(id)) return false;
    this.#seenIds.add(id);
    if (this.#seenIds.size > IDS_REMEMBERED) this.#seenIds.delete(this.#seenIds.values().next().value);
    return true;
  }

  /** @param {number} code */
  #ended(code) {
    const wasRenewed = this.#isRenewal;
    const attempt = this.#begin();
    if (FINAL.has(code) || (code === NOT_SIGNED_IN && wasRenewed)) {
      this.#refuse(code);
    } else if (code === NOT_SIGNED_IN) {
      this.#isRenewal = true;
      this.#open(attempt);
    } else {
      const wait = Math.min(this.#options.waitSecondsMax ?? 60, 2 ** this.#failures) * (0.5 + Math.random() / 2);
      this.#failures += 1;
      this.#retryTimer = setTimeout(() => this.#open(attempt), wait * 1000);
      this.#tell("closed", code, wait);
    }
  }

  /** @param {number} code */
  #refuse(code) {
    this.#begin();
    this.#tell("refused", code);
  }

  #address() {
    const address = new URL(this.#options.url ?? "/ws/", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    if (this.#lastSeq !== undefined) address.searchParams.set("lastSeq", String(this.#lastSeq));
    return address;
  }

  /** Numbers are a member's own: whoever comes after another begins with theirs. @param {string} token */
  #recall(token) {
    const userId = this.#options.userId ?? readUserId(token);
    if (userId === this.#userId) return;
    if (this.#userId !== undefined) {
      this.#lastSeq = this.#options.lastSeq;
      this.#seenIds.clear();
    }
    this.#userId = userId;
    if (this.#lastSeq === undefined) this.#lastSeq = this.#read();
  }

  #read() {
    try {
      const kept = this.#options.storage?.getItem(KEY + this.#userId);
      return kept && /^\d+$/.test(kept) ? Number(kept) : undefined;
    } catch {
      return undefined;
    }
  }

  /** @param {number} seq */
  #remember(seq) {
    this.#lastSeq = seq;
    try {
      this.#options.storage?.setItem(KEY + this.#userId, String(seq));
    } catch {
      /* A full or forbidden storage costs the memory between visits, no event. */
    }
  }
}

/** Open a connection that stays. @param {Options} options */
export function connect(options) {
  return new LoyaltyEvents(options);
}

/**
 * Return a `getToken` for pages of the site itself, whose visitors have a session and no token.
 * @param {{ csrfToken: () => string, address?: string }} given
 * @returns {Options["getToken"]}
 */
export function tokenOfSession({ csrfToken, address = "/api/auth/live-token" }) {
  return async () => {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "X-CSRFToken": csrfToken() },
      credentials: "same-origin",
      cache: "no-store",
    });
    if (answer.status === 401 || answer.status === 403) return null;
    if (!answer.ok) throw new Error(`No token: ${answer.status}`);
    return (await answer.json()).data.token;
  };
}

/** Return whose token this is, undefined when it does not say. Nothing is checked. @param {string} token */
export function readUserId(token) {
  try {
    const claims = JSON.parse(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")));
    const userId = claims.userId ?? claims.id ?? claims._id ?? claims.sub;
    return userId === undefined ? undefined : String(userId);
  } catch {
    return undefined;
  }
}
