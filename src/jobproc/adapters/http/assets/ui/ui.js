// What pages do beyond links and forms. Everything from users arrives as markup that the server has escaped, or as text.
"use strict";

const MOST_ROWS = 400;

// Times in the reader's zone and language; the server writes UTC.
const sameDay = new Intl.DateTimeFormat(undefined, {timeStyle: "medium"});
const otherDay = new Intl.DateTimeFormat(undefined, {dateStyle: "medium", timeStyle: "medium"});
const exactly = new Intl.DateTimeFormat(undefined, {dateStyle: "full", timeStyle: "long"});

function localize(root) {
  for (const time of root.querySelectorAll("time:not([data-local])")) {
    const at = new Date(time.dateTime);
    const isToday = at.toDateString() === new Date().toDateString();
    time.textContent = (isToday ? sameDay : otherDay).format(at);
    time.title = exactly.format(at);
    time.dataset.local = "";
  }
}

// Rows of a live table: each in the place of its older self, a new one on top, one that fits no longer gone.
function place(markup) {
  const rows = document.getElementById("rows");
  const fresh = document.createElement("template");
  fresh.innerHTML = markup;
  for (const row of [...fresh.content.children]) {
    const old = document.getElementById(row.id);
    if ("gone" in row.dataset) old?.remove();
    else if (old) replace(old, row);
    else insert(rows, row);
  }
  if (rows.children.length > MOST_ROWS) rows.dispatchEvent(new Event("stale"));
}

function replace(old, row) {
  if (Number(row.dataset.version) < Number(old.dataset.version)) return;
  const focused = old.contains(document.activeElement);
  old.replaceWith(row);
  if (focused) row.querySelector("a").focus({preventScroll: true});
}

// Ids sort by time. What is older than all rows comes with its own page.
function insert(rows, row) {
  const next = [...rows.children].find((each) => each.id < row.id);
  if (next) next.before(row);
  else if (!document.querySelector("#more a")) rows.append(row);
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
document.addEventListener("progress", (event) => {
  if (event.detail?.data) advance(JSON.parse(event.detail.data));
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copies]");
  if (!button) return;
  const text = document.getElementById(button.dataset.copies).textContent;
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Select it to copy";
  }
  setTimeout(() => (button.textContent = label), 2000);
});

document.addEventListener("change", (event) => {
  if ("submits" in event.target.dataset) event.target.form.requestSubmit();
});
document.addEventListener("submit", (event) => event.target.closest("dialog")?.close());

// Browsers that do not know buttons which open dialogs by themselves.
if (!("commandForElement" in HTMLButtonElement.prototype)) {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[commandfor]");
    const dialog = button && document.getElementById(button.getAttribute("commandfor"));
    if (dialog) button.getAttribute("command") === "close" ? dialog.close() : dialog.showModal();
  });
}

localize(document);
new MutationObserver(() => localize(document)).observe(document.body, {childList: true, subtree: true});
document.querySelector(".fault-summary[autofocus]")?.focus();
