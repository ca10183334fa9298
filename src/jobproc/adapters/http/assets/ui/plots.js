// Plots of the overview. Their numbers come with the page; their colours are those of the statuses.
"use strict";

const HEIGHT = 200;
const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--plot-${name}`).trim();
const seconds = (value) => (value < 1 ? `${Math.round(value * 1000)} ms` : `${+value.toPrecision(3)} s`);

// The numbers come in equal steps; each is of the time from its own to the next.
const stepOf = (times) => (times.length > 1 ? times[1] - times[0] : 60);
const clock = new Intl.DateTimeFormat(undefined, {timeStyle: "short"});
const day = new Intl.DateTimeFormat(undefined, {month: "short", day: "numeric"});
const moment = new Intl.DateTimeFormat(undefined, {dateStyle: "medium", timeStyle: "short"});

function times(_, splits) {
  const isLong = splits.at(-1) - splits[0] > 86400;
  return splits.map((each) => (isLong ? day : clock).format(new Date(each * 1000)));
}

function axes(format) {
  const look = {stroke: color("text"), grid: {stroke: color("line"), width: 1}, ticks: {show: false}, font: "12px system-ui"};
  return [{...look, grid: {show: false}, values: times, space: 70, size: 28}, {...look, size: 60, values: (_, values) => values.map(format)}];
}

// Each on top of those before it; the legend tells the share of each.
function ended([times, ...shares]) {
  const sums = shares.map((_, last) => times.map((_, at) => shares.slice(0, last + 1).reduce((sum, each) => sum + each[at], 0)));
  const bars = uPlot.paths.bars({size: [0.8, 40], align: 1});
  const series = ["Succeeded", "Failed", "Cancelled"].map((label, at) => ({
    label,
    fill: color(label.toLowerCase()),
    width: 0,
    paths: bars,
    points: {show: false},
    value: (_, __, ___, index) => (index == null ? "" : shares[at][index]),
  }));
  const scale = {y: {range: (_, __, most) => [0, Math.max(most, 1) * 1.1]}};
  return {data: [times, ...sums.reverse()], series: series.reverse(), axes: axes((value) => (Number.isInteger(value) ? value : "")), scales: scale};
}

function spread(data) {
  const line = (label, name, fill) => ({label, stroke: color(name), width: 2, fill, spanGaps: true, points: {size: 6, fill: color(name)}, value: (_, value) => (value == null ? "" : seconds(value))});
  const series = [line("Half within", "median"), line("95 % within", "most")];
  return {data, series, axes: axes(seconds), scales: {y: {range: (_, __, most) => [0, (most || 1) * 1.1]}}};
}

function draw(figure) {
  figure.querySelector(".uplot")?.remove();
  const columns = JSON.parse(figure.dataset.columns);
  const {data, series, axes, scales} = (figure.dataset.plot === "ended" ? ended : spread)(columns);
  const options = {width: figure.clientWidth, height: HEIGHT, padding: [null, 28, null, null], series: [{label: "", value: (_, at) => (at == null ? "" : moment.format(new Date(at * 1000)))}, ...series], axes, scales: {...scales, x: {range: () => [data[0][0], data[0].at(-1) + stepOf(data[0])]}}, cursor: {y: false}, legend: {live: true}};
  new uPlot(options, data, figure);
  figure.querySelector(".uplot").setAttribute("aria-hidden", "true");
  figure.dataset.drawn = figure.clientWidth;
}

function drawAll(anew = false) {
  for (const figure of document.querySelectorAll("[data-plot]")) {
    if (anew || Number(figure.dataset.drawn) !== figure.clientWidth) draw(figure);
  }
}

drawAll();
new MutationObserver(() => drawAll()).observe(document.getElementById("overview"), {childList: true});
addEventListener("resize", () => drawAll());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll(true));
