import Testing

@testable import Telemetry

@Suite struct StatusLineTests {
  static var busy: StatusLine {
    var line = StatusLine()
    line.steps = 1_234_567
    line.totalSteps = 10_000_000
    line.stepsPerSecond = 12_345.6
    line.episodes = 123
    line.returnMean = 12.344
    line.policyLag = .init(played: 1.25, queued: 0.75, maximum: 4)
    line.queueDepth = 2
    line.workers = 2
    line.captionsSeen = 1234
    line.captionsLabelled = 1200
    line.captionsInFlight = 34
    line.labelsPerSecond = 12.34
    line.policyLoss = -0.0123
    line.valueLoss = 0.1234
    line.entropy = 3.21
    line.gradientNorm = 1.23
    line.intrinsicMean = 0.00001
    return line
  }

  static var extreme: StatusLine {
    var line = StatusLine()
    line.steps = .max
    line.totalSteps = .max
    line.stepsPerSecond = 1e12
    line.episodes = 999_999_999
    line.returnMean = -123_456.789
    line.policyLag = .init(played: 99_999.96, queued: 1000, maximum: 123_456)
    line.queueDepth = 1024
    line.discardedSteps = 1_000_000
    line.workers = 9999
    line.captionsSeen = 999_999
    line.captionsLabelled = 999_950
    line.captionsInFlight = 100_000
    line.labelsPerSecond = 1e9
    line.policyLoss = .nan
    line.valueLoss = .infinity
    line.entropy = -.infinity
    line.gradientNorm = 1e30
    line.intrinsicMean = -0.00001
    return line
  }

  @Test func snapshots() {
    #expect(
      StatusLine().text
        == "step      0/     0     - SPS | ep     0 ret      - | lag      -+     -/   - | queue    0 disc     0 "
        + "| workers    0 | cap     0/    0/   0      -/s | loss      -/     - ent      - grad      - int      -")
    #expect(
      Self.busy.text
        == "step 1.235M/10.00M 12.3k SPS | ep   123 ret 12.344 | lag    1.2+   0.8/   4 | queue    2 disc     0 "
        + "| workers    2 | cap  1234/ 1200/  34   12.3/s | loss -0.012/ 0.123 ent  3.210 grad  1.230 int  1e-05")
    #expect(Self.busy.progressText == "step 1.235M/10.00M   12.3% 12.3k SPS  ETA 0:11:50")
    #expect(StatusLine().progressText == "step      0/     0      -%     - SPS  ETA --:--")
  }

  @Test func consecutiveLinesAlign() {
    let lines = [StatusLine().text, Self.busy.text, Self.extreme.text]
    let columns = lines.map { line in line.indices.filter { "|/".contains(line[$0]) }.map { $0.utf16Offset(in: line) } }
    #expect(columns[0] == columns[1])
    #expect(columns[1] == columns[2])
    #expect(Set(lines.map(\.count)).count == 1)
    #expect(lines[0].count <= 204)
  }

  @Test func timeLeft() {
    var line = Self.busy
    #expect(line.secondsLeft.map { Int($0.rounded()) } == 710)
    line.steps = 20_000_000
    #expect(line.secondsLeft == 0)
    line.stepsPerSecond = 0
    #expect(line.secondsLeft == nil)
  }
}

@Suite struct CompactNumberTests {
  @Test(arguments: [
    (0, 4, "   0"), (999, 4, " 999"), (1000, 4, "1.0k"), (9949, 4, "9.9k"), (9951, 4, " 10k"), (123_456, 4, "123k"),
    (999_499, 4, "999k"), (999_500, 4, "1.0M"), (1234, 5, " 1234"), (12_345, 5, "12.3k"), (1_234_567, 6, "1.235M"),
    (99_999, 6, " 99999"), (123_456, 6, "123.5k"), (10_000_000, 6, "10.00M"), (.max, 6, "9.223E"), (-12, 4, " -12"),
    (-12_345, 5, " -12k"), (.min, 5, "-9.2E"),
  ])
  func counts(value: Int, width: Int, expected: String) {
    #expect(CompactNumber.count(value, width: width) == expected)
  }

  @Test(arguments: [
    (0.0, " 0.000"), (1.0, " 1.000"), (-9.9996, "-10.00"), (9.9996, "10.000"), (123.456, "123.46"),
    (99_999.96, "100000"),
    (1_234_567.0, "1.235M"), (0.0004, " 4e-04"), (0.0005, " 5e-04"), (0.0006, " 0.001"), (-0.00002, "-2e-05"),
    (0.0000096, " 1e-05"), (1e-200, " 0e-99"), (-1e14, " -100T"), (1e16, "  huge"), (-1e16, " -huge"),
  ])
  func reals(value: Double, expected: String) {
    #expect(CompactNumber.real(value, width: 6) == expected)
  }

  @Test func whatIsNoNumber() {
    #expect(CompactNumber.real(nil, width: 6) == "     -")
    #expect(CompactNumber.real(.nan, width: 6) == "   nan")
    #expect(CompactNumber.real(-.infinity, width: 6) == "  -inf")
  }

  @Test(arguments: [
    (0.0, "0:00:00"), (65.4, "0:01:05"), (45_296.0, "12:34:56"), (359_999.0, "99:59:59"), (360_000.0, "4d 04h"),
    (-1.0, "--:--"), (.nan, "--:--"), (1e12, "--:--"),
  ])
  func durations(seconds: Double, expected: String) {
    #expect(CompactNumber.duration(seconds) == expected)
  }

  @Test func everyCountFitsItsWidth() {
    for width in 4...6 {
      var value = 1
      while value < Int.max / 3 {
        for near in [value - 1, value, value + 1] { #expect(CompactNumber.count(near, width: width).count == width) }
        value = value * 3 / 2 + 1
      }
    }
  }
}
