// Draws what the page holds as JSON beside each canvas; without this script its tables are all there is to see.
"use strict";

const LONGEST_NAME = 28;
const ROW = 26; // pixels

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function shortened(name) {
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name;
}

function options(data) {
  const names = { ticks: { autoSkip: data.upright, callback: (_, place) => shortened(data.labels[place]) }, grid: { display: false } };
  const amounts = { beginAtZero: true, grid: { color: colour("--hairline-color") } };
  return {
    indexAxis: data.upright ? "x" : "y",
    animation: false,
    maintainAspectRatio: false,
    scales: data.upright ? { x: names, y: amounts } : { x: amounts, y: names },
    plugins: { legend: { display: false }, tooltip: { callbacks: { label: (item) => data.texts[item.dataIndex] } } },
  };
}

function draw(canvas) {
  const data = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
  const colours = data.lengths.map((length) => colour(length < 0 ? "--error-fg" : "--primary"));
  canvas.parentElement.style.height = data.upright ? "320px" : `${ROW * data.labels.length + 40}px`;
  new Chart(canvas, {
    type: "bar",
    data: { labels: data.labels, datasets: [{ data: data.lengths, backgroundColor: colours }] },
    options: options(data),
  });
}

Chart.defaults.color = colour("--body-fg");
document.querySelectorAll("canvas[data-chart]").forEach(draw);
