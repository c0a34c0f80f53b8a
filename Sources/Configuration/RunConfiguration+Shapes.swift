extension RunConfiguration {
  /// Environment steps of one unroll of one group, T x E.
  public var unrollFrames: Int { learner.unrollLength * worker.environmentsPerGroup }
}

extension WorkerSection {
  /// Groups of environments on one rollout thread; double buffering needs exactly two.
  public var groupsOnEachThread: Int { doubleBuffered ? 2 : groupsPerThread }
}
