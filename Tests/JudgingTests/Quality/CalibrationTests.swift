import Runtime
import Statistics
import Testing

@testable import Judging

struct CalibrationTests {
  @Test func knownNumbers() throws {
    let calibration = try #require(Calibration([sample(true, 0.9), sample(false, 0.2), sample(true, 0.25)]))
    #expect(isNear(calibration.brierScore, (0.01 + 0.04 + 0.5625) / 3))
    // The bin from 0.2 holds 0.2 and 0.25, one of which is progress; the bin from 0.9 holds one answer.
    #expect(isNear(calibration.expectedError, (2 * (0.5 - 0.225) + (1 - 0.9)) / 3))
    #expect(calibration.bins.map(\.count) == [0, 0, 2, 0, 0, 0, 0, 0, 0, 1])
    #expect(isNear(calibration.bins[2].predicted, 0.225))
    #expect(calibration.bins[2].observed == 0.5)
  }

  @Test func certaintyIsInTheLastBin() throws {
    let calibration = try #require(
      Calibration([
        QualitySample(isProgress: true, verdict: .label(1)), QualitySample(isProgress: false, verdict: .label(0)),
      ]))
    #expect(calibration.bins.first?.count == 1)
    #expect(calibration.bins.last?.count == 1)
    #expect(calibration.brierScore == 0)
    #expect(calibration.expectedError == 0)
  }

  @Test func nothingAnsweredIsNoCalibration() {
    #expect(Calibration([QualitySample]()) == nil)
    #expect(Calibration([QualitySample(isProgress: true, verdict: .abstain)]) == nil)
  }

  @Test func agreesWithTheDefinitions() throws {
    var generator = SplitMix64(seed: 3)
    for count in 1..<60 {
      let samples = randomSamples(count, &generator)
      let answered = samples.compactMap { sample in sample.probability.map { ($0, sample.isProgress ? 1.0 : 0.0) } }
      guard let calibration = Calibration(samples) else {
        #expect(answered.isEmpty)
        continue
      }
      let total = Double(answered.count)
      #expect(isNear(calibration.brierScore, answered.map { ($0 - $1) * ($0 - $1) }.reduce(0, +) / total))
      var error = 0.0
      for bin in 0..<10 {
        let members = answered.filter { $0.0 >= Double(bin) / 10 && ($0.0 < Double(bin + 1) / 10 || bin == 9) }
        error += abs(members.map { $0.0 - $0.1 }.reduce(0, +)) / total
      }
      #expect(isNear(calibration.expectedError, error))
    }
  }
}
