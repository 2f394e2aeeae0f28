const { lang, dataset } = document.documentElement;
/* The site's English days stand before their months. */
const language = lang === "en" ? "en-GB" : lang;

/** Return until when something holds that ends with an instant, as the pages write it, in the page's zone:
    the end of a day as that day, whatever follows it; within a day the time too. */
export function tellLastUse(endsAt) {
  const end = new Date(endsAt);
  const zone = { timeZone: dataset.timeZone };
  const clock = end.toLocaleTimeString("en", { ...zone, hourCycle: "h23" });
  return clock === "00:00:00"
    ? new Date(end - 1).toLocaleDateString(language, { ...zone, dateStyle: "medium" })
    : end.toLocaleString(language, { ...zone, dateStyle: "medium", timeStyle: "short" });
}
