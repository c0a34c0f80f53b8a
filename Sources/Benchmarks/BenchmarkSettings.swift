/// How long to measure, and where the things are that not every machine has.
public struct BenchmarkSettings: Sendable {
  /// Of each measurement of each round; every group has its own idea of enough.
  public var seconds: Double
  /// Measurements of each side of a ratio.
  public var rounds: Int
  /// The folder of libnethack.so and nhdat.
  public var netHackDirectory = ".deps/nethack"
  /// A Python that has torch.
  public var torchPython = ".deps/peers-venv/bin/python"
  /// A Python that has Sample Factory.
  public var sampleFactoryPython = ".deps/sample-factory-venv/bin/python"
  /// scripts/bench/zmq_router.c, compiled.
  public var zmqProgram = ".build/bench/zmq_router"

  public init(seconds: Double, rounds: Int) {
    self.seconds = seconds
    self.rounds = rounds
  }

  /// Measures both sides of a ratio in turn. The side that goes first changes with every round, so that a machine that
  /// grows faster or slower favours neither.
  /// - Returns: what each side returned, round by round.
  func alternate(
    _ ours: (_ round: Int) throws -> Double, _ theirs: (_ round: Int) throws -> Double
  ) rethrows -> (ours: [Double], theirs: [Double]) {
    var result: (ours: [Double], theirs: [Double]) = ([], [])
    for round in 0..<rounds {
      if round % 2 == 0 { result.ours.append(try ours(round)) }
      result.theirs.append(try theirs(round))
      if round % 2 == 1 { result.ours.append(try ours(round)) }
    }
    return result
  }

  /// Measures one side alone.
  func repeated(_ ours: (_ round: Int) throws -> Double) rethrows -> [Double] { try (0..<rounds).map(ours) }
}
