/* Events speak English to everybody. A page in another language asks the site for their words, those of
   the same moment together, and shows them in the order in which they came. */

const TOGETHER_MILLISECONDS = 30;
const TOGETHER_MAX = 100;

const address = document.getElementById("live")?.dataset.wordsAddress;
let waiting = [];
let shown = Promise.resolve();

/** Call `show` with an event's data in the page's language: at once in English, else when the words are here. */
export function inWordsOfThePage(frame, show) {
  if (!address) {
    show(frame.data);
    return;
  }
  waiting.push({ frame, show });
  if (waiting.length === 1) setTimeout(send, TOGETHER_MILLISECONDS);
}

function send() {
  const together = waiting.splice(0, TOGETHER_MAX);
  if (waiting.length) setTimeout(send, TOGETHER_MILLISECONDS);
  const answer = ask(together.map(({ frame: { event, data } }) => ({ event, data })));
  shown = shown
    .then(() => answer)
    .then((words) => together.forEach(({ frame, show }, number) => show(words?.[number] ?? frame.data)))
    .catch(reportError);
}

/* Better in English than not at all. */
async function ask(events) {
  try {
    const answer = await fetch(address, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "X-CSRFToken": document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "",
      },
      body: JSON.stringify({ events }),
    });
    return answer.ok ? (await answer.json()).data : null;
  } catch {
    return null;
  }
}
