import Captions
import IntrinsicReward
import Runtime

/// Row 52, teacher hacking (arXiv 2502.02671): a student that learns a teacher's fixed answers by heart comes nearer to the
/// teacher and further from the truth; answers about new captions prevent it, and a monitor warns of it.
///
/// Teacher: labels of which some are wrong, always the same ones. Student: the classification reward. Truth: labels of held-out
/// captions.
struct TeacherStudy {
  private static let captions = 1200
  private static let heldOut = 1000..<1200
  /// Labels at the beginning, and new ones at each arrival online.
  private static let first = 150
  private static let perArrival = 75
  private static let arrivals = 12
  private static let flipRate: Float = 0.3

  private let captions: SyntheticCaptions
  private let seed: UInt64

  init(seed: UInt64) {
    self.seed = seed
    captions = SyntheticCaptions(count: Self.captions, seed: seed)
  }

  private struct Course {
    /// Share of held-out captions that the student judges as the truth does, at the end.
    var truth = 0.0
    /// The same for the teacher's labels that it has learned from.
    var teacher = 0.0
    /// The loss of truth since its best.
    var fall = 0.0
    var hasAlarm = false
  }

  func measure() -> [String: Double] {
    let courses = [
      "fixed": course(flipRate: Self.flipRate, isOnline: false),
      "online": course(flipRate: Self.flipRate, isOnline: true),
      "exact fixed": course(flipRate: 0, isOnline: false), "coin fixed": course(flipRate: 0.5, isOnline: false),
    ]
    var results: [String: Double] = [:]
    for (name, course) in courses {
      results["truth, \(name)"] = course.truth
      results["teacher, \(name)"] = course.teacher
      results["fall, \(name)"] = course.fall
      results["alarm, \(name)"] = course.hasAlarm ? 1 : 0
    }
    return results
  }

  private func course(flipRate: Float, isOnline: Bool) -> Course {
    var options = LearnedRewardOptions(.classification)
    options.learningRate = 1e-3
    options.batchSize = 32
    options.stepsPerUpdate = 0
    options.paysProbability = true
    options.seed = seed
    let student = CaptionLearner(options)
    student.take(RewardUpdate(captions: captions.captions), policyUpdates: 0)
    var generator = RandomGenerator(seed: seed)
    let teacher: [Float] = captions.isHelpful.map { ($0 != (generator.uniform() < flipRate)) ? 1 : 0 }
    var monitor = TeacherHackingMonitor()
    var course = Course()
    var best = 0.0
    for arrival in 0..<Self.arrivals {
      let count = isOnline ? Self.first + Self.perArrival * arrival : Self.first
      var labels = (0..<count).map { CaptionLabel(caption: UInt32($0 + 1), value: teacher[$0]) }
      // An arrival that changes nothing is no arrival, so one label in turn moves by a little.
      labels[arrival].value = abs(labels[arrival].value - 0.01)
      student.take(RewardUpdate(labels: labels), policyUpdates: 0)
      while student.advance() {}
      let scores = student.scores.values.dropFirst().map { $0 > 0.5 }
      course.truth = Self.share(Self.heldOut) { scores[$0] == captions.isHelpful[$0] }
      course.teacher = Self.share(0..<count) { scores[$0] == (teacher[$0] > 0.5) }
      best = max(best, course.truth)
      var reading = MonitorReading()
      reading.modelVersion = arrival + 1
      reading.trainingAgreement = course.teacher
      reading.heldOutAgreement = course.truth
      reading.heldOut = Self.heldOut.count
      if monitor.observe(reading) != nil { course.hasAlarm = true }
    }
    course.fall = best - course.truth
    return course
  }

  private static func share(_ range: Range<Int>, _ isRight: (Int) -> Bool) -> Double {
    Double(range.count(where: isRight)) / Double(range.count)
  }
}

extension Study {
  static let teacher = Study(
    "teacher", "a student that learns a teacher's errors by heart, and one that keeps asking (row 52)", seeds: 5,
    requirements: [
      StudyRequirement(
        "52", "held-out truth at the end: online answers above fixed ones", "truth, online", minus: "truth, fixed",
        .atLeast(0.05)),
      StudyRequirement(
        "52", "truth that fixed answers have lost since their best", "fall, fixed", .atLeast(0.02)),
      StudyRequirement(
        "52", "the monitor warns of fixed answers more often than of online ones", "alarm, fixed",
        minus: "alarm, online", .atLeast(0.5)),
      StudyRequirement(
        StudyRequirement.control, "a teacher who tosses coins leads the student away from the truth",
        "truth, online", minus: "truth, coin fixed", .atLeast(0.1)),
      StudyRequirement(
        StudyRequirement.control, "an exact teacher's fixed answers lose nothing", "fall, exact fixed", .atMost(0.02)),
      StudyRequirement(
        StudyRequirement.control, "the monitor is silent with an exact teacher", "alarm, exact fixed", .atMost(0.2)),
    ]
  ) { TeacherStudy(seed: $0).measure() }
}
