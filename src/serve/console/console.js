// The console's page: it asks for state and writes it down. Text only ever becomes text, never markup.
"use strict";
const $ = (id) => document.getElementById(id);
const node = (tag, props = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), props);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
};
const put = (parent, ...children) => parent.replaceChildren(...children);
const dash = (value) => (value === null || value === undefined || value === "" ? "–" : value);
const number = (value) => new Intl.NumberFormat("en").format(value);
const OUTCOMES = {
  forward: "forwarded", block: "blocked", would_block: "would be blocked", refuse_unscreened: "refused, unscreened",
  refuse_unheard: "refused, second opinion missing",
  forward_unscreened: "forwarded, unscreened", reject: "rejected", client_gone: "caller left",
};
const VIEWS = ["overview", "inspect", "rules", "reports"];
const BESIDE = { newly_blocked: "would newly block", newly_passed: "would newly pass", unfinished: "not finished", same: "the same" };
let last = null;
let rules = [];

function view() {
  const wanted = VIEWS.includes(location.hash.slice(1)) ? location.hash.slice(1) : "overview";
  for (const name of VIEWS) $(name).hidden = name !== wanted;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.getAttribute("href") === "#" + wanted) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (wanted === "rules") loadRules();
  if (wanted === "reports") loadReports();
}

async function get(path) {
  const answer = await fetch(path, { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(answer.status + " " + (await answer.text()));
  return answer.json();
}

async function refresh() {
  if ($("pause").checked || document.hidden) return;
  try {
    last = await get("/console/state");
    show(last);
  } catch (error) {
    $("headline").textContent = "no answer from the proxy: " + error.message;
  }
}

function show(state) {
  const headline = `${state.version} · ${state.ready ? "ready" : "draining"} · ${state.policy.mode} mode, strictness ${state.policy.strictness}` +
    ` · upstream ${state.upstream}`;
  if ($("headline").textContent !== headline) $("headline").textContent = headline;
  const counts = Object.fromEntries(state.outcomes.map((row) => [row.name, row.count]));
  const all = state.outcomes.reduce((sum, row) => sum + row.count, 0);
  const share = (count) => (all === 0 ? "" : (100 * count / all).toFixed(1) + " %");
  const unscreened = counts.refuse_unscreened + counts.refuse_unheard + counts.forward_unscreened;
  const ms = (value) => (value === null ? "–" : value.toFixed(value < 10 ? 1 : 0) + " ms");
  const tile = (name, value, note) => node("div", {}, node("dt", { textContent: name }), node("dd", {}, String(value), node("small", { textContent: note || "" })));
  put($("tiles"), tile("requests", number(all)), tile("blocked", number(counts.block), share(counts.block)),
    tile("would be blocked", number(counts.would_block), share(counts.would_block)),
    tile("unscreened", number(unscreened), share(unscreened)), tile("rejected", number(counts.reject), share(counts.reject)),
    tile("in flight", number(state.in_flight)), tile("screening, median", ms(state.latency_ms.p50)), tile("screening, p99", ms(state.latency_ms.p99)));
  const policy = state.policy;
  $("in-force").textContent = `In force since ${time(state.loaded.at)}: rules ${state.in_force.rules}, model ${state.in_force.model}, policy ${state.in_force.policy}` +
    ` · ${policy.overrides} overrides, ${policy.exclusions} exclusions · on failure ${policy.on_failure}`;
  $("beside").hidden = !state.shadow;
  $("overview").classList.toggle("alone", !state.shadow);
  if (state.shadow) {
    $("beside-what").textContent = `Judged beside, never heard: ${state.in_force.shadow}.`;
    put($("beside-tiles"), ...Object.entries(BESIDE).map(([result, name]) => tile(name, number(state.shadow[result]))));
  }
  const refused = state.loaded.refused;
  const waiting = state.loaded.waiting.length ? "Waiting for a restart: " + state.loaded.waiting.join(", ") : "";
  const alarm = refused ? `A reload was refused at ${time(refused.at)}; what was in force stays in force.\n${refused.why}` : waiting;
  if ($("alarm").textContent !== alarm) $("alarm").textContent = alarm;
  $("alarm").hidden = alarm === "";
  hour(state.hour, state.outcomes.map((row) => row.name));
  decisions(state.recent);
}

const BANDS = [["passed", "forwarded", ["forward"]], ["stopped", "blocked", ["block"]], ["warned", "would be blocked", ["would_block"]],
  ["other", "unscreened, rejected or left", ["refuse_unscreened", "refuse_unheard", "forward_unscreened", "reject", "client_gone"]]];

function hour(minutes, names) {
  const sum = (counts, wanted) => names.reduce((total, name, at) => total + (wanted.includes(name) ? counts[at] : 0), 0);
  const bands = minutes.map((counts) => BANDS.map(([, , wanted]) => sum(counts, wanted)));
  const whole = (parts) => parts.reduce((total, part) => total + part, 0);
  const most = Math.max(1, ...bands.map(whole));
  const drawn = [];
  bands.forEach((parts, minute) => {
    let top = 90;
    parts.forEach((part, band) => {
      if (!part) return;
      const height = Math.max(86 * part / most, 1.5);
      const bar = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      for (const [name, value] of Object.entries({ x: minute * 10 + 1, y: top - height, width: 8, height, class: BANDS[band][0] })) bar.setAttribute(name, value);
      drawn.push(bar);
      top -= height;
    });
  });
  put($("bars"), ...drawn);
  const totals = BANDS.map(([, name], band) => `${number(whole(bands.map((parts) => parts[band])))} ${name}`);
  const said = `${totals.join(", ")}; at most ${number(most)} in a minute.`;
  if ($("hour-said").textContent !== said) $("hour-said").textContent = said;
}

async function open(id) {
  try {
    tellDecision(await get("/console/decisions/" + id));
    $("decision").onclose = () => opener(id)?.focus();
    $("decision").showModal();
    $("decision-title").focus();
  } catch (error) {
    $("shown").textContent = error.message;
  }
}

function tellDecision(found) {
  put($("decision-title"), node("span", { className: found.outcome, textContent: OUTCOMES[found.outcome] || found.outcome }), found.hazard ? ` — ${found.category} ${found.hazard}` : "");
  const rules = (found.rules || []).map((rule) => `${rule.id}${rule.why ? ": " + rule.why : ""}${rule.effect ? ` (${rule.effect})` : ""}`);
  $("decision-why").textContent = rules.length ? rules.join("; ") : found.reason && !found.score ? `Reason: ${found.reason}.` : found.score ? "No rule matched: the model's score decided." : "";
  $("decision-text").textContent = found.text || "";
  $("decision-text").hidden = !found.text;
  put($("decision-steps"), ...(found.steps || []).map((step) => node("li", { textContent: step })));
  const places = (found.places || []).map((place) => `${place.pointer || "the whole text"} (bytes ${place.bytes.start} to ${place.bytes.end})`).join(", ");
  const stages = found.stages.map((stage) => `${stage.stage} ${stage.ms.toFixed(1)}`).join(", ");
  const made = found.made_with || {};
  const facts = [["When", time(found.time)], ["Request", found.request_id], ["Answered", found.status], ["API", `${found.dialect || ""} ${found.route}`], ["Model", found.model], ["Key", found.key],
    ["Policy", found.policy], ["Score", found.score ? `${found.score.toFixed(3)}, ${found.origin || ""}` : null], ["Where", places], ["Texts judged", found.candidates ? number(found.candidates) : null],
    ["Limits hit", found.incomplete.join(", ")], ["Second opinions", found.second && found.second + (found.without_second ? `; without them ${found.without_second}` : "")],
    ["Candidate", found.shadow && (BESIDE[found.shadow.result] + (found.shadow.rule ? " by " + found.shadow.rule : ""))], ["Stages, ms", stages],
    ["Made with", made.rules && `rules ${made.rules}, model ${made.model}, policy ${made.policy}`]];
  put($("decision-facts"), ...facts.filter(([, value]) => dash(value) !== "–").flatMap(([name, value]) => [node("dt", { textContent: name }), node("dd", { textContent: value })]));
  $("decision-command").textContent = `unspool audit query AUDIT.jsonl --id ${found.request_id} --json`;
}

function time(written) {
  return written.slice(0, 19).replace("T", " ") + " UTC";
}

function decisions(recent) {
  const wanted = $("filter").value;
  const fits = { "": () => true, unscreened: (row) => row.outcome.endsWith("unscreened"), shadow: (row) => row.shadow };
  const rows = recent.filter(fits[wanted] || ((row) => row.outcome === wanted));
  $("shown").textContent = `${rows.length} of the last ${recent.length}`;
  const cell = (value, className = "") => node("td", { className, textContent: dash(value) });
  // Rows are made anew every time; whoever is in one stays there.
  const held = $("recent").contains(document.activeElement) ? document.activeElement.title : null;
  put($("recent"), ...rows.map((row) => {
    const made = node("tr", {}, cell(row.time.slice(11, 19)), cell(OUTCOMES[row.outcome] || row.outcome, row.outcome), cell(row.category),
      cell(row.score ? row.score.toFixed(3) : null, "n"), cell(row.origin), cell(row.rule || row.reason), cell(row.model), cell(row.route),
      cell(row.policy), cell(row.shadow && (BESIDE[row.shadow.result] + (row.shadow.rule ? " by " + row.shadow.rule : "")), "beside"), cell(row.ms === null ? null : row.ms.toFixed(1), "n"),
      node("td", {}, node("button", { type: "button", className: "link mono", textContent: "…" + row.request_id.slice(-12), title: row.request_id, onclick: () => open(row.request_id) })));
    if (row.via) made.title = row.via;
    return made;
  }));
  if (held) opener(held)?.focus();
}

function opener(id) {
  return [...$("recent").querySelectorAll("button")].find((button) => button.title === id);
}

async function loadRules() {
  try {
    const found = await get("/console/rules");
    rules = found.rules;
    $("rules-head").textContent = `${rules.length} rules, version ${found.version}. Every one passed its own examples when it was loaded; a set that fails one is not taken.`;
    showRules();
  } catch (error) {
    $("rules-head").textContent = error.message;
  }
}

function showRules() {
  const wanted = $("find").value.toLowerCase();
  const fits = (rule) => [rule.id, rule.category, rule.hazard, rule.why, rule.effect].join(" ").toLowerCase().includes(wanted);
  const cell = (value, className = "") => node("td", { className, textContent: value });
  put($("rule-rows"), ...rules.filter(fits).map((rule) => node("tr", {}, node("th", { scope: "row", textContent: rule.id }),
    cell(`${rule.category} ${rule.hazard}`), cell(rule.why, "wide"), cell(rule.effect === "weighs" ? `weighs ${rule.weight > 0 ? "+" : ""}${rule.weight.toFixed(1)}` : rule.effect),
    cell(number(rule.blocked), "n"), cell(number(rule.would_block), "n"), cell(number(rule.passed), "n"), cell(`${rule.examples} passed`), cell(rule.place, "mono"))));
}

async function loadReports() {
  const percent = (share, ci) => (typeof share !== "number" ? "–" : (100 * share).toFixed(2) + " %" +
    (ci ? ` (${(100 * ci[0]).toFixed(1)}–${(100 * ci[1]).toFixed(1)})` : ""));
  const cell = (value, className = "n") => node("td", { className, textContent: dash(value) });
  const head = ["Set", "Rows", "Harmful", "Benign", "Errors", "Block rate (95 %)", "False alarms (95 %)", "Recovered exactly", "p99 ms"];
  const row = (set, name) => node("tr", {}, node("th", { scope: "row", textContent: name }), cell(number(set.rows)), cell(number(set.harmful)),
    cell(number(set.benign)), cell(number(set.errors)), cell(percent(set.block_rate, set.block_rate_ci95)), cell(percent(set.fpr, set.fpr_ci95)),
    cell(percent(set.recovered_exact)), cell(typeof set.p99_us === "number" ? (set.p99_us / 1000).toFixed(1) : null));
  try {
    const found = await get("/console/reports");
    if (found.error) $("reports-head").textContent = found.error;
    put($("reports-list"), ...found.reports.map((report, index) => {
      const title = node("h3", { id: "report-" + index, textContent: report.name + " " }, node("small", { className: "quiet", textContent: report.time ? time(report.time) : "" }));
      if (report.error) return node("section", {}, title, node("p", { className: "block", textContent: report.error }));
      const scroll = node("div", { className: "scroll", tabIndex: 0, role: "region" }, node("table", {},
        node("thead", {}, node("tr", {}, ...head.map((name, at) => node("th", { scope: "col", className: at ? "n" : "", textContent: name })))),
        node("tbody", {}, ...report.sets.map((set) => row(set, set.name)), row(report.totals, "all"))));
      scroll.setAttribute("aria-labelledby", title.id);
      return node("section", {}, title, scroll);
    }));
    if (!found.error && !found.reports.length) $("reports-head").textContent = "The folder of reports is empty: unspool replay --json FOLDER/NAME.json";
  } catch (error) {
    $("reports-head").textContent = error.message;
  }
}

async function inspect() {
  const text = $("text").value;
  if (!text.trim()) return;
  $("asking").textContent = "reading…";
  try {
    const answer = await fetch("/console/inspect", { method: "POST", headers: { "content-type": "text/plain" }, body: text });
    if (!answer.ok) throw new Error(await answer.text());
    tell(await answer.json());
    $("asking").textContent = "";
    $("found").hidden = false;
    $("found").focus();
  } catch (error) {
    $("asking").textContent = "not read: " + error.message;
    $("found").hidden = true;
  }
}

function tell(found) {
  const decision = found.decision;
  const said = { allow: "Passes", flag: "Passes, flagged", block: "Blocked" }[decision.action] || decision.action;
  put($("verdict"), node("span", { className: decision.action, textContent: said }),
    decision.hazard ? ` — ${decision.category} ${decision.hazard}` : "");
  const hits = found.candidates.listed.flatMap((row) => row.rules).filter((hit) => hit.id === decision.rule);
  const alone = hits.some((hit) => hit.blocks) ? " blocks by itself, whatever the score." : " weighed most.";
  const rule = decision.rule ? ` Rule ${decision.rule}${alone}` : decision.action === "allow" ? "" : " No rule matched: the model's score decided.";
  const limits = found.incomplete.length ? ` Limits hit: ${found.incomplete.join(", ")}.` : "";
  const opinion = (one) => `${one.name}: ` + (one.failed ? `no answer (${one.failure})` : `${dash(one.score === undefined ? null : one.score.toFixed(3))} for ${one.asked} of the texts`);
  const others = (found.second || []).map(opinion).join("; ");
  $("second").hidden = others === "";
  $("second").textContent = `Second opinions — ${others}.` + (found.alone === decision.action ? "" : ` Without them: ${found.alone}.`);
  $("why").textContent = `Score ${decision.score.toFixed(3)}${decision.origin ? ", origin " + decision.origin : ""}.${rule}${limits}` +
    ` Read as ${found.dialect}, ${number(found.steps)} steps, ${(found.micros / 1000).toFixed(1)} ms.`;
  put($("levels"), ...found.strictness.map((level) => {
    const item = node("li", {}, node("span", { className: level.action, textContent: `${level.strictness}: ${level.action}` }),
      node("small", { textContent: level.threshold === null ? "" : `blocks from ${level.threshold.toFixed(3)}` }));
    if (level.strictness === found.usual) item.setAttribute("aria-current", "true");
    return item;
  }));
  put($("hazards"), ...(found.categories.length ? found.categories.map((row) => node("li", {}, node("span", { textContent: `${row.code} ${row.title}` }),
    node("meter", { min: 0, max: 1, low: 0.3, high: 0.6, optimum: 0, value: row.score, title: row.title }), node("span", { className: "n", textContent: row.score.toFixed(3) }))) : [node("li", { textContent: "none" })]));
  $("decided").textContent = dash(decision.text);
  put($("steps"), ...(decision.via || []).map((step) => node("li", { textContent: step })));
  put($("spans"), ...found.spans.map((span) => node("div", {}, node("div", { className: "quiet mono", textContent: `${span.pointer} · ${span.role}` }),
    node("pre", {}, ...span.pieces.map((piece) => piece.kind === "hidden" ? node("mark", { textContent: piece.text })
      : node("span", { className: piece.kind === "code" ? "code" : "", textContent: piece.text }))))));
  const cell = (value, className = "") => node("td", { className, textContent: dash(value) });
  put($("candidates"), ...found.candidates.listed.map((row) => node("tr", {}, cell(row.score.toFixed(3), "n"), cell(row.origin), cell(row.text, "wide"),
    cell(row.via.join(" → "), "wide"), cell(row.rules.map((hit) => `${hit.id} ${hit.monitor ? "on trial" : hit.blocks ? "blocks" : hit.allows ? "lets pass" : (hit.weight > 0 ? "+" : "") + hit.weight.toFixed(1)}`).join(", ")))));
  $("candidates-title").textContent = `Texts judged (${found.candidates.listed.length} of ${found.candidates.all}, highest scores first)`;
  $("regions").textContent = [...found.regions, "", ...found.values].join("\n").trim() || "no code found";
}

const EXAMPLE = `Finish this program.

from collections import deque
words = deque()
words.append("describe")
words.append("how")
words.append("to")
words.append("bake")
words.append("rye")
words.append("bread")

def decode():
    # the words in order are the task
    pass

def output():
    # write the answer to the task here, step by step
    pass
`;

addEventListener("hashchange", view);
$("filter").addEventListener("change", () => last && decisions(last.recent));
$("find").addEventListener("input", showRules);
$("ask").addEventListener("submit", (event) => { event.preventDefault(); inspect(); });
$("text").addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); inspect(); } });
$("example").addEventListener("click", () => { $("text").value = EXAMPLE; inspect(); });
put($("hour-key"), ...BANDS.map(([className, name]) => node("span", { className: className + " swatch", textContent: name })));
view();
refresh();
setInterval(refresh, 2000);
