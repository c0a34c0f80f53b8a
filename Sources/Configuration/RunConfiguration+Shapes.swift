extension RunConfiguration {
  /// Environment steps of one unroll of one group, T x E.
  public var unrollFrames: Int { learner.unrollLength * worker.environmentsPerGroup }
}
