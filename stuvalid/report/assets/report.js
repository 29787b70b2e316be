"use strict";
(function () {
  const MOST_PRINTED = 1000;
  const FEW = 3; // so many of a kind stand on paper line by line
  const MOST_SPELLED = 60; // so many different values stand beside their cells on paper
  const MOST_FILES_TO_CHOOSE = 1000;
  const SEARCH_DELAY = 150;
  const VALUE = "\u0001";
  const LEVELS = { 3: "error", 2: "warning", 1: "info" };

  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent);
  const words = data.words;
  const collator = new Intl.Collator(data.lang, { numeric: true });
  const total = data.columns.row.length;
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
  const number = (count) => count.toLocaleString("en-US");

  document.documentElement.classList.add("script");

  /* One typed array a column; what a block has in common is spread over its findings. */
  const column = { row: Int32Array.from(data.columns.row), value: data.columns.value, message: data.columns.message, fix: data.columns.fix, class: data.columns.class };
  ["file", "sheet", "header", "letter", "rule", "severity", "mend"].forEach((name, position) => {
    const spread = (column[name] = new Int32Array(total));
    let start = 0;
    for (const block of data.blocks) {
      spread.fill(block[position + 1], start, start + block[0]);
      start += block[0];
    }
  });

  function letters(index) {
    let text = "";
    for (let rest = index + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) {
      text = String.fromCharCode(65 + ((rest - 1) % 26)) + text;
    }
    return text;
  }

  function address(row, letter) {
    if (row <= 0) return "";
    return letter >= 0 ? letters(letter) + row : fill(words.row, { n: row });
  }

  function cell(i) {
    return address(column.row[i], column.letter[i]) || whole(i);
  }

  function whole(i) {
    return data.sheets[column.sheet[i]] ? words.sheet : words.whole_file;
  }

  /* Other cells the finding is about: how many are not named, then site, row and column of each. */
  function related(i) {
    const [rest, ...numbers] = data.related[i] || [0];
    const texts = [];
    for (let at = 0; at < numbers.length; at += 3) {
      texts.push([data.sites[numbers[at]], address(numbers[at + 1], numbers[at + 2])].filter(Boolean).join(" › "));
    }
    if (rest) texts.push(fill(words.more, { n: number(rest) }));
    return texts.join("\n");
  }

  function message(i) {
    return data.messages[column.message[i]].split(VALUE).join(data.values[column.value[i]]);
  }

  const value = (i) => data.values[column.value[i]];
  const fix = (i) => (column.fix[i] < 0 ? null : data.values[column.fix[i] >> 1]);
  const header = (i) => data.headers[column.header[i]] || letters(column.letter[i]);

  /* ---- sorting: every key is a number, ties fall back to level and place ---- */

  const ranks = new Map();
  function rank(name) {
    if (!ranks.has(name)) {
      const texts = data[name];
      const order = texts.map((_, index) => index).sort((a, b) => collator.compare(texts[a], texts[b]));
      const found = new Int32Array(texts.length);
      order.forEach((index, position) => (found[index] = position));
      ranks.set(name, found);
    }
    return ranks.get(name);
  }

  const place = (a, b) =>
    column.file[a] - column.file[b] || column.sheet[a] - column.sheet[b] ||
    column.row[a] - column.row[b] || column.letter[a] - column.letter[b] || a - b;
  const initial = Uint32Array.from({ length: total }, (_, i) => i).sort((a, b) => column.severity[b] - column.severity[a] || place(a, b));
  const position = new Uint32Array(total);
  initial.forEach((i, at) => (position[i] = at));

  const comparers = {
    severity: () => (a, b) => column.severity[a] - column.severity[b],
    file: () => place,
    cell: () => (a, b) => column.row[a] - column.row[b] || column.letter[a] - column.letter[b],
    column: () => { const r = rank("headers"); return (a, b) => r[column.header[a]] - r[column.header[b]]; },
    message: () => { const r = rank("messages"); return (a, b) => r[column.message[a]] - r[column.message[b]]; },
    value: () => { const r = rank("values"); return (a, b) => r[column.value[a]] - r[column.value[b]]; },
    rule: () => { const names = data.rules.map((rule) => rule[0]); return (a, b) => collator.compare(names[column.rule[a]], names[column.rule[b]]); },
  };

  let sorting = { name: "", descending: false };
  let ordered = initial;

  function sort() {
    if (!sorting.name) {
      ordered = initial;
      return;
    }
    const compare = comparers[sorting.name]();
    const sign = sorting.descending ? -1 : 1;
    ordered = initial.slice().sort((a, b) => sign * compare(a, b) || position[a] - position[b]);
  }

  /* ---- filters ---- */

  const select = { school: byId("by-school"), class: byId("by-class"), column: byId("by-column"), rule: byId("by-rule"), severity: byId("by-severity") };
  const search = byId("by-text");

  function counted(numbers, size) {
    const counts = new Uint32Array(size);
    for (let i = 0; i < total; i++) counts[numbers[i]]++;
    return counts;
  }

  function option(box, key, text, count) {
    const entry = document.createElement("option");
    entry.value = key;
    entry.textContent = count === undefined ? text : text + " (" + number(count) + ")";
    box.append(entry);
  }

  function options(name, texts, counts, label, order) {
    const box = select[name];
    option(box, "", words.all);
    const shown = texts.map((_, index) => index).filter((index) => counts[index]);
    shown.sort(order || ((a, b) => collator.compare(texts[a], texts[b])));
    for (const index of shown) option(box, String(index), label ? label(index) : texts[index], counts[index]);
    box.parentElement.hidden = shown.length < 2;
  }

  function schoolOptions() {
    const counts = counted(column.file, data.files.length);
    const files = new Map();
    data.files.forEach((_, file) => {
      if (!counts[file]) return;
      const school = data.schoolOf[file];
      if (!files.has(school)) files.set(school, []);
      files.get(school).push(file);
    });
    const schools = [...files.keys()].sort((a, b) => collator.compare(data.schools[a], data.schools[b]));
    option(select.school, "", words.all);
    for (const school of schools) {
      const mine = files.get(school);
      const sum = mine.reduce((all, file) => all + counts[file], 0);
      const single = mine.length === 1;
      option(select.school, "s" + school, single ? data.files[mine[0]] : data.schools[school] + words.whole_school, sum);
      if (!single && data.files.length <= MOST_FILES_TO_CHOOSE) for (const file of mine) option(select.school, "f" + file, "\u3000" + data.files[file], counts[file]);
    }
    select.school.parentElement.hidden = files.size < 2 && schools.every((school) => files.get(school).length < 2);
  }

  function severityOptions() {
    const counts = counted(column.severity, 4);
    option(select.severity, "", words.all);
    for (const level of [3, 2, 1]) if (counts[level]) option(select.severity, String(level), words[LEVELS[level]], counts[level]);
    select.severity.parentElement.hidden = select.severity.options.length < 3;
  }

  schoolOptions();
  severityOptions();
  options("class", data.classes, counted(column.class, data.classes.length), (index) => data.classes[index] || words.no_class);
  options("column", data.headers, counted(column.header, data.headers.length), (index) => data.headers[index] || words.sheet);
  options("rule", data.rules.map((rule) => rule[0]), counted(column.rule, data.rules.length));

  /* A predicate for each term of the search; what many findings share is looked at once. */
  function finder(term) {
    const has = (text) => text.toLowerCase().includes(term);
    const flags = {};
    for (const [name, texts] of Object.entries({ file: data.files, sheet: data.sheets, header: data.headers, class: data.classes, mend: data.mends, value: data.values, message: data.messages })) {
      flags[name] = texts.map(has);
    }
    const rules = data.rules.map((rule) => has(rule[0]) || has(rule[1]));
    return (i) =>
      flags.message[column.message[i]] || flags.value[column.value[i]] || flags.header[column.header[i]] || flags.mend[column.mend[i]] ||
      flags.file[column.file[i]] || flags.sheet[column.sheet[i]] || flags.class[column.class[i]] || rules[column.rule[i]] ||
      (column.fix[i] >= 0 && flags.value[column.fix[i] >> 1]) || has(cell(i)) || has(message(i));
  }

  function predicates() {
    const tests = [];
    const equal = (name, numbers) => {
      if (select[name].value !== "") {
        const wanted = Number(select[name].value);
        tests.push((i) => numbers[i] === wanted);
      }
    };
    const school = select.school.value;
    if (school) {
      const wanted = Number(school.slice(1));
      tests.push(school[0] === "f" ? (i) => column.file[i] === wanted : (i) => data.schoolOf[column.file[i]] === wanted);
    }
    equal("class", column.class);
    equal("column", column.header);
    equal("rule", column.rule);
    equal("severity", column.severity);
    for (const term of search.value.toLowerCase().split(/\s+/).filter(Boolean)) tests.push(finder(term));
    return tests;
  }

  /* ---- the table ---- */

  const rows = byId("rows");
  let found = ordered;
  let page = 0;

  function make(tag, className, text) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  }

  function dataCell(className, ...children) {
    const made = make("td", className);
    made.setAttribute("role", "cell");
    made.append(...children);
    return made;
  }

  function row(i) {
    const line = make("tr", "data");
    line.setAttribute("role", "row");
    const level = LEVELS[column.severity[i]];
    const open = make("button", "open");
    open.type = "button";
    open.setAttribute("aria-expanded", "false");
    open.setAttribute("aria-label", words.open + " " + cell(i) + " " + header(i));
    line.addEventListener("click", (event) => {
      if (event.target === open || getSelection().isCollapsed) toggle(line, open, i);
    });
    const where = [make("div", "", data.files[column.file[i]])];
    const inside = [data.sheets.length > 1 ? data.sheets[column.sheet[i]] : "", data.classes[column.class[i]]].filter(Boolean);
    if (inside.length) where.push(make("div", "remark", inside.join(" · ")));
    const mended = fix(i);
    const values = [document.createTextNode(value(i))];
    if (mended !== null) values.push(make("ins", "", " → " + mended));
    line.append(
      dataCell("level " + level, open, words[level]),
      dataCell("where", ...where),
      dataCell("cell", cell(i)),
      dataCell("column", header(i)),
      dataCell("problem", message(i), make("div", "mend", data.mends[column.mend[i]])),
      value(i) || mended !== null ? dataCell("value", ...values) : dataCell("value"),
      dataCell("rule", data.rules[column.rule[i]][0]),
    );
    return line;
  }

  function details(i) {
    const rule = data.rules[column.rule[i]];
    const mended = fix(i);
    const safety = column.fix[i] & 1 ? words.safe : words.unsafe;
    const list = make("dl");
    for (const [name, text] of [
      [words.to_mend, data.mends[column.mend[i]]], [words.value, value(i)], [words.fix, mended === null ? "" : mended + "  (" + safety + ")"],
      [words.file, data.files[column.file[i]]], [words.sheet_name, data.sheets[column.sheet[i]]], [words.cell, cell(i)], [words.column, header(i)],
      [words.class, data.classes[column.class[i]]], [words.rule, [rule[0], rule[1]].join(" ")], [words.source, rule[2]],
      [words.related, related(i)],
    ]) {
      if (text) list.append(make("dt", "", name), make("dd", "", text));
    }
    const line = make("tr", "detail");
    line.setAttribute("role", "row");
    const only = dataCell("", list);
    only.colSpan = 7;
    line.append(only);
    return line;
  }

  function toggle(line, open, i) {
    const opened = open.getAttribute("aria-expanded") === "true";
    open.setAttribute("aria-expanded", String(!opened));
    if (opened) line.nextElementSibling.remove();
    else line.after(details(i));
  }

  function pageSize() {
    return Number(byId("size").value);
  }

  function show(indexes) {
    const made = document.createDocumentFragment();
    for (const i of indexes) made.append(row(i));
    if (!indexes.length) {
      const line = make("tr");
      const empty = dataCell("empty", words.nothing);
      empty.colSpan = 7;
      line.append(empty);
      made.append(line);
    }
    rows.replaceChildren(made);
  }

  function draw() {
    const size = pageSize();
    const pages = Math.max(1, Math.ceil(found.length / size));
    page = Math.min(Math.max(page, 0), pages - 1);
    show(found.slice(page * size, (page + 1) * size));
    byId("page").textContent = fill(words.page, { n: number(page + 1), all: number(pages) });
    byId("previous").setAttribute("aria-disabled", String(page === 0));
    byId("next").setAttribute("aria-disabled", String(page >= pages - 1));
  }

  let waiting = 0;
  function apply() {
    clearTimeout(waiting);
    const tests = predicates();
    found = tests.length ? ordered.filter((i) => tests.every((test) => test(i))) : ordered;
    page = 0;
    for (const box of Object.values(select)) box.classList.toggle("set", box.value !== "");
    byId("count").textContent = tests.length
      ? fill(words.count_of, { n: number(found.length), all: number(total) })
      : fill(words.count, { n: number(total) });
    draw();
  }

  function turn(step) {
    const before = page;
    page += step;
    draw();
    if (page !== before) byId("count").scrollIntoView({ block: "start" });
  }

  function mark() {
    for (const head of document.querySelectorAll("[data-sort]")) {
      const mine = head.dataset.sort === sorting.name;
      if (mine) head.setAttribute("aria-sort", sorting.descending ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
  }

  for (const head of document.querySelectorAll("[data-sort]")) {
    head.querySelector("button").addEventListener("click", () => {
      const name = head.dataset.sort;
      const first = name === "severity";
      sorting = sorting.name === name ? { name, descending: !sorting.descending } : { name, descending: first };
      sort();
      mark();
      apply();
    });
  }

  /* ---- from the picture to the table ---- */

  const texts = { rule: data.rules.map((rule) => rule[0]), column: data.headers, class: data.classes };

  function choose(name, key) {
    const wanted = texts[name] ? String(texts[name].indexOf(key)) : key;
    select[name].value = wanted;
    if (select[name].selectedIndex < 0) select[name].value = "";
  }

  for (const link of document.querySelectorAll("a[data-filter]")) {
    link.addEventListener("click", () => {
      byId("by-text").form.reset();
      choose(link.dataset.filter, link.dataset.key);
      if (link.dataset.file !== undefined) chooseFile(Number(link.dataset.file));
      apply();
    });
  }

  function chooseFile(file) {
    choose("school", "f" + file);
    if (select.school.value) return;
    choose("school", "s" + data.schoolOf[file]);
    search.value = data.files[file];
  }

  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, SEARCH_DELAY);
  });
  for (const box of Object.values(select)) box.addEventListener("change", apply);
  search.form.addEventListener("submit", (event) => { event.preventDefault(); apply(); });
  search.form.addEventListener("reset", () => setTimeout(apply));
  byId("size").addEventListener("change", () => { page = 0; draw(); });
  byId("previous").addEventListener("click", () => turn(-1));
  byId("next").addEventListener("click", () => turn(1));

  /* ---- paper: as many findings of the filter as a person would read ---- */

  function chosen() {
    const parts = Object.values(select).filter((box) => box.value !== "").map((box) => box.parentElement.firstChild.textContent + " " + box.selectedOptions[0].textContent.trim());
    if (search.value.trim()) parts.push(search.parentElement.firstChild.textContent + " " + search.value.trim());
    return parts;
  }

  /* What one rule says of one column is one entry; infos are on the screen, unless they are asked for. */
  function kinds(indexes) {
    const groups = new Map();
    for (const i of indexes) {
      if (LEVELS[column.severity[i]] === "info" && !select.severity.value) continue;
      const key = column.row[i] > 0 ? [column.file[i], column.sheet[i], column.letter[i], column.rule[i], column.mend[i]].join() : "#" + i;
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(i);
    }
    return [...groups.values()];
  }

  function spelled(i, alone) {
    const text = alone ? message(i) : [value(i), fix(i)].filter(Boolean).join(" → ");
    return text ? cell(i) + " " + text : cell(i);
  }

  /* C5–C9, C12: cells of one column, those that follow one another drawn together. */
  function spans(group) {
    const rows = group.map((i) => column.row[i]).sort((a, b) => a - b);
    const parts = [];
    for (let from = 0, at = 0; at < rows.length; at++) {
      if (rows[at + 1] - rows[at] <= 1) continue;
      const [first, last] = [rows[from], rows[at]].map((row) => address(row, column.letter[group[0]]));
      parts.push(first === last ? first : first + "–" + last);
      from = at + 1;
    }
    return parts;
  }

  function kindRow(group) {
    const first = group[0];
    const same = (numbers) => group.every((i) => numbers[i] === numbers[first]);
    const told = same(column.message);
    const plain = told && same(column.value) && same(column.fix);
    const cells = plain || group.length > MOST_SPELLED ? spans(group) : group.map((i) => spelled(i, !told));
    const line = row(first);
    line.querySelector(".where .remark")?.remove();
    line.querySelector(".cell").textContent = fill(words.places, { n: number(group.length) });
    line.querySelector(".value").remove();
    const problem = line.querySelector(".problem");
    problem.colSpan = 2;
    problem.firstChild.textContent = plain ? message(first) : data.rules[column.rule[first]][3];
    const list = make("div", "cells");
    if (plain && fix(first)) list.append(value(first) + " → " + fix(first) + " ");
    cells.forEach((text, at) => list.append(make("span", "", text + (at + 1 < cells.length ? words.comma : "")), " "));
    problem.append(list);
    return line;
  }

  /* Paper has no pages to turn: at most MOST_PRINTED lines, and what they leave out is said. */
  function showOnPaper() {
    const groups = kinds(found);
    const lines = [];
    let told = 0;
    for (const group of groups) {
      const made = group.length > FEW ? [kindRow(group)] : group.map(row);
      if (lines.length + made.length > MOST_PRINTED) break;
      lines.push(...made);
      told += group.length;
    }
    if (lines.length) rows.replaceChildren(...lines);
    else show([]);
    return told;
  }

  const unfolded = [];
  addEventListener("beforeprint", () => {
    for (const part of document.querySelectorAll("details[data-print]:not([open])")) {
      part.open = true;
      unfolded.push(part);
    }
    const told = showOnPaper();
    const notes = [];
    if (chosen().length) notes.push(words.filter_now + chosen().join("; "));
    if (told < found.length) notes.push(fill(words.printed, { n: number(told), all: number(found.length) }));
    byId("print-note").textContent = notes.join("  ");
  });
  addEventListener("afterprint", () => {
    for (const part of unfolded.splice(0)) part.open = false;
    byId("print-note").textContent = "";
    draw();
  });
  byId("print").addEventListener("click", () => print());

  /* ---- light and dark ---- */

  function stored(theme) {
    try {
      if (theme) localStorage.setItem("stuvalid-theme", theme);
      return localStorage.getItem("stuvalid-theme");
    } catch (refused) {
      return null; // a page from a USB stick may have no storage; the choice then holds until it is closed
    }
  }

  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  if (stored()) root.dataset.theme = stored();
  byId("theme").addEventListener("click", () => {
    const now = root.dataset.theme || (dark.matches ? "dark" : "light");
    root.dataset.theme = now === "dark" ? "light" : "dark";
    stored(root.dataset.theme);
  });

  const table = document.querySelector(".findings");
  table.classList.toggle("single", data.files.length < 2 && data.sheets.length < 2 && data.classes.length < 2);
  table.classList.toggle("whole-files", column.row.every((row) => row === 0));
  apply();
})();
