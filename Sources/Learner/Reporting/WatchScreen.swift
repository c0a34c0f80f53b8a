import Foundation
import Runtime
import Telemetry

/// The view of `tengu status --watch`: a run's state on one screen, as lines of text. It has no terminal and no clock.
public struct WatchScreen {
  /// How a line is shown where colours are.
  public enum Style: Sendable {
    case plain, heading, curve, advice, trouble
  }

  /// One line, which has no control characters.
  public struct Line: Sendable {
    public let text: String
    public let style: Style
  }

  /// Columns below which lines are not cut: the numbers would be.
  private static let minimumColumns = 40
  /// Lines of the return curve on a screen of 24 lines; higher screens have more.
  private static let curveLines = (least: 3, most: 10)

  private let status: RunStatus
  private let columns: Int
  private let rows: Int

  /// - Parameters:
  ///   - columns: characters of a line.
  ///   - rows: lines of the screen; nil for as many as there are.
  public init(_ status: RunStatus, columns: Int, rows: Int?) {
    self.status = status
    self.columns = max(Self.minimumColumns, columns)
    self.rows = rows ?? .max
  }

  /// The lines, at most as many as the screen has. If they do not all fit, events go first, then labels, then peers.
  public var lines: [Line] {
    let fixed = head + speed + phaseLines
    let room = max(0, rows - fixed.count)
    let peers = Array(peerLines.prefix(max(2, room / 2)))
    let labels = Array(labelLines.prefix(max(0, (room - peers.count) / 2)))
    let events = Array(eventLines.suffix(max(0, room - peers.count - labels.count)))
    return (fixed + peers + labels + events).prefix(rows).map { Line(text: cut($0.text), style: $0.style) }
  }

  // MARK: Parts

  private var head: [Line] {
    let total = max(1, status.totalSteps)
    let share = min(1, max(0, Double(status.stepsTrained) / Double(total)))
    let left = Double(max(0, total - status.stepsTrained))
    let time = status.stepsPerSecond > 0 ? left / status.stepsPerSecond : nil
    let width = max(8, min(40, columns - 52))
    let filled = Int(saturating: (share * Double(width)).rounded())
    let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
    var lines = [
      Line(
        text:
          "tengu  \(status.run.printable)  \(status.task.printable)  up \(CompactNumber.duration(status.view?.seconds))",
        style: .heading),
      Line(
        text:
          "\(count(status.stepsTrained)) of \(count(status.totalSteps)) steps [\(bar)] \(RunPhases.percent(share))  "
          + "left \(CompactNumber.duration(time))  version \(status.policyVersion)", style: .plain),
    ]
    let troubles = [
      ("skipped updates", status.skippedUpdates), ("overflowed captions", status.captionsOverflowed),
      ("refused messages", status.peersRefused), ("banned connections", status.peersBanned),
      ("discarded steps", status.stepsDiscarded),
    ].filter { $0.1 > 0 }
    if !troubles.isEmpty {
      lines.append(Line(text: troubles.map { "\($0.0) \($0.1)" }.joined(separator: ", "), style: .trouble))
    }
    return lines
  }

  /// Sparklines of speed, lag and queue, and the return curve.
  private var speed: [Line] {
    guard let view = status.view else { return [] }
    let points = view.points
    let width = max(10, columns - 34)
    func spark(_ name: String, _ now: String, _ values: [Double?]) -> Line {
      let curve = BlockChart.lines(values, width: min(width, values.count), height: 1).first ?? ""
      return Line(text: padded(name, 8) + padded(now, 24) + curve, style: .curve)
    }
    let lag = points.last?.policyLag.map { number($0) + " versions" } ?? "-"
    var lines = [
      spark("speed", "\(RunStatus.whole(status.stepsPerSecond)) steps/s", points.map(\.stepsPerSecond)),
      spark("lag", lag, points.map(\.policyLag)),
      spark("queue", "\(points.last?.queueBatches ?? 0) batches", points.map { Double($0.queueBatches) }),
    ]
    if let evaluation = view.evaluation { lines.append(Line(text: evaluation.line, style: .curve)) }
    let returns = points.map(\.returnMean)
    let known = returns.compactMap { $0 }
    guard let least = known.min(), let largest = known.max(), let latest = known.last else { return lines }
    let success = view.successRate.map { ", success \(RunPhases.percent($0))" } ?? ""
    let height = rows == .max ? Self.curveLines.most : min(Self.curveLines.most, max(Self.curveLines.least, rows / 6))
    let curve = BlockChart.lines(returns, width: min(columns - 2, returns.count), height: height)
    lines.append(
      Line(
        text: "return  \(number(latest))  from \(number(least)) to \(number(largest))\(success), last "
          + "\(view.episodes) episodes", style: .heading))
    return lines + curve.map { Line(text: "  " + $0, style: .curve) }
  }

  private var phaseLines: [Line] {
    guard let phases = status.view?.phases else { return [] }
    func line(_ role: String, _ parts: [RunPhases.Phase]) -> Line? {
      guard !parts.isEmpty else { return nil }
      let shown = parts.filter { $0.share >= 0.005 }.sorted { $0.share > $1.share }
      return Line(
        text: padded(role, 8)
          + shown.map { "\($0.name.printable) \(RunPhases.percent($0.share))" }.joined(separator: ", "),
        style: .plain)
    }
    return [line("learner", phases.learner), line("workers", phases.workers)].compactMap { $0 }
      + wrapped(phases.advice.printable).map { Line(text: $0, style: .advice) }
  }

  private var peerLines: [Line] {
    guard !status.peers.isEmpty else { return [Line(text: "no peer is connected", style: .trouble)] }
    let header = ["ROLE", "NAME", "SPS", "ENV", "NET", "WAIT", "SILENT", "ERRORS"]
    let rows = status.peers.map { peer -> [String] in
      let times = peer.times
      let shares = [times.environment, times.inference, times.wait].map {
        times.total > 0 ? RunPhases.percent($0 / times.total) : "-"
      }
      return [peer.role, peer.name, RunStatus.whole(peer.stepsPerSecond)] + shares
        + ["\(RunStatus.whole(peer.silentSeconds)) s", "\(peer.environmentErrors)"]
    }
    let table = TextTable([header] + rows, textColumns: [0, 1]).plain.split(separator: "\n")
    return table.enumerated().map { Line(text: String($1), style: $0 == 0 ? .heading : .plain) }
  }

  private var labelLines: [Line] {
    let rate = status.view?.labelsPerSecond.map { ", \(number($0)) labels/s" } ?? ""
    guard status.captionsSeen > 0 else { return [] }
    let counts =
      "captions: \(status.captionsSeen) seen, \(status.captionsLabelled) labelled, \(status.captionsAbstained) abstained, "
      + "\(status.captionsInFlight) asked\(rate)"
    let newest = (status.view?.labels ?? []).reversed().map {
      Line(text: "  \(number(Double($0.value)))  \($0.caption.printable)", style: .plain)
    }
    return [Line(text: counts, style: .heading)] + newest
  }

  private var eventLines: [Line] {
    (status.view?.events ?? []).map { Line(text: $0.printable, style: $0.contains(" warning ") ? .trouble : .plain) }
  }

  // MARK: Text

  /// The text without what does not fit a line.
  private func cut(_ text: String) -> String {
    text.count <= columns ? text : String(text.prefix(columns - 1)) + "…"
  }

  /// The text in lines that fit, broken between words.
  private func wrapped(_ text: String) -> [String] {
    text.split(separator: " ").reduce(into: [String]()) { lines, word in
      if let last = lines.last, last.count + 1 + word.count <= columns {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(String(word))
      }
    }
  }

  private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }

  private func count(_ value: Int) -> String {
    CompactNumber.count(value, width: 6).trimmingCharacters(in: .whitespaces)
  }

  private func number(_ value: Double) -> String {
    CompactNumber.real(value, width: 8).trimmingCharacters(in: .whitespaces)
  }
}
