// The captions of the chosen run: labels, who gave them and why, and what was paid.
import { age, ask, element, notice, short, table } from "/data.js"

const ORDERS = [
  ["paid", "most paid"], ["newest", "newest label"], ["label", "highest label"], ["steps", "most frequent"],
  ["caption", "alphabet"],
]
const PAGE = 100
let [search, order, offset, timer] = ["", "paid", 0, 0]

export async function show(host, context) {
  const run = context.chosen()
  if (!run) return host.replaceChildren(notice("There is no run yet."))
  offset = 0
  const field = element("input", {
    type: "search", value: search, autocomplete: "off", id: "caption-search",
    oninput: () => {
      search = field.value
      offset = 0
      clearTimeout(timer)
      timer = setTimeout(() => fill(host, run), 200)
    },
  })
  const choose = element("select", {
    onchange: () => {
      [order, offset] = [choose.value, 0]
      fill(host, run)
    },
  }, ORDERS.map(([value, title]) => element("option", { value, selected: value === order }, title)))
  host.replaceChildren(
    element("div", { class: "bar" }, element("h2", {}, `Captions of ${run.name}`),
      element("label", {}, "Search", field), element("label", {}, "Order", choose)),
    element("div", { class: "card rows" }))
  await fill(host, run)
}

async function fill(host, run) {
  const place = host.querySelector(".rows")
  let answer
  try {
    answer = await ask("/api/captions", { run: run.id, search, order, offset })
  } catch (problem) {
    return place.replaceChildren(notice(problem.message))
  }
  const { rows, total } = answer
  if (total === 0) {
    const text = search ? `No caption contains "${search}".` : "This run has no labels and no payments yet."
    return place.replaceChildren(element("p", {}, answer.notice || text))
  }
  const turn = (distance, title, disabled) => element("button", {
    type: "button", disabled,
    onclick: () => {
      offset = Math.max(0, offset + distance)
      fill(host, run)
    },
  }, title)
  place.replaceChildren(
    answer.notice ? element("p", { class: "hint" }, answer.notice) : "",
    captions(`${answer.offset + 1} to ${answer.offset + rows.length} of ${total} captions`, rows),
    element("div", { class: "controls" }, turn(-PAGE, "Previous", answer.offset === 0),
      turn(PAGE, "Next", answer.offset + rows.length >= total)))
}

function captions(title, rows) {
  const label = (row) =>
    row.isAbstained ? "abstained" : element("span", { class: row.label > 0 ? "positive" : "" }, short(row.label))
  const by = (row) => [row.by, row.model].filter(Boolean).join(", ")
  return table(title, [
    { title: "caption", value: (row) => row.caption, kind: "text" },
    { title: "label", value: label, kind: "number" },
    { title: "score", value: (row) => short(row.score), kind: "number" },
    { title: "paid", value: (row) => short(row.paid), kind: "number" },
    { title: "steps paid", value: (row) => short(row.paidSteps), kind: "number" },
    { title: "steps", value: (row) => short(row.steps), kind: "number" },
    { title: "labelled by", value: by, kind: "text" },
    { title: "why", value: (row) => row.why || "-", kind: "text" },
    { title: "when", value: (row) => (row.answeredAt ? age(row.answeredAt) : "-"), kind: "number" },
  ], rows)
}
