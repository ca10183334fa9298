// What moves while a page is open: rows of the table, bars, the job's page; and what is told when nothing can come.
"use strict";

const MOST_ROWS = 400;
// What left the table, and in which version: an answer that is older does not bring it back.
const gone = new Map();
const versionOf = (row) => Number(row.dataset.version);
const tableRows = () => document.getElementById("rows");

// Rows of a live table: each in the place of its older self, a new one on top, one that fits no longer gone.
function place(markup) {
  const rows = tableRows();
  const fresh = document.createElement("template");
  fresh.innerHTML = markup;
  for (const row of [...fresh.content.children]) {
    const old = document.getElementById(row.id);
    if (old && versionOf(row) < versionOf(old)) continue;
    if ("gone" in row.dataset) {
      gone.set(row.id, versionOf(row));
      old?.remove();
    } else if (old) replace(old, row);
    else insert(rows, row);
  }
  if (rows.children.length > MOST_ROWS) renew();
}

// What cannot change stays where it is, and with it the focus, a selection, a click that has begun.
function replace(old, row) {
  old.dataset.version = row.dataset.version;
  [...row.cells].forEach((cell, at) => "stays" in cell.dataset || old.cells[at].replaceWith(cell));
}

// Ids sort by time. What is older than all rows comes with its own page.
function insert(rows, row) {
  const next = [...rows.children].find((each) => each.id < row.id);
  if (next) next.before(row);
  else if (!document.querySelector("#more a")) rows.append(row);
}

// The table begins anew; under somebody who reads further down it waits until they ask.
function renew() {
  const isFarDown = scrollY > innerHeight;
  document.getElementById("renew").hidden = !isFarDown;
  if (!isFarDown) tableRows().dispatchEvent(new Event("renew"));
}

// Rows that were asked for may be older than what came live meanwhile.
function keepNewer(fragment) {
  const first = fragment.querySelector("tr");
  for (const old of tableRows().children) {
    const twin = fragment.querySelector(`[id="${CSS.escape(old.id)}"]`);
    if (twin && versionOf(twin) < versionOf(old)) twin.replaceWith(old.cloneNode(true));
    else if (!twin && first && old.id > first.id) first.before(old.cloneNode(true));
  }
  for (const row of fragment.querySelectorAll("tr")) if (versionOf(row) < gone.get(row.id)) row.remove();
  gone.clear();
}

function advance(news) {
  for (const {id, done, total, message} of news) {
    for (const place of document.querySelectorAll(`[data-progress="${CSS.escape(id)}"]`)) {
      const bar = place.querySelector("progress");
      if (total > 0) [bar.max, bar.value] = [total, done];
      const share = total > 0 ? ` (${Math.round((100 * done) / total)}%)` : "";
      const far = total === null ? `${done}` : `${done} of ${total}${share}`;
      place.querySelector("small").textContent = message ? `${far} · ${message}` : far;
    }
  }
}

document.addEventListener("jobs", (event) => place(event.detail.data));
document.addEventListener("reset", renew);
document.addEventListener("progress", (event) => {
  if (event.detail?.data) advance(JSON.parse(event.detail.data));
});
document.getElementById("renew")?.addEventListener("click", () => {
  scrollTo({top: 0});
  renew();
});

// The focus of whoever was at something that is there no longer goes to what can be done next.
let wasInJob = false;
document.addEventListener("htmx:before:swap", ({detail}) => {
  wasInJob = Boolean(document.activeElement?.closest("#job"));
  for (const task of detail.tasks) if (task.type === "main" && task.target === tableRows() && task.swapSpec.style === "innerMorph") keepNewer(task.fragment);
});
document.addEventListener("htmx:after:swap", () => {
  if (wasInJob && document.activeElement === document.body) document.getElementById("again")?.focus({preventScroll: true});
});

// A page that does not move any more says so.
document.addEventListener("htmx:sse:error", ({detail}) => {
  if (detail.status === 401) location.reload();
  else document.getElementById("away").hidden = false;
});
document.addEventListener("htmx:sse:after:connection", () => (document.getElementById("away").hidden = true));
