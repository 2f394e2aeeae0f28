"use strict";
/* Draws points by month from the JSON in the page, in the page's colours. */
{
  const canvas = document.getElementById("months-chart");
  const data = JSON.parse(document.getElementById("months-data").textContent);
  const language = document.documentElement.lang || "en";
  const monthName = new Intl.DateTimeFormat(language, { month: "short", timeZone: "UTC" });
  const monthAndYear = new Intl.DateTimeFormat(language, { month: "long", year: "numeric", timeZone: "UTC" });
  const whole = new Intl.NumberFormat(language);
  const short = new Intl.NumberFormat(language, { notation: "compact" });
  const tokens = { issued: "--accent", spent: "--blue", expired: "--amber-bar" };

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
        labels: data.months,
        datasets: data.series.map((series) => ({
          label: series.label,
          data: series.values,
          backgroundColor: colour(tokens[series.name]),
          borderRadius: 3,
          maxBarThickness: 14,
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
              callback: (value) => monthName.format(new Date(data.months[value])),
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
            align: "start",
            labels: { color: quiet, boxWidth: 8, boxHeight: 8, usePointStyle: true, pointStyle: "circle", padding: 12 },
          },
          tooltip: {
            callbacks: {
              title: (items) => monthAndYear.format(new Date(data.months[items[0].dataIndex])),
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
