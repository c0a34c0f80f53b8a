// The page: the list of runs, the choice of a view, and the clock that asks for news.
import { age, ask, element, notice, remember, remembered, short } from "/data.js"
import * as captions from "/captions.js"
import * as curves from "/curves.js"
import * as differences from "/differences.js"
import * as episode from "/episode.js"
import * as run from "/run.js"

const VIEWS = { curves, run, captions, episode, differences }
const NEWS_MILLISECONDS = 2000
const SERIES = 8
const THEMES = ["auto", "light", "dark"]

const host = document.getElementById("main")
const list = document.getElementById("runs")
const state = document.getElementById("state")
const filter = document.getElementById("filter")
const pause = document.getElementById("pause")
const theme = document.getElementById("theme")

let runs = []
let chosen = remembered("chosen", "")
let ticked = remembered("ticked", [])
/** The colour of each run, which stays while the page is open. */
const colours = new Map()
let [view, isPaused, isBusy] = ["", false, false]

const context = {
  all: () => runs,
  chosen: () => runs.find((candidate) => candidate.id === chosen) ?? runs[0],
  ticked: () => runs.filter((candidate) => ticked.includes(candidate.id)),
  series(id) {
    if (!colours.has(id)) {
      const taken = new Set(context.ticked().map((other) => colours.get(other.id)))
      const free = [...Array(SERIES).keys()].find((index) => !taken.has(index))
      colours.set(id, free ?? colours.size % SERIES)
    }
    return colours.get(id)
  },
}

function drawRuns() {
  const wanted = filter.value.toLowerCase()
  const focused = document.activeElement?.id
  list.replaceChildren(...runs.filter((row) => row.name.toLowerCase().includes(wanted)).map((row) => {
    const isTicked = ticked.includes(row.id)
    const isChosen = context.chosen()?.id === row.id
    const tick = element("input", { type: "checkbox", id: `tick-${row.id}`, "aria-label": `Compare ${row.name}`,
      onchange: () => turn(row.id) })
    tick.checked = isTicked
    const dot = isTicked ? element("i", { class: `swatch series-${context.series(row.id)}` }) : null
    const facts = `${short(row.steps)} steps, return ${short(row.returnMean)}, ${row.isOpen ? "open" : age(row.updated)}`
    return element("li", { class: isChosen ? "chosen" : "" }, tick,
      element("button", { type: "button", id: `run-${row.id}`, "aria-pressed": String(isChosen),
        onclick: () => choose(row.id) },
        element("div", { class: "name" }, dot, row.name), element("div", { class: "facts" }, facts)))
  }))
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true })
}

function turn(id) {
  ticked = ticked.includes(id) ? ticked.filter((other) => other !== id) : [...ticked, id]
  remember("ticked", ticked)
  drawRuns()
  guard(() => VIEWS[view].update?.(host, context))
}

function choose(id) {
  chosen = id
  remember("chosen", id)
  drawRuns()
  guard(() => VIEWS[view].show(host, context))
}

/** Does work that asks the server, and shows why it failed. */
async function guard(work) {
  try {
    await work()
    return true
  } catch (problem) {
    state.textContent = problem.message
    if (host.childElementCount === 0) host.replaceChildren(notice(problem.message))
    return false
  }
}

async function loadRuns() {
  runs = (await ask("/api/runs")).runs
  if (ticked.every((id) => !runs.some((row) => row.id === id))) ticked = runs.slice(0, 3).map((row) => row.id)
  drawRuns()
}

async function showView() {
  const name = location.hash.slice(1)
  VIEWS[view]?.leave?.()
  view = name in VIEWS ? name : "curves"
  for (const link of document.querySelectorAll(".top nav a")) {
    if (link.hash === `#${view}`) link.setAttribute("aria-current", "page")
    else link.removeAttribute("aria-current")
  }
  document.title = `Tengu: ${view}`
  host.replaceChildren()
  await guard(() => VIEWS[view].show(host, context))
}

async function news() {
  if (isPaused || isBusy || document.hidden) return
  isBusy = true
  const went = await guard(async () => {
    await loadRuns()
    await VIEWS[view].update?.(host, context)
  })
  if (went) state.textContent = `${runs.length} ${runs.length === 1 ? "run" : "runs"}, news of ${new Date().toLocaleTimeString()}`
  isBusy = false
}

function setTheme(name) {
  if (name === "auto") document.documentElement.removeAttribute("data-theme")
  else document.documentElement.dataset.theme = name
  theme.textContent = `Theme: ${name}`
  remember("theme", name)
}

pause.addEventListener("click", () => {
  isPaused = !isPaused
  pause.setAttribute("aria-pressed", String(isPaused))
  pause.textContent = isPaused ? "Continue" : "Pause"
})
theme.addEventListener("click", () => {
  setTheme(THEMES[(THEMES.indexOf(remembered("theme", "auto")) + 1) % THEMES.length])
})
filter.addEventListener("input", drawRuns)
addEventListener("hashchange", async () => {
  await showView()
  host.focus({ preventScroll: true })
})

setTheme(THEMES.includes(remembered("theme", "auto")) ? remembered("theme", "auto") : "auto")
await guard(loadRuns)
await showView()
await news()
setInterval(news, NEWS_MILLISECONDS)
