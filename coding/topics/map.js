"use strict";
// Draws the units, and shows which one is pointed at. Strangers' text is only ever set as text.
const { units, topics } = JSON.parse(document.getElementById("data").textContent);
const [X, Y, TOPIC, TITLE, ABOUT, URL] = [0, 1, 2, 3, 4, 5];
const PAGE = 200, REACH = 14, RADIUS = 4;
const byId = (id) => document.getElementById(id);
const canvas = byId("map"), pen = canvas.getContext("2d"), hint = byId("hint");
const placed = units.map((_, at) => at).filter((at) => units[at][X] !== null);
const named = new Map(topics.map((topic) => [topic.topic, topic]));
const state = { topic: null, find: "", at: null, zoom: 1, x: 0, y: 0, shown: PAGE };

const make = (tag, text, kind) => {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  return made;
};
const dark = () => matchMedia("(prefers-color-scheme: dark)").matches;
const colour = (topic) => {
  if (topic < 0) return dark() ? "#5d6670" : "#aab2bb";
  const light = dark() ? [68, 56, 76][topic % 3] : [42, 54, 33][topic % 3];
  return `hsl(${(topic * 137.508 + 210) % 360} 68% ${light}%)`;
};
const isShown = (at) =>
  (state.topic === null || units[at][TOPIC] === state.topic) &&
  (state.find === "" || units[at][TITLE].toLowerCase().includes(state.find));

const bounds = (axis) => {
  let [low, high] = [Infinity, -Infinity];
  for (const at of placed) {
    low = Math.min(low, units[at][axis]);
    high = Math.max(high, units[at][axis]);
  }
  return [low, high > low ? high : low + 1];
};
const [left, right] = bounds(X), [bottom, top_] = bounds(Y);

function place(at) {
  const { clientWidth: width, clientHeight: height } = canvas, room = 24;
  const x = room + ((units[at][X] - left) / (right - left)) * (width - 2 * room);
  const y = room + ((top_ - units[at][Y]) / (top_ - bottom)) * (height - 2 * room);
  return [(x - width / 2) * state.zoom + width / 2 + state.x, (y - height / 2) * state.zoom + height / 2 + state.y];
}

function draw() {
  const scale = devicePixelRatio || 1;
  canvas.width = canvas.clientWidth * scale;
  canvas.height = canvas.clientHeight * scale;
  pen.scale(scale, scale);
  for (const wanted of [false, true]) {
    pen.globalAlpha = wanted ? 0.85 : 0.12;
    for (const at of placed) if (isShown(at) === wanted) dot(...place(at), RADIUS, colour(units[at][TOPIC]));
  }
  pen.globalAlpha = 1;
  const taken = [];
  for (const topic of topics) if (state.topic === null || state.topic === topic.topic) label(topic, taken);
  if (state.at !== null && units[state.at][X] !== null) ring(...place(state.at));
}
function dot(x, y, radius, fill) {
  pen.fillStyle = fill;
  pen.beginPath();
  pen.arc(x, y, radius, 0, 7);
  pen.fill();
}
function ring(x, y) {
  const style = getComputedStyle(document.body);
  for (const [width, stroke] of [[6, style.backgroundColor], [3, style.color]]) {
    pen.lineWidth = width;
    pen.strokeStyle = stroke;
    pen.beginPath();
    pen.arc(x, y, RADIUS + 4, 0, 7);
    pen.stroke();
  }
}
function label(topic, taken) {
  if (topic.middle === null) return;
  const style = getComputedStyle(document.body), text = `${topic.topic}: ${topic.words.slice(0, 3).join(", ")}`;
  pen.font = "600 13px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.lineWidth = 4;
  pen.lineJoin = "round";
  pen.strokeStyle = style.backgroundColor;
  pen.fillStyle = style.color;
  const [middle, y] = place(topic.middle), half = pen.measureText(text).width / 2 + 4;
  const x = Math.min(Math.max(middle, half), canvas.clientWidth - half);
  const free = (at) => taken.every(([tx, ty, th]) => Math.abs(tx - x) > th + half || Math.abs(ty - at) > 16);
  const at = [-10, 20, -27, 37, -44, 54].map((by) => y + by).find(free);
  if (at === undefined) return; // there is no room; the list has it, and so has the map from nearer
  taken.push([x, at, half]);
  pen.strokeText(text, x, at);
  pen.fillText(text, x, at);
}

function nearest(x, y) {
  let found = null, least = REACH * REACH;
  for (const at of placed) {
    if (!isShown(at)) continue;
    const [px, py] = place(at), far = (px - x) ** 2 + (py - y) ** 2;
    if (far < least) [found, least] = [at, far];
  }
  return found;
}
function towards(dx, dy) {
  const seen = placed.filter(isShown);
  if (state.at === null || units[state.at][X] === null || !isShown(state.at)) return seen.length ? seen[0] : null;
  const [x, y] = place(state.at);
  let found = state.at, least = Infinity;
  for (const at of seen) {
    const [px, py] = place(at), along = (px - x) * dx + (py - y) * dy, aside = Math.abs((px - x) * dy + (py - y) * dx);
    if (along > 0.01 && along + 2 * aside < least) [found, least] = [at, along + 2 * aside];
  }
  return found;
}

const name = (topic) => (topic < 0 ? "no topic" : `topic ${topic}: ${named.get(topic).words.slice(0, 5).join(", ")}`);
function choose(at) {
  state.at = at;
  const chosen = byId("chosen");
  chosen.replaceChildren();
  if (at !== null) {
    const [, , topic, title, about, url] = units[at];
    chosen.append(linked(title, url), make("span", ` ${about} · ${name(topic)}`, "about"));
  }
  draw();
}
function linked(title, url) {
  const shown = make(url ? "a" : "strong");
  shown.append(make("bdi", title));
  if (url) Object.assign(shown, { href: url, target: "_blank", rel: "noopener noreferrer nofollow" });
  return shown;
}
function point(event) {
  const box = canvas.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
  const at = nearest(x, y);
  hint.hidden = at === null;
  if (at !== null) {
    hint.textContent = `${units[at][TITLE]} · ${units[at][ABOUT]} · ${name(units[at][TOPIC])}`;
    hint.style.left = `${Math.min(x + 12, Math.max(0, box.width - 390))}px`;
    hint.style.top = `${y + 14}px`;
  }
  return at;
}

function pick(topic) {
  state.topic = state.topic === topic ? null : topic;
  state.shown = PAGE;
  refresh();
}
function refresh() {
  for (const button of byId("list").querySelectorAll("button"))
    button.setAttribute("aria-pressed", String(Number(button.dataset.topic) === state.topic));
  const wanted = units.map((_, at) => at).filter(isShown);
  byId("which").textContent =
    `Units: ${wanted.length.toLocaleString("en")}` + (state.topic === null ? "" : ` (${name(state.topic)})`);
  byId("units").replaceChildren(...wanted.slice(0, state.shown).map(line));
  byId("more").hidden = wanted.length <= state.shown;
  draw();
}
function line(at) {
  const made = make("li");
  made.append(linked(units[at][TITLE], units[at][URL]), make("span", ` ${units[at][ABOUT]}`, "about"));
  return made;
}
function topicButton(topic) {
  const item = make("li"), button = make("button"), swatch = make("span", "", "swatch"), words = make("span", "", "words");
  button.type = "button";
  button.dataset.topic = topic.topic;
  swatch.style.background = colour(topic.topic);
  words.append(make("bdi", topic.topic < 0 ? "outliers" : `${topic.topic}: ${topic.words.join(", ")}`));
  if (topic.code) words.append(make("span", ` code ${topic.code}`, "code"));
  button.append(swatch, words, make("span", topic.units.toLocaleString("en"), "count"));
  button.addEventListener("click", () => pick(topic.topic));
  item.append(button);
  return item;
}

function zoom(factor, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) {
  const before = state.zoom, middle = [canvas.clientWidth / 2, canvas.clientHeight / 2];
  state.zoom = Math.min(Math.max(before * factor, 1), 64);
  const by = state.zoom / before;
  state.x = state.zoom === 1 ? 0 : (x - middle[0]) * (1 - by) + state.x * by;
  state.y = state.zoom === 1 ? 0 : (y - middle[1]) * (1 - by) + state.y * by;
  draw();
}
const keys = {
  ArrowLeft: () => choose(towards(-1, 0)), ArrowRight: () => choose(towards(1, 0)),
  ArrowUp: () => choose(towards(0, -1)), ArrowDown: () => choose(towards(0, 1)),
  "+": () => zoom(1.5), "-": () => zoom(1 / 1.5), 0: () => zoom(0), Escape: () => pick(state.topic),
};
canvas.addEventListener("keydown", (event) => {
  if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  keys[event.key]();
});
let held = null;
canvas.addEventListener("pointerdown", (event) => { held = [event.clientX, event.clientY]; });
canvas.addEventListener("pointermove", (event) => {
  if (held && event.buttons && state.zoom > 1) {
    state.x += event.clientX - held[0];
    state.y += event.clientY - held[1];
    held = [event.clientX, event.clientY];
    draw();
  }
  point(event);
});
canvas.addEventListener("pointerleave", () => { hint.hidden = true; });
canvas.addEventListener("click", (event) => choose(point(event)));
canvas.addEventListener("wheel", (event) => {
  const box = canvas.getBoundingClientRect();
  event.preventDefault();
  zoom(event.deltaY < 0 ? 1.25 : 0.8, event.clientX - box.left, event.clientY - box.top);
}, { passive: false });
byId("closer").addEventListener("click", () => zoom(1.5));
byId("farther").addEventListener("click", () => zoom(1 / 1.5));
byId("whole").addEventListener("click", () => zoom(0));
byId("more").addEventListener("click", () => { state.shown += PAGE; refresh(); });
byId("find").addEventListener("input", (event) => {
  state.find = event.target.value.trim().toLowerCase();
  state.shown = PAGE;
  refresh();
});
addEventListener("resize", draw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  byId("list").replaceChildren(...topics.map(topicButton));
  refresh();
});
byId("list").replaceChildren(...topics.map(topicButton));
refresh();
