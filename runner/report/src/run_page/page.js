"use strict";
(() => {
  const run = JSON.parse(document.getElementById("data").textContent);
  const at = (id) => document.getElementById(id);
  // All text goes in as text, never as markup.
  const make = (tag, className, text) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined && text !== null) element.textContent = text;
    return element;
  };
  const known = new Set(["done", "failed", "cancelled", "unknown"]);
  const color = (state) => known.has(state) ? state : state === "succeeded" || state === "up to date" ? "done"
    : state === "interrupted" || state === "running" ? "cancelled" : state === "killed" ? "failed" : "other";
  const took = (ms) => {
    if (ms === null || ms === undefined) return "";
    if (ms < 1000) return `${ms}ms`;
    if (ms < 60000) return `${(ms / 1000).toFixed(ms < 10000 ? 1 : 0)}s`;
    const seconds = Math.round(ms / 1000);
    if (seconds < 3600) return `${Math.floor(seconds / 60)}m${seconds % 60 ? ` ${seconds % 60}s` : ""}`;
    return `${Math.floor(seconds / 3600)}h ${Math.floor(seconds / 60) % 60}m`;
  };

  const steps = run.steps;
  const byId = new Map(steps.map((step) => [step.id, step]));
  const neededBy = new Map(steps.map((step) => [step.id, []]));
  for (const step of steps) for (const need of step.needs) neededBy.get(need)?.push(step.id);
  const whole = Math.max(run.duration ?? 0, ...steps.map((step) => (step.start ?? 0) + (step.duration ?? 0)), 1);

  // The head.
  at("title").append(make("span", "", `${run.project}: ${run.tasks.join(" ")} `), make("small", "", run.run));
  const facts = [
    make("span", `state ${color(run.outcome)}`, run.outcome + (run.code ? `, exit code ${run.code}` : "")),
    make("span", "", run.duration === null ? "" : `in ${took(run.duration)}`),
    make("span", "", new Date(run.started).toLocaleString()),
    make("span", "", run.mode === "run" ? "" : run.mode),
    make("span", "", run.revision ? `revision ${run.revision.slice(0, 12)}` : ""),
    make("span", "", run.version ? `infra ${run.version}` : ""),
  ];
  const path = steps.filter((step) => step.critical).sort((a, b) => a.start - b.start);
  const spent = path.reduce((sum, step) => sum + (step.duration ?? 0), 0);
  if (path.length > 1) facts.push(make("span", "", `critical path: ${path.length} of ${steps.length} tasks, ${took(spent)}`));
  at("facts").append(...facts.filter((fact) => fact.textContent));
  if (run.params.length) {
    at("params").hidden = false;
    at("params").querySelector("summary").textContent = `Parameters (${run.params.length})`;
    for (const [name, value, origin] of run.params) {
      const row = make("tr");
      row.append(make("td", "", name), make("td", "", value), make("td", "origin", origin));
      at("params").querySelector("table").append(row);
    }
  }

  // The theme: the system's, until the button is pressed.
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let chosen = null;
  const theme = () => { document.documentElement.dataset.theme = chosen ?? (dark.matches ? "dark" : "light"); };
  dark.addEventListener("change", theme);
  at("theme").addEventListener("click", () => {
    chosen = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    theme();
  });
  theme();

  // The axis.
  const steady = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5, 18e5, 36e5, 72e5, 144e5, 864e5];
  const axis = () => {
    const room = Math.max(2, Math.floor(at("axis").clientWidth / 90));
    const tick = steady.find((step) => whole / step <= room) ?? whole;
    at("axis").replaceChildren();
    for (let moment = 0; moment <= whole * 0.97; moment += tick) {
      const mark = make("span", "", moment ? took(moment) : "0");
      mark.style.left = `${moment / whole * 100}%`;
      at("axis").append(mark);
    }
    at("rows").style.setProperty("--tick", `${tick / whole * 100}%`);
    document.documentElement.style.setProperty("--top", `${document.querySelector("nav").offsetHeight}px`);
  };

  // The rows. Each is made once; what is not in sight is not drawn.
  const rowOf = (step) => {
    const row = make("button", `row ${color(step.state)}${step.critical ? " critical" : ""}`);
    row.type = "button";
    row.dataset.step = step.id;
    row.setAttribute("aria-label", `${step.name}, ${step.state} ${took(step.duration)}${step.critical ? ", on the critical path" : ""}`);
    const name = make("span", "name");
    const label = make("span", "", step.name);
    label.title = step.name;
    name.append(make("i", "dot"), label);
    const track = make("span", "track");
    const note = make("span", "took");
    if (step.start === null) {
      note.textContent = step.state;
      note.style.left = "0";
    } else {
      const [left, width] = [step.start / whole * 100, (step.duration ?? whole - step.start) / whole * 100];
      const bar = make("span", "bar");
      bar.style.left = `${Math.min(left, 99.7)}%`;
      bar.style.width = `${Math.max(0, Math.min(width, 100 - left))}%`;
      const attempts = step.attempts > 1 ? `, ${step.attempts} attempts` : "";
      note.textContent = (step.state === "done" ? "" : `${step.state} `) + took(step.duration) + attempts;
      if (left + width > 75 && left > 20) {
        note.classList.add("in");
        note.style.left = `${left}%`;
      } else if (left + width > 75) {
        note.style.right = "0";
      } else {
        note.style.left = `max(${left + width}%, ${left}% + 3px)`;
      }
      track.append(bar);
    }
    track.append(note);
    row.append(name, track);
    return row;
  };
  const rows = new Map(steps.map((step) => [step.id, rowOf(step)]));
  at("rows").addEventListener("click", (event) => {
    const row = event.target.closest(".row");
    if (row) choose(Number(row.dataset.step));
  });

  // What is shown: by word, by state, in an order.
  let state = null;
  let words = [];
  let shown = [];
  const texts = new Map();
  const text = (step) => {
    let all = texts.get(step.id);
    if (all === undefined) {
      const effects = step.effects.map((effect) => `${effect.kind} ${effect.summary} ${effect.detail ?? ""}`);
      all = [step.name, step.task, step.state, step.text, step.output, ...effects, ...step.log.map((line) => line[1])].join("\n").toLowerCase();
      texts.set(step.id, all);
    }
    return all;
  };
  const orders = {
    start: (a, b) => (a.start ?? Infinity) - (b.start ?? Infinity) || a.id - b.id,
    plan: (a, b) => a.id - b.id,
    longest: (a, b) => (b.duration ?? -1) - (a.duration ?? -1) || a.id - b.id,
  };
  const fits = (step) => (state === null || (state === "critical" ? step.critical : step.state === state))
    && words.every((word) => text(step).includes(word));
  const show = () => {
    shown = steps.filter(fits).sort(orders[at("order").value]);
    at("rows").replaceChildren(...shown.map((step) => rows.get(step.id)));
    at("none").hidden = shown.length > 0;
    links();
  };
  const filters = () => {
    const counts = new Map();
    for (const step of steps) counts.set(step.state, (counts.get(step.state) ?? 0) + 1);
    const all = [[null, "all", steps.length], ...[...counts].map(([word, count]) => [word, word, count])];
    if (path.length > 1) all.push(["critical", "critical path", path.length]);
    for (const [value, label, count] of all) {
      const button = make("button", "", label);
      button.type = "button";
      button.append(make("b", "", count));
      button.setAttribute("aria-pressed", String(value === null));
      button.addEventListener("click", () => {
        state = value;
        for (const other of at("filters").children) other.setAttribute("aria-pressed", String(other === button));
        show();
      });
      at("filters").append(button);
    }
  };
  let waiting = 0;
  at("search").addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      words = at("search").value.toLowerCase().split(/\s+/).filter(Boolean);
      show();
      if (selected !== null) detail(byId.get(selected));
    }, 80);
  });
  at("order").addEventListener("change", show);

  // What waited for what, of the chosen step.
  let selected = null;
  const links = () => {
    at("links")?.remove();
    for (const row of rows.values()) row.classList.remove("near");
    const step = byId.get(selected);
    if (!step) return;
    const place = new Map(shown.map((other, index) => [other.id, index]));
    const space = "http://www.w3.org/2000/svg";
    const drawing = document.createElementNS(space, "svg");
    drawing.id = "links";
    const track = at("rows").querySelector(".track");
    if (!track) return;
    const left = track.offsetLeft;
    const width = track.offsetWidth;
    const height = at("rows").firstElementChild.offsetHeight;
    const x = (moment) => left + Math.min(1, moment / whole) * width;
    const y = (id) => place.get(id) * height + height / 2;
    const link = (from, to) => {
      if (!place.has(from.id) || !place.has(to.id) || from.start === null || to.start === null) return;
      const [x1, x2, y1, y2] = [x(from.start + (from.duration ?? 0)), x(to.start), y(from.id), y(to.id)];
      const line = document.createElementNS(space, "path");
      const bend = Math.max(10, Math.abs(x2 - x1) / 2);
      line.setAttribute("d", `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`);
      drawing.append(line);
    };
    for (const need of step.needs) {
      rows.get(need)?.classList.add("near");
      if (byId.has(need)) link(byId.get(need), step);
    }
    for (const later of neededBy.get(step.id)) {
      rows.get(later)?.classList.add("near");
      link(step, byId.get(later));
    }
    at("rows").append(drawing);
  };

  // The details of the chosen step.
  const marked = (parent, content) => {
    const lower = content.toLowerCase();
    let done = 0;
    while (words.length) {
      const hits = words.map((word) => [lower.indexOf(word, done), word.length]).filter(([index]) => index >= 0);
      if (!hits.length || lower.length !== content.length) break;
      const [index, length] = hits.reduce((a, b) => a[0] <= b[0] ? a : b);
      parent.append(content.slice(done, index), make("mark", "", content.slice(index, index + length)));
      done = index + length;
    }
    parent.append(content.slice(done));
  };
  const chips = (title, ids) => {
    if (!ids.length) return [];
    const list = make("div", "chips");
    for (const id of ids) {
      const other = byId.get(id);
      if (!other) continue;
      const chip = make("button", color(other.state));
      chip.type = "button";
      chip.append(make("i", "dot"), make("span", "", other.name));
      chip.addEventListener("click", () => choose(id, true));
      list.append(chip);
    }
    return [make("h3", "", title), list];
  };
  const log = (step) => {
    if (!step.log.length) return [];
    const pre = make("pre");
    if (step.left) pre.append(make("span", "debug", `… ${step.left} earlier lines are left out\n`));
    for (const [stream, content] of step.log) {
      const line = make("span", ["warning", "error", "debug"].includes(stream) ? stream : "");
      marked(line, content);
      pre.append(line, "\n");
    }
    return [make("h3", "", "Log"), pre];
  };
  const effects = (step) => {
    if (!step.effects.length) return [];
    const list = make("div");
    for (const effect of step.effects) {
      const entry = make("div", "effect");
      const code = make("code");
      marked(code, effect.summary);
      const state = make("span", effect.state === "performed" ? "kind" : "bad", ` ${effect.state} `);
      entry.append(make("span", "kind", `${effect.kind} `), code, state, make("span", "kind", took(effect.duration)));
      if (effect.detail) entry.append(make("span", "kind", ` · ${effect.detail}`));
      list.append(entry);
    }
    if (step.leftEffects) list.append(make("p", "more", `… and ${step.leftEffects} more`));
    return [make("h3", "", `Effects (${step.effects.length + step.leftEffects})`), list];
  };
  const detail = (step) => {
    const head = make("div", "line");
    const close = make("button", "", "✕");
    close.type = "button";
    close.title = "Close";
    close.addEventListener("click", () => choose(null));
    head.append(make("h2", "", step.name), close);
    const facts = [step.state, took(step.duration), step.attempts > 1 ? `${step.attempts} attempts` : "",
      step.start === null ? "" : `after ${took(step.start)}`, step.changed ? "changed something" : "",
      step.critical && path.length > 1 ? "on the critical path" : ""];
    const about = make("p", color(step.state));
    about.append(make("span", "state", facts[0]), facts.slice(1).filter(Boolean).map((fact) => ` · ${fact}`).join(""));
    const parts = [head, about];
    if (step.task !== step.name) parts.push(make("p", "hint", `task ${step.task}`));
    if (step.text) {
      const reason = make("div", `reason ${color(step.state)}`);
      marked(reason, step.text);
      parts.push(reason);
    }
    if (step.hint) parts.push(make("p", "hint", `hint: ${step.hint}`));
    parts.push(...log(step));
    if (step.output) {
      const pre = make("pre");
      marked(pre, step.output);
      parts.push(make("h3", "", "Result"), pre);
    }
    parts.push(...effects(step), ...chips("Waited for", step.needs), ...chips("Needed by", neededBy.get(step.id)));
    if (step.digest) parts.push(make("h3", "", "Component"), make("p", "hint", step.digest));
    at("detail").replaceChildren(...parts);
    at("detail").scrollTop = 0;
  };
  const choose = (id, scroll) => {
    rows.get(selected)?.setAttribute("aria-pressed", "false");
    selected = byId.has(id) ? id : null;
    const open = selected !== null;
    at("detail").hidden = !open;
    document.querySelector("main").classList.toggle("open", open);
    document.body.classList.toggle("open", open);
    if (open) {
      detail(byId.get(id));
      const row = rows.get(id);
      row.setAttribute("aria-pressed", "true");
      if (scroll) row.scrollIntoView({ block: "nearest" });
    }
    // Some browsers refuse it for a file.
    try { history.replaceState(null, "", open ? `#step-${id}` : "#"); } catch { /* the address stays */ }
    axis();
    links();
  };

  addEventListener("keydown", (event) => {
    const typing = ["INPUT", "SELECT"].includes(document.activeElement?.tagName);
    if (event.key === "/" && !typing) {
      event.preventDefault();
      at("search").focus();
    } else if (event.key === "Escape") {
      typing ? document.activeElement.blur() : choose(null);
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !typing && shown.length) {
      event.preventDefault();
      const now = shown.findIndex((step) => step.id === selected);
      const next = now < 0 ? 0 : Math.max(0, Math.min(shown.length - 1, now + (event.key === "ArrowDown" ? 1 : -1)));
      choose(shown[next].id, true);
      rows.get(shown[next].id).focus({ preventScroll: true });
    }
  });
  addEventListener("resize", () => { axis(); links(); });
  filters();
  show();
  axis();
  const wanted = /^#step-(\d+)$/.exec(location.hash);
  const failed = steps.find((step) => step.state === "failed");
  if (wanted) choose(Number(wanted[1]), true);
  else if (failed && innerWidth > 760) choose(failed.id);
})();
