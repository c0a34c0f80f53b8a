// A line chart as SVG: axes, bands, lines, and a cross that follows the mouse or the arrow keys.
import { element, short } from "/data.js"

const SPACE = "http://www.w3.org/2000/svg"
const MARGIN = { left: 54, right: 14, top: 8, bottom: 24 }
const HEIGHT = 230

function mark(name, attributes, text) {
  const made = document.createElementNS(SPACE, name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  if (text !== undefined) made.textContent = text
  return made
}

/** Round numbers from low to high, about `count` of them. */
export function ticks(low, high, count) {
  const rough = (high - low) / count
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((distance) => distance >= rough) ?? rough
  const found = []
  for (let value = Math.ceil(low / step) * step; value <= high + step * 1e-9; value += step) {
    found.push(Math.abs(value) < step * 1e-9 ? 0 : value)
  }
  return found
}

function range(values) {
  let low = Infinity
  let high = -Infinity
  for (const value of values) {
    if (!Number.isFinite(value)) continue
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  if (low > high) return undefined
  if (low === high) return [low - (Math.abs(low) || 1) * 0.1, high + (Math.abs(high) || 1) * 0.1]
  const space = (high - low) * 0.06
  return [low - space, high + space]
}

/** Index of the point whose step is nearest. */
function nearest(steps, step) {
  let [low, high] = [0, steps.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (steps[middle] < step) low = middle + 1
    else high = middle
  }
  return low > 0 && step - steps[low - 1] < steps[low] - step ? low - 1 : low
}

/**
 * Draws curves { name, series, steps, values, low, high } into `host`. `series` is 0 to 7 and selects the colour.
 * Options: `title`, `axis` (what steps are), `onpick(step)` for a click, `at` for a step to mark.
 */
export function drawChart(host, curves, options = {}) {
  const drawn = curves.filter((curve) => curve.steps.length > 0)
  host.replaceChildren()
  const heights = range(drawn.flatMap((curve) => [...curve.values, ...(curve.low ?? []), ...(curve.high ?? [])]))
  if (!heights) {
    host.append(element("p", { class: "hint" }, "No value yet."))
    return
  }
  const width = Math.max(240, host.clientWidth || 400)
  const steps = drawn.flatMap((curve) => [curve.steps[0], curve.steps.at(-1)])
  const first = Math.min(...steps)
  const last = Math.max(...steps, first + 1)
  const x = (step) => MARGIN.left + ((step - first) / (last - first)) * (width - MARGIN.left - MARGIN.right)
  const y = (value) =>
    HEIGHT - MARGIN.bottom - ((value - heights[0]) / (heights[1] - heights[0])) * (HEIGHT - MARGIN.top - MARGIN.bottom)
  const svg = mark("svg", {
    class: "chart", viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", tabindex: "0",
    "aria-label": summary(drawn, options),
  })
  drawAxes(svg, { first, last, heights, width, x, y })
  for (const curve of drawn) drawCurve(svg, curve, x, y)
  const readout = element("output", { class: "readout", "aria-live": "polite" }, "")
  host.append(svg, readout)
  follow(svg, readout, drawn, { first, last, width, x, y }, options)
}

function summary(curves, options) {
  const ends = curves.map((curve) =>
    `${curve.name}: ${short(curve.values[0])} to ${short(curve.values.at(-1))} at ${short(curve.steps.at(-1))}`)
  return `${options.title ?? "Chart"} over ${options.axis ?? "steps"}. ${ends.join("; ")}. Arrow keys read values.`
}

function drawAxes(svg, { first, last, heights, width, x, y }) {
  for (const value of ticks(heights[0], heights[1], 4)) {
    svg.append(mark("line", { class: "grid", x1: MARGIN.left, x2: width - MARGIN.right, y1: y(value), y2: y(value) }))
    svg.append(mark("text", { x: MARGIN.left - 8, y: y(value) + 4, "text-anchor": "end" }, short(value)))
  }
  for (const step of ticks(first, last, Math.max(2, Math.floor(width / 110)))) {
    svg.append(mark("text", { x: x(step), y: HEIGHT - 6, "text-anchor": "middle" }, short(step)))
  }
}

function drawCurve(svg, curve, x, y) {
  const group = mark("g", { class: `series-${curve.series}` })
  if (curve.low && curve.high) {
    const upper = curve.steps.map((step, index) => `${x(step)},${y(curve.high[index])}`)
    const lower = curve.steps.map((step, index) => `${x(step)},${y(curve.low[index])}`).reverse()
    group.append(mark("polygon", { class: "band", points: [...upper, ...lower].join(" ") }))
  }
  const points = curve.steps.map((step, index) => `${x(step)},${y(curve.values[index])}`)
  group.append(mark("polyline", { class: "line", points: points.join(" ") }))
  if (points.length <= 40) {
    for (const [index, step] of curve.steps.entries()) {
      group.append(mark("circle", { class: "dot", cx: x(step), cy: y(curve.values[index]), r: 3 }))
    }
  }
  svg.append(group)
}

function follow(svg, readout, curves, place, options) {
  const cross = mark("line", { class: "cross", y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom, visibility: "hidden" })
  svg.append(cross)
  let step = options.at ?? place.last
  const show = (to) => {
    step = Math.min(place.last, Math.max(place.first, to))
    cross.setAttribute("x1", place.x(step))
    cross.setAttribute("x2", place.x(step))
    cross.setAttribute("visibility", "visible")
    const parts = curves.map((curve) => {
      const index = nearest(curve.steps, step)
      const band = curve.low ? ` (${short(curve.low[index])} to ${short(curve.high[index])})` : ""
      return `${curve.name} ${short(curve.values[index])}${band}`
    })
    readout.textContent = `${options.axis ?? "step"} ${short(Math.round(step))}: ${parts.join(", ")}`
  }
  const stepAt = (event) => {
    const box = svg.getBoundingClientRect()
    const column = ((event.clientX - box.left) / box.width) * place.width
    const share = (column - MARGIN.left) / (place.width - MARGIN.left - MARGIN.right)
    return place.first + share * (place.last - place.first)
  }
  svg.addEventListener("pointermove", (event) => show(stepAt(event)))
  svg.addEventListener("pointerleave", () => {
    readout.textContent = ""
    cross.setAttribute("visibility", "hidden")
  })
  if (options.onpick) svg.addEventListener("click", (event) => options.onpick(Math.round(stepAt(event))))
  svg.addEventListener("keydown", (event) => {
    const distance = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
    if (!distance) return
    event.preventDefault()
    show(step + (distance * (place.last - place.first)) / 50)
    if (options.onpick) options.onpick(Math.round(step))
  })
  if (options.at !== undefined) show(options.at)
}
