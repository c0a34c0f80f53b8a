// The chosen run now: its counters, where the time goes, who works on it, what its annotators and its log say.
import { ask, duration, element, notice, percent, short, table } from "/data.js"

export async function show(host, context) {
  await update(host, context)
}

export async function update(host, context) {
  const run = context.chosen()
  if (!run) return host.replaceChildren(notice("There is no run yet."))
  const { status, reason } = await ask("/api/status", { run: run.id })
  const heading = element("h2", {}, status ? `${status.run}: ${status.task}` : run.name)
  if (!status) {
    return host.replaceChildren(heading, notice(`${reason} Its newest record is of step ${short(run.steps)}.`))
  }
  const view = status.view ?? {}
  host.replaceChildren(heading, tiles(status, view), phases(view.phases), peers(status.peers),
    labels(view.labels ?? []), events(view.events ?? []))
}

function tile(title, value, more) {
  return element("div", { class: "tile" }, element("dt", {}, title),
    element("dd", {}, value, more ? element("small", {}, more) : null))
}

function tiles(status, view) {
  const left = status.stepsPerSecond > 0 ? (status.totalSteps - status.stepsTrained) / status.stepsPerSecond : undefined
  const evaluation = view.evaluation
  const best = evaluation?.best ? `best ${short(evaluation.best.returnMean)} at ${short(evaluation.best.step)}` : ""
  const playing = evaluation?.runningStep ? `step ${short(evaluation.runningStep)} is played now` : ""
  return element("dl", { class: "tiles" },
    element("div", { class: "tile" }, element("dt", {}, "steps trained"),
      element("dd", {}, short(status.stepsTrained),
        element("progress", { max: status.totalSteps, value: status.stepsTrained, "aria-label": "share of the run" }),
        element("small", {}, `of ${short(status.totalSteps)}, ${duration(left)} left`))),
    tile("steps per second", short(status.stepsPerSecond), `up ${duration(view.seconds)}`),
    tile("mean return", short(view.points?.at(-1)?.returnMean), `${short(view.episodes)} latest episodes`),
    tile("success", percent(view.successRate), `length ${short(view.lengthMean)}`),
    evaluation ? tile("evaluation", short(evaluation.latest?.returnMean), [best, playing].filter(Boolean).join("; ")) : null,
    tile("policy version", short(status.policyVersion), `lag ${short(view.points?.at(-1)?.policyLag)} versions`),
    tile("captions labelled", short(status.captionsLabelled), `of ${short(status.captionsSeen)} seen`),
    tile("queue", short(view.points?.at(-1)?.queueBatches), "batches wait"))
}

function phases(measured) {
  if (!measured) return notice("Phases are measured from the second line of the log on.")
  const roles = [["Learner", measured.learner], ["Workers", measured.workers]].filter(([, parts]) => parts.length > 0)
  const rows = roles.flatMap(([role, parts]) => parts.map((part) => ({ role, ...part })))
  return element("section", { class: "card advice", "aria-label": "Where the time goes" },
    element("h3", {}, "Where the time goes"), element("p", {}, measured.advice),
    roles.map(([role, parts]) => element("div", { class: "phases" },
      element("p", { class: "hint" }, role), stack(role, parts), legend(parts))),
    element("details", {}, element("summary", {}, "As a table"),
      table("Shares of each role's time", [
        { title: "role", value: (row) => row.role }, { title: "phase", value: (row) => row.name },
        { title: "share", value: (row) => percent(row.share), kind: "number" },
      ], rows)))
}

function stack(role, parts) {
  const label = parts.map((part) => `${part.name} ${percent(part.share)}`).join(", ")
  const made = element("div", { class: "stack", role: "img", "aria-label": `${role}: ${label}` })
  for (const [index, part] of parts.entries()) {
    const piece = element("span", { class: `series-${index % 8}`, title: `${part.name} ${percent(part.share)}` })
    piece.style.flexGrow = String(Math.max(0, part.share))
    piece.style.flexBasis = "0"
    made.append(piece)
  }
  return made
}

function legend(parts) {
  return element("ul", { class: "legend" }, parts.map((part, index) =>
    part.share < 0.005 ? null : element("li", { class: `series-${index % 8}` }, element("i", { class: "swatch" }),
      element("span", {}, `${part.name} `), element("b", {}, percent(part.share)))))
}

function peers(all) {
  if (all.length === 0) return notice("No worker and no annotator is connected.")
  const share = (part) => (row) => {
    const sum = Object.values(row.times).reduce((total, seconds) => total + seconds, 0)
    return sum > 0 ? percent(part(row.times) / sum) : "-"
  }
  return element("section", { class: "card" }, element("h3", {}, "Workers and annotators"), table(
    `${all.length} connected`, [
      { title: "role", value: (row) => row.role }, { title: "name", value: (row) => row.name },
      { title: "host", value: (row) => row.host },
      { title: "steps/s", value: (row) => short(row.stepsPerSecond), kind: "number" },
      { title: "steps", value: (row) => short(row.steps), kind: "number" },
      { title: "silent", value: (row) => duration(row.silentSeconds), kind: "number" },
      { title: "environment", value: share((times) => times.environment), kind: "number" },
      { title: "network", value: share((times) => times.inference), kind: "number" },
      { title: "waiting", value: share((times) => times.wait), kind: "number" },
      { title: "errors", value: (row) => short(row.environmentErrors), kind: "number" },
      { title: "lost unrolls", value: (row) => short(row.discardedTrajectories), kind: "number" },
    ], all))
}

function labels(newest) {
  if (newest.length === 0) return null
  return element("section", { class: "card" }, element("h3", {}, "Newest labels"), table("The newest first", [
    { title: "label", value: (row) => short(row.value), kind: "number" },
    { title: "caption", value: (row) => row.caption, kind: "text" },
  ], [...newest].reverse()))
}

function events(lines) {
  if (lines.length === 0) return null
  return element("section", { class: "card" }, element("h3", {}, "Latest events"),
    element("ol", { class: "events" }, [...lines].reverse().map((line) => element("li", {}, line))))
}
