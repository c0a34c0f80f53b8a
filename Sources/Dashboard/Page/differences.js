// The fields in which the configurations of two runs differ.
import { ask, element, notice, table } from "/data.js"

let pair = []

export async function show(host, context) {
  const runs = context.all()
  if (runs.length < 2) return host.replaceChildren(element("h2", {}, "Differences"), notice("There are no two runs."))
  const ids = runs.map((run) => run.id)
  const chosen = context.chosen()?.id ?? ids[0]
  if (!pair.every((id) => ids.includes(id)) || pair.length < 2) pair = [chosen, ids.find((id) => id !== chosen)]
  const choice = (place, title) => {
    const made = element("select", {
      onchange: () => {
        pair[place] = made.value
        fill(host)
      },
    }, runs.map((run) => element("option", { value: run.id, selected: run.id === pair[place] }, run.name)))
    return element("label", {}, title, made)
  }
  host.replaceChildren(
    element("div", { class: "bar" }, element("h2", {}, "Differences"), choice(0, "First run"), choice(1, "Second run")),
    element("div", { class: "card rows" }))
  await fill(host)
}

async function fill(host) {
  const place = host.querySelector(".rows")
  try {
    const { first, second, rows } = await ask("/api/differences", { first: pair[0], second: pair[1] })
    if (rows.length === 0) return place.replaceChildren(element("p", {}, "Both have the same configuration."))
    place.replaceChildren(table(`${rows.length} fields differ`, [
      { title: "field", value: (row) => row.field, kind: "code" },
      { title: first, value: (row) => row.first, kind: "code" },
      { title: second, value: (row) => row.second, kind: "code" },
      { title: "meaning", value: (row) => row.explanation, kind: "text" },
    ], rows))
  } catch (problem) {
    place.replaceChildren(notice(problem.message))
  }
}
