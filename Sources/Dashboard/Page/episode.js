// The episode that the latest evaluation of the chosen run recorded, with its rewards.
import { ask, element, notice, short, table } from "/data.js"
import { drawChart } from "/chart.js"

let [timer, playing] = [0, false]

/** Ends what plays when another view is shown. */
export function leave() {
  clearInterval(timer)
  playing = false
}

export async function show(host, context) {
  leave()
  const run = context.chosen()
  if (!run) return host.replaceChildren(notice("There is no run yet."))
  const heading = element("h2", {}, `Episode of ${run.name}`)
  host.replaceChildren(heading, notice("The episode is being played again."))
  let episode
  try {
    episode = await ask("/api/episode", { run: run.id })
  } catch (problem) {
    return host.replaceChildren(heading, notice(problem.message))
  }
  new Player(host, heading, episode).show(0)
}

class Player {
  constructor(host, heading, episode) {
    this.episode = episode
    this.screen = element("pre", { class: "screen", role: "img", "aria-label": "the screen of the episode" })
    this.says = element("p", { role: "status" })
    this.slider = element("input", {
      type: "range", min: 0, max: episode.frames.length - 1, value: 0, "aria-label": "frame",
      oninput: () => this.show(Number(this.slider.value)),
    })
    this.button = element("button", { type: "button", onclick: () => this.turn() }, "Play")
    this.speed = element("select", { "aria-label": "frames per second", onchange: () => playing && this.start() },
      [2, 5, 10, 30].map((rate) => element("option", { value: rate, selected: rate === 5 }, `${rate} a second`)))
    this.plot = element("div", { class: "plot" })
    const facts = `${episode.task}, seed ${episode.seed}, checkpoint of step ${short(episode.checkpointStep)}: `
      + `${episode.steps} steps, return ${short(episode.episodeReturn)}`
    host.replaceChildren(heading, element("p", { class: "hint" }, facts),
      element("section", { class: "card", "aria-label": "Replay" },
        episode.frames.some((frame) => frame.lines) ? this.screen : notice("This task has no screen."), this.says,
        element("div", { class: "controls" }, this.button, this.jump(-1, "Back"), this.jump(1, "Forward"),
          this.slider, this.speed)),
      element("section", { class: "card", "aria-label": "Rewards" },
        element("header", {}, element("h3", {}, "Rewards")), element("ul", { class: "legend" },
          this.curves().map((curve) => element("li", { class: `series-${curve.series}` },
            element("i", { class: "swatch" }), element("span", {}, curve.name)))),
        this.plot, this.paid()))
  }

  jump(distance, title) {
    return element("button", { type: "button", onclick: () => this.show(Number(this.slider.value) + distance) }, title)
  }

  /** Shows a frame, with the newest screen up to it. */
  show(index) {
    const { frames } = this.episode
    const at = Math.min(frames.length - 1, Math.max(0, index))
    const frame = frames[at]
    const drawn = frames.slice(0, at + 1).findLast((earlier) => earlier.lines)
    if (drawn) this.screen.replaceChildren(...paint(drawn))
    this.slider.value = at
    const intrinsic = frame.intrinsicReward === undefined ? "" : `, intrinsic ${short(frame.intrinsicReward)}`
    this.says.textContent = `step ${frame.step}: ${frame.action ?? "the beginning"}, reward ${short(frame.reward)}`
      + `${intrinsic}, return ${short(frame.episodeReturn)}${frame.caption ? `. "${frame.caption}"` : ""}`
    drawChart(this.plot, this.curves(), {
      title: "rewards of the episode", axis: "step", at: frame.step,
      onpick: (step) => this.show(Math.round(step / this.episode.distance)),
    })
  }

  curves() {
    const { frames } = this.episode
    const steps = frames.map((frame) => frame.step)
    const sum = (value) => frames.map(value)
    const curves = [{ name: "return", series: 0, steps, values: sum((frame) => frame.episodeReturn) }]
    if (frames.some((frame) => frame.intrinsicReward !== undefined)) {
      curves.push({ name: "sum of intrinsic rewards", series: 1, steps, values: sum((frame) => frame.intrinsicReturn) })
    }
    return curves
  }

  /** The steps that were paid, as buttons that lead to them. */
  paid() {
    const rows = this.episode.frames.map((frame, index) => ({ ...frame, index }))
      .filter((frame) => frame.reward !== 0 || (frame.intrinsicReward ?? 0) !== 0)
    if (rows.length === 0) return notice("No shown step of this episode was paid.")
    const go = (row) => element("button", { type: "button", onclick: () => this.show(row.index) }, `step ${row.step}`)
    return element("details", {}, element("summary", {}, `${rows.length} paid steps`), table("Paid steps", [
      { title: "step", value: go }, { title: "reward", value: (row) => short(row.reward), kind: "number" },
      { title: "intrinsic", value: (row) => short(row.intrinsicReward), kind: "number" },
      { title: "caption", value: (row) => row.caption, kind: "text" },
    ], rows.slice(0, 200)))
  }

  turn() {
    if (playing) this.stop()
    else this.start()
  }

  start() {
    clearInterval(timer)
    playing = true
    this.button.textContent = "Stop"
    if (Number(this.slider.value) === this.episode.frames.length - 1) this.show(0)
    timer = setInterval(() => {
      const next = Number(this.slider.value) + 1
      if (next >= this.episode.frames.length) this.stop()
      else this.show(next)
    }, 1000 / Number(this.speed.value))
  }

  stop() {
    leave()
    this.button.textContent = "Play"
  }
}

/** Lines of characters as pieces of one colour each. */
function paint(frame) {
  return frame.lines.flatMap((line, row) => {
    const colours = frame.colours[row]
    const pieces = []
    for (let start = 0; start < line.length;) {
      let end = start + 1
      while (end < line.length && colours[end] === colours[start]) end += 1
      pieces.push(element("span", { class: `c${colours[start]}` }, line.slice(start, end)))
      start = end
    }
    return [...pieces, "\n"]
  })
}
