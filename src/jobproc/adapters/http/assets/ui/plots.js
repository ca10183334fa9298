// Plots of the overview. Their numbers come with the page; their colours are those of the statuses.
"use strict";

const HEIGHT = 200;
const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--plot-${name}`).trim();
const seconds = (value) => {
  if (value === 0) return "0";
  if (value < 1) return `${+(value * 1000).toPrecision(3)} ms`;
  return value < 100 ? `${+value.toPrecision(3)} s` : value < 6000 ? `${+(value / 60).toPrecision(3)} min` : `${+(value / 3600).toPrecision(3)} h`;
};

const clock = new Intl.DateTimeFormat(undefined, {timeStyle: "short"});
const day = new Intl.DateTimeFormat(undefined, {month: "short", day: "numeric"});
const moment = new Intl.DateTimeFormat(undefined, {dateStyle: "medium", timeStyle: "short"});

function times(_, splits) {
  const isLong = splits.at(-1) - splits[0] > 86400;
  return splits.map((each) => (isLong ? day : clock).format(new Date(each * 1000)));
}

function axes(format) {
  const look = {stroke: color("text"), grid: {stroke: color("line"), width: 1}, ticks: {show: false}, font: "12px system-ui"};
  return [{...look, grid: {show: false}, values: times, space: 70, size: 30, gap: 9}, {...look, size: 60, values: (_, values) => values.map(format)}];
}

// Each on top of those before it; the legend tells the share of each.
const LABELS = ["Succeeded", "Failed", "Cancelled"];
const stacked = ([times, ...shares]) => [times, ...shares.map((_, last) => times.map((_, at) => shares.slice(0, last + 1).reduce((sum, each) => sum + each[at], 0))).reverse()];

function ended(figure) {
  const bars = uPlot.paths.bars({size: [0.8, 90], align: 1});
  const series = LABELS.map((label, at) => ({
    label,
    fill: color(label.toLowerCase()),
    width: 0,
    paths: bars,
    points: {show: false},
    value: (_, __, ___, index) => (index == null ? "" : columnsOf(figure)[at + 1][index]),
  }));
  return {series: series.reverse(), axes: axes((value) => (Number.isInteger(value) ? value.toLocaleString() : ""))};
}

function spread() {
  const line = (label, name) => ({label, stroke: color(name), width: 2, spanGaps: true, points: {size: 6, fill: color(name)}, value: (_, value) => (value == null ? "" : seconds(value))});
  return {series: [line("Half within", "median"), line("95 % within", "most")], axes: axes(seconds)};
}

const plots = new Map();
// The numbers come in equal steps; each is of the time from its own to the next.
const columnsOf = (figure) => JSON.parse(figure.dataset.columns);
const isStacked = (figure) => figure.dataset.plot === "ended";
const dataOf = (figure) => (isStacked(figure) ? stacked(columnsOf(figure)) : columnsOf(figure));

function draw(figure) {
  const data = dataOf(figure);
  const {series, axes} = isStacked(figure) ? ended(figure) : spread();
  const scales = {
    x: {range: (plot) => [plot.data[0][0], plot.data[0].at(-1) + Number(figure.dataset.step)]},
    y: {range: (_, __, most) => [0, (isStacked(figure) ? Math.max(most, 1) : most || 1) * 1.1]},
  };
  const options = {width: figure.clientWidth, height: HEIGHT, padding: [null, 28, null, null], series: [{label: "", value: (_, at) => (at == null ? "" : moment.format(new Date(at * 1000)))}, ...series], axes, scales, cursor: {y: false}, legend: {live: true}};
  const plot = new uPlot(options, data, figure);
  plot.root.setAttribute("aria-hidden", "true");
  plots.set(figure, {plot, said: figure.dataset.columns});
}

// New numbers go into the plot that is there, so that whoever points at it is not disturbed.
function refresh(anew = false) {
  for (const [figure, {plot}] of plots) {
    if (figure.isConnected && !anew) continue;
    plot.destroy();
    plots.delete(figure);
  }
  for (const figure of document.querySelectorAll("[data-plot]")) {
    const drawn = plots.get(figure);
    if (!drawn) draw(figure);
    else if (drawn.said !== figure.dataset.columns) {
      drawn.plot.setData(dataOf(figure));
      drawn.said = figure.dataset.columns;
    }
    const {plot} = plots.get(figure);
    if (plot.width !== figure.clientWidth) plot.setSize({width: figure.clientWidth, height: HEIGHT});
  }
}

refresh();
document.addEventListener("htmx:after:swap", () => refresh());
addEventListener("resize", () => refresh());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => refresh(true));
