"use strict";
/* Draws each chart of the page from the JSON it names, in the page's colours. */
for (const canvas of document.querySelectorAll("canvas[data-chart]")) {
  const data = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
  const language = document.documentElement.lang || "en";
  const monthName = new Intl.DateTimeFormat(language, { month: "short", timeZone: "UTC" });
  const monthAndYear = new Intl.DateTimeFormat(language, { month: "long", year: "numeric", timeZone: "UTC" });
  const whole = new Intl.NumberFormat(language);
  const short = new Intl.NumberFormat(language, { notation: "compact" });
  const tokens = { issued: "--accent", spent: "--blue", expired: "--amber-bar", outstanding: "--accent" };
  /* A label is a month's first day, or a word. */
  const name = (label, format) => (/^\d/.test(label) ? format.format(new Date(label)) : label);

  /* A probe resolves light-dark() and variables to a plain colour, which the canvas needs. */
  const colour = (token) => {
    const probe = document.createElement("i");
    probe.style.color = `var(${token})`;
    document.body.append(probe);
    const value = getComputedStyle(probe).color;
    probe.remove();
    return value;
  };

  let chart;
  const draw = () => {
    chart?.destroy();
    const quiet = colour("--quiet");
    const line = colour("--line");
    chart = new Chart(canvas, {
      type: "bar",
      data: {
        labels: data.labels,
        datasets: data.series.map((series) => ({
          label: series.label,
          data: series.values,
          backgroundColor: colour(tokens[series.name]),
          borderRadius: 3,
          maxBarThickness: data.series.length > 1 ? 14 : 28,
          categoryPercentage: 0.7,
          barPercentage: 0.85,
        })),
      },
      options: {
        maintainAspectRatio: false,
        animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? false : { duration: 300 },
        interaction: { mode: "index", intersect: false },
        scales: {
          x: {
            grid: { display: false },
            border: { color: line },
            ticks: {
              color: quiet,
              maxRotation: 0,
              callback: (value) => name(data.labels[value], monthName),
            },
          },
          y: {
            beginAtZero: true,
            grid: { color: line },
            border: { display: false },
            ticks: { color: quiet, maxTicksLimit: 5, precision: 0, callback: (value) => short.format(value) },
          },
        },
        plugins: {
          legend: {
            display: data.series.length > 1,
            align: "start",
            labels: { color: quiet, boxWidth: 8, boxHeight: 8, usePointStyle: true, pointStyle: "circle", padding: 12 },
          },
          tooltip: {
            callbacks: {
              title: (items) => name(data.labels[items[0].dataIndex], monthAndYear),
              label: (item) => ` ${item.dataset.label}: ${whole.format(item.raw)}`,
            },
          },
        },
      },
    });
  };

  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}
