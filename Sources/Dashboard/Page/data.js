// What the server is asked for, and small helpers that every view uses.

/** Asks the server. Returns the answer's object; throws an Error with a sentence for people. */
export async function ask(path, query = {}) {
  const search = new URLSearchParams(query).toString()
  let response
  try {
    response = await fetch(search ? `${path}?${search}` : path)
  } catch {
    throw new Error("The dashboard does not answer: is it still running?")
  }
  if (response.status === 401) throw new Error("The dashboard asks for its token: open the address that it printed.")
  if (!response.ok) throw new Error(`The dashboard answered ${response.status} ${response.statusText}.`)
  const answer = await response.json()
  if (answer.problem) throw new Error(answer.problem)
  return answer
}

/** Makes an element: its attributes, then its children, which are elements or text. Text never becomes markup. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value)
    else made.setAttribute(key, value === true ? "" : value)
  }
  made.append(...children.flat().filter((child) => child !== undefined && child !== null))
  return made
}

/** A table with a caption. Columns are { title, value(row), kind }, where kind is "number", "text" or "code". */
export function table(title, columns, rows) {
  const cell = (column, row) => element("td", { class: column.kind }, column.value(row) ?? "")
  return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title },
    element("table", {},
      element("caption", {}, title),
      element("thead", {}, element("tr", {},
        columns.map((column) => element("th", { scope: "col", class: column.kind }, column.title)))),
      element("tbody", {}, rows.map((row) => element("tr", {}, columns.map((column) => cell(column, row)))))))
}

/** A number in few characters: 1234567 is "1.23M", 0.04567 is "0.0457". */
export function short(value) {
  if (value === undefined || value === null) return "-"
  if (typeof value !== "number" || !Number.isFinite(value)) return String(value)
  const size = Math.abs(value)
  for (const [unit, letter] of [[1e9, "G"], [1e6, "M"], [1e4, "k"]]) {
    if (size >= unit) {
      const scaled = value / (letter === "k" ? 1e3 : unit)
      return `${Number(scaled.toPrecision(3))}${letter}`
    }
  }
  if (size !== 0 && size < 1e-3) return value.toExponential(1)
  return String(Number(value.toPrecision(size >= 100 ? 4 : 3)))
}

export const percent = (share) => (typeof share === "number" ? `${Math.round(100 * share)}%` : "-")

/** Seconds as "3 s", "12 min", "5 h" or "2 d". */
export function duration(seconds) {
  if (typeof seconds !== "number" || !Number.isFinite(seconds)) return "-"
  const whole = Math.max(0, seconds)
  if (whole < 120) return `${Math.round(whole)} s`
  if (whole < 7200) return `${Math.round(whole / 60)} min`
  if (whole < 172800) return `${Math.round(whole / 3600)} h`
  return `${Math.round(whole / 86400)} d`
}

export const age = (time) => (time ? `${duration(Date.now() / 1000 - time)} ago` : "never")

export const notice = (text) => element("p", { class: "notice" }, text)

/** Reads and keeps a choice of the user in this browser. */
export function remembered(name, fallback) {
  try {
    return JSON.parse(localStorage.getItem(`tengu.${name}`)) ?? fallback
  } catch {
    return fallback
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(`tengu.${name}`, JSON.stringify(value))
  } catch {
    // A browser that keeps nothing shows the same page.
  }
}
