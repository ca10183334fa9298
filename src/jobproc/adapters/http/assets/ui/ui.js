// What pages do beyond links and forms. Everything from users arrives as markup that the server has escaped, or as text.
"use strict";

// Times in the reader's zone and language; the server writes UTC.
const sameDay = new Intl.DateTimeFormat(undefined, {timeStyle: "medium"});
const otherDay = new Intl.DateTimeFormat(undefined, {dateStyle: "medium", timeStyle: "medium"});
const exactly = new Intl.DateTimeFormat(undefined, {dateStyle: "full", timeStyle: "long"});

function localize() {
  for (const time of document.querySelectorAll("time:not([data-local])")) {
    const at = new Date(time.dateTime);
    const isToday = at.toDateString() === new Date().toDateString();
    time.textContent = (isToday ? sameDay : otherDay).format(at);
    time.title = exactly.format(at);
    time.dataset.local = "";
  }
}

// Lengths of time that go on, written as the server writes them. Its clock counts, not the reader's.
const begun = new WeakMap();
const UNITS = [["d", 86400, "h", 3600], ["h", 3600, "min", 60], ["min", 60, "s", 1]];

function duration(seconds) {
  const whole = Math.floor(seconds);
  const [unit, size, nextUnit, nextSize] = UNITS.find(([, size]) => whole >= size) ?? ["s", 1];
  const rest = nextSize ? Math.floor((whole % size) / nextSize) : 0;
  return `${Math.floor(whole / size)} ${unit}` + (rest ? ` ${rest} ${nextUnit}` : "");
}

function count() {
  for (const place of document.querySelectorAll("[data-elapsed], [data-left]")) {
    const said = place.dataset.elapsed ?? place.dataset.left;
    if (begun.get(place)?.said !== said) begun.set(place, {said, at: performance.now()});
    const passed = (performance.now() - begun.get(place).at) / 1000;
    const text = duration(Math.max(0, "left" in place.dataset ? said - passed : Number(said) + passed));
    if (place.textContent !== text) place.textContent = text;
  }
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copies]");
  if (!button || "told" in button.dataset) return;
  const label = [...button.childNodes];
  button.dataset.told = "";
  try {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent);
    button.replaceChildren("Copied");
  } catch {
    button.replaceChildren("Select it to copy");
  }
  setTimeout(() => {
    button.replaceChildren(...label);
    delete button.dataset.told;
  }, 2000);
});

document.addEventListener("change", (event) => {
  if ("submits" in event.target.dataset) event.target.form.requestSubmit();
});

// A second click while the first is on its way is no second job.
document.addEventListener("submit", (event) => {
  const form = event.target;
  form.closest("dialog")?.close();
  if (form.method !== "post" || form.hasAttribute("hx-post")) return;
  if ("sent" in form.dataset) event.preventDefault();
  form.dataset.sent = "";
});
addEventListener("pageshow", () => document.querySelectorAll("[data-sent]").forEach((form) => delete form.dataset.sent));

// Browsers that do not know buttons which open dialogs by themselves.
if (!("commandForElement" in HTMLButtonElement.prototype)) {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[commandfor]");
    const dialog = button && document.getElementById(button.getAttribute("commandfor"));
    if (dialog) button.getAttribute("command") === "close" ? dialog.close() : dialog.showModal();
  });
}

function freshen() {
  localize();
  count();
}

freshen();
setInterval(count, 1000);
new MutationObserver(freshen).observe(document.body, {childList: true, subtree: true});
document.addEventListener("htmx:after:swap", freshen);
document.querySelector(".fault-summary[autofocus], [aria-invalid][autofocus]")?.focus();

// The tab that is open is in sight, also when the numbers of the others have come.
const tabs = document.querySelector(".tabs");
const showTab = () => tabs.querySelector("[aria-current]")?.scrollIntoView({block: "nearest", inline: "center"});
if (tabs) {
  showTab();
  tabs.addEventListener("htmx:after:swap", showTab, {once: true});
}
