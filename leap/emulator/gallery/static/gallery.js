// Keeps a page of the gallery true while it is open, and makes it work by keyboard.
// Everything works without it too, but for that.

const byId = (id) => document.getElementById(id);
const page = document.body;

// ---- What the server sends ----

const MOST_TO_ANIMATE = 6;
let source = null;

function connect() {
  if (source || !page.dataset.events || document.hidden) return;
  if (byId("live").hidden) showConnection("connecting", "Connecting");
  source = new EventSource(page.dataset.events);
  source.onopen = () => showConnection("live", "Live");
  source.onmessage = (event) => put(JSON.parse(event.data));
  source.onerror = () => {
    showConnection("lost", "Reconnecting");
    if (source && source.readyState === EventSource.CLOSED) {
      disconnect(); // the browser has given up; we do not
      setTimeout(connect, 2000);
    }
  };
}

// A hidden page needs no connection, of which a browser has only six for one server. It catches up when it is
// shown again, since every connection begins with the whole content.
function disconnect() {
  source?.close();
  source = null;
}

function showConnection(state, word) {
  const live = byId("live");
  live.hidden = false;
  live.dataset.state = state;
  live.querySelector(".live-word").textContent = word;
}

function put({ parts, items }) {
  const fresh = new Map();
  for (const [id, html] of Object.entries(parts)) {
    const template = document.createElement("template");
    template.innerHTML = html;
    const element = template.content.firstElementChild;
    const present = byId(id);
    if (!present) fresh.set(id, element);
    else if (present.dataset.version !== element.dataset.version) replace(present, element);
  }
  arrange(items, fresh);
  prepare(document);
}

function replace(present, element) {
  const opened = [...present.querySelectorAll("details[open]")].map((each) => each.id);
  const focused = present.contains(document.activeElement) ? focusables(present).indexOf(document.activeElement) : -1;
  const scrolled = present.scrollLeft;
  present.replaceWith(element);
  element.scrollLeft = scrolled;
  for (const id of opened) byId(id)?.setAttribute("open", "");
  if (focused >= 0) focusables(element)[focused]?.focus({ preventScroll: true });
}

function arrange(order, fresh) {
  const list = byId("items");
  if (!list) return;
  const wanted = new Set(order);
  for (const item of [...list.children]) if (!wanted.has(item.id)) remove(item);
  let place = list.firstElementChild;
  for (const id of order) {
    if (place && place.id === id) {
      place = place.nextElementSibling;
      continue;
    }
    const item = fresh.get(id) ?? byId(id);
    if (!item) continue;
    if (fresh.size <= MOST_TO_ANIMATE) item.classList.add("arrived");
    list.insertBefore(item, place);
  }
}

function remove(item) {
  const neighbour = item.nextElementSibling ?? item.previousElementSibling;
  const held = item.contains(document.activeElement);
  item.remove();
  if (held) (neighbour?.querySelector("[data-stop]") ?? byId("content")).focus({ preventScroll: true });
}

function focusables(element) {
  return [...element.querySelectorAll("a[href], button, summary, [tabindex='0']")];
}

// ---- Ages, and the count for those who listen ----

const UNITS = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];

function age(date) {
  const seconds = (Date.now() - date) / 1000;
  for (const [unit, length] of UNITS) {
    const whole = Math.floor(Math.abs(seconds) / length);
    if (whole > 0) return seconds > 0 ? `${whole} ${unit} ago` : `in ${whole} ${unit}`;
  }
  return "just now";
}

const fullDate = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

function tellAges() {
  for (const time of document.querySelectorAll("time")) {
    const date = new Date(time.dateTime);
    const text = age(date);
    if (time.textContent === text) continue;
    time.textContent = text;
    time.title = fullDate.format(date);
  }
}

let announced = byId("filters")?.dataset.summary;

function announce() {
  const summary = byId("filters")?.dataset.summary;
  if (summary === announced) return;
  announced = summary;
  byId("announcement").textContent = summary;
}

setInterval(tellAges, 1000);
setInterval(announce, 8000);

// ---- Forms: deleting and removing without leaving the page ----

let answer = null; // takes what is answered to the question that is open

function confirmed(form) {
  byId("question").textContent = form.dataset.question;
  byId("subject").textContent = form.dataset.subject;
  byId("confirmation").showModal();
  return new Promise((resolve) => (answer = resolve));
}

// The close of a dialog is told late, perhaps when the next question is open already. These two are not.
byId("confirmation").addEventListener("submit", (event) => answer(event.submitter.value === "yes"));
byId("confirmation").addEventListener("cancel", () => answer(false));

async function submit(form) {
  const item = form.closest("#items > *")?.id;
  if (form.dataset.question && !(await confirmed(form))) return;
  try {
    const answer = await fetch(form.action, { method: "POST", redirect: "manual" });
    if (answer.type !== "opaqueredirect") throw new Error(`status ${answer.status}`);
  } catch (error) {
    complain(`The emulator did not do it: ${error.message}`);
    return;
  }
  if (form.dataset.then) location.assign(form.dataset.then);
  else if (item && byId(item)) remove(byId(item));
}

let complaint = 0;

function complain(text) {
  const trouble = byId("trouble");
  trouble.textContent = text;
  trouble.hidden = false;
  clearTimeout(complaint);
  complaint = setTimeout(() => (trouble.hidden = true), 6000);
}

document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  event.preventDefault();
  submit(event.target);
});

// ---- Copying ----

async function copy(button) {
  const text = byId(button.dataset.copies).textContent;
  if (navigator.clipboard) await navigator.clipboard.writeText(text);
  else {
    // Only pages from this machine or over TLS get the clipboard.
    getSelection().selectAllChildren(byId(button.dataset.copies));
    document.execCommand("copy");
  }
  button.classList.add("copied");
  const word = button.querySelector("span");
  if (word) word.textContent = "Copied";
  setTimeout(() => {
    button.classList.remove("copied");
    if (word) word.textContent = "Copy";
  }, 1500);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copies]");
  if (button) copy(button).catch((error) => complain(`It could not be copied: ${error.message}`));
});

// ---- Keys ----

const stops = () => [...document.querySelectorAll("#items [data-stop]")];

function step(by) {
  const all = stops();
  const item = document.activeElement.closest("#items > *");
  const at = item ? all.findIndex((each) => item.contains(each)) : -1;
  const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by;
  focusOn(all[Math.min(Math.max(next, 0), all.length - 1)]);
}

function climb(by) {
  // The rows of the grid, seen from the item that has the focus.
  const item = document.activeElement.closest("#items > *");
  const here = item.getBoundingClientRect();
  const others = stops().filter((each) => {
    const there = each.closest("#items > *").getBoundingClientRect();
    return Math.abs(there.left - here.left) < 4 && (by > 0 ? there.top > here.top : there.top < here.top);
  });
  focusOn(by > 0 ? others[0] : others[others.length - 1]);
}

function focusOn(element) {
  element?.focus({ preventScroll: true });
  element?.closest("#items > *").scrollIntoView({ block: "nearest" });
}

const MOVES = {
  j: () => step(1),
  k: () => step(-1),
  ArrowRight: () => step(1),
  ArrowLeft: () => step(-1),
  ArrowDown: () => climb(1),
  ArrowUp: () => climb(-1),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || byId("confirmation").open) return;
  const active = document.activeElement;
  const item = active.closest("#items > *");
  const scrolls = active.matches("pre, .long, .scrolls");
  if (event.key in MOVES && stops().length && !scrolls && (item || event.key.length === 1)) {
    MOVES[event.key]();
  } else if (event.key === "Delete") {
    const form = item?.querySelector("form") ?? document.querySelector("form[data-is-page]");
    if (!form) return;
    form.requestSubmit();
  } else if (event.key === "Escape") {
    const up = document.querySelector("[data-up]");
    if (up) up.click();
    else active.blur();
  } else return;
  event.preventDefault();
});

// ---- From the start ----

function prepare(root) {
  for (const button of root.querySelectorAll(".copy[hidden]")) button.hidden = false;
  tellAges();
}

prepare(document);
document.querySelector("#filters [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
if (byId("keys")) byId("keys").hidden = false;
document.addEventListener("visibilitychange", () => (document.hidden ? disconnect() : connect()));
addEventListener("pagehide", disconnect);
addEventListener("pageshow", connect);
connect();
