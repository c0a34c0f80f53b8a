extension WorkerSection {
  /// Groups of environments on one rollout thread; double buffering needs exactly two.
  public var groupsOnEachThread: Int { doubleBuffered ? 2 : groupsPerThread }
}
