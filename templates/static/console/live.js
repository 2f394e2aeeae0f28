/* A socket that comes back: with a new token each time, and later each time it fails. */
const SUBPROTOCOL = "loyalty.v1";
const WAIT_SECONDS_MAX = 60;
const FORBIDDEN = 4403;

export function connect({ getToken, onState, onEvent }) {
  let failures = 0;
  let timer = null;

  const later = () => {
    const seconds = failures ? Math.min(WAIT_SECONDS_MAX, 2 ** failures) * (0.5 + Math.random()) : 0.2;
    clearTimeout(timer);
    timer = setTimeout(open, seconds * 1000);
  };

  async function open() {
    let token;
    try {
      token = await getToken();
    } catch {
      failures += 1;
      later();
      return;
    }
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/ws/`, [SUBPROTOCOL, token]);
    let pinging = null;
    /* The server's answer, and not the handshake, says that the room is joined. */
    socket.addEventListener("open", () => socket.send('{"event":"ping"}'));
    socket.addEventListener("message", ({ data }) => {
      const frame = JSON.parse(data);
      if (frame.event === "pong" && !pinging) {
        failures = 0;
        pinging = setInterval(() => socket.send('{"event":"ping"}'), 30_000);
        onState(true);
      }
      onEvent(frame);
    });
    socket.addEventListener("close", ({ code }) => {
      clearInterval(pinging);
      if (!pinging) failures += 1;
      onState(false);
      if (code !== FORBIDDEN) later();
    });
  }

  addEventListener("online", () => {
    failures = 0;
    later();
  });
  open();
}
