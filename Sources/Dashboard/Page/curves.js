// The curves of the ticked runs, one card a metric.
import { ask, element, notice, remember, remembered, short } from "/data.js"
import { drawChart } from "/chart.js"

const FIRST = [
  "episode/return_mean", "evaluation/return_mean", "episode/success_rate", "run/steps_per_second",
  "caption/labelled", "reward/intrinsic_mean",
]
let known = []
let shown = remembered("metrics", FIRST)

export async function show(host, context) {
  if (known.length === 0) known = (await ask("/api/metrics")).metrics
  shown = shown.filter((name) => known.some((metric) => metric.name === name))
  const cards = element("div", { class: "cards" })
  const choose = element("select", { onchange: () => add(choose.value, host, context) },
    element("option", { value: "" }, "choose a metric"),
    known.filter((metric) => !shown.includes(metric.name))
      .map((metric) => element("option", { value: metric.name }, metric.name)))
  host.replaceChildren(
    element("div", { class: "bar" }, element("h2", {}, "Curves"), element("label", {}, "Add a curve", choose)), cards)
  for (const name of shown) cards.append(card(name, host, context))
  await update(host, context)
}

/** Draws the newest values into the cards that are there. */
export async function update(host, context) {
  const runs = context.ticked()
  const cards = host.querySelectorAll("[data-metric]")
  if (runs.length === 0) {
    for (const made of cards) made.querySelector(".plot").replaceChildren(notice("Tick a run on the left."))
    return
  }
  const answers = {}
  for (let index = 0; index < shown.length; index += 12) {
    Object.assign(answers, await ask("/api/curves",
      { metrics: shown.slice(index, index + 12).join(","), runs: runs.map((run) => run.id).join(",") }))
  }
  for (const made of cards) {
    // A chart that is being read stays as it is.
    if (made.contains(document.activeElement) && document.activeElement.matches("svg")) continue
    if (made.querySelector(".plot:hover")) continue
    draw(made, answers[made.dataset.metric] ?? [], context)
  }
}

function draw(made, curves, context) {
  const coloured = curves.map((curve) => ({ ...curve, series: context.series(curve.run) }))
  made.querySelector(".legend").replaceChildren(...coloured.map((curve) =>
    element("li", { class: `series-${curve.series}` }, element("i", { class: "swatch" }),
      element("span", {}, `${curve.name} `), element("b", {}, short(curve.values.at(-1))))))
  drawChart(made.querySelector(".plot"), coloured, { title: made.dataset.metric })
}

function card(name, host, context) {
  const metric = known.find((candidate) => candidate.name === name)
  return element("section", { class: "card", "data-metric": name, "aria-label": name },
    element("header", {},
      element("div", {}, element("h3", {}, name), element("p", { class: "hint" }, `${metric.meaning} (${metric.unit})`)),
      element("button", { type: "button", "aria-label": `Remove ${name}`, onclick: () => remove(name, host, context) },
        "\u00d7")),
    element("ul", { class: "legend" }), element("div", { class: "plot" }))
}

function add(name, host, context) {
  if (name && !shown.includes(name)) keep([...shown, name])
  show(host, context)
}

function remove(name, host, context) {
  keep(shown.filter((other) => other !== name))
  show(host, context)
}

function keep(names) {
  shown = names
  remember("metrics", names)
}
