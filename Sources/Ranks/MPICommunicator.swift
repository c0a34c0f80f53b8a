import CMPI
import Glibc

/// The ranks of `mpirun -np K tengu learner ...`, which exchange through Open MPI.
///
/// `@unchecked Sendable` because its only state besides MPI's own is the hook of the opening, and one thread at a time uses it:
/// the main thread until the trainer starts and after it has ended, the trainer in between.
public final class MPICommunicator: Communicator, @unchecked Sendable {
  /// Microseconds between two looks at an exchange that others have not joined yet. MPI itself would wait on a full core,
  /// which the workers of this machine need. A wait of 2 s costs .02 CPU seconds with these numbers.
  private static let pauses: ClosedRange<UInt32> = 20...2_000
  /// A pause is at most this part of the wait so far.
  private static let pausePart: UInt32 = 4
  /// Looks without a pause, a tenth of a millisecond: ranks that make the same updates are rarely further apart, and a pause
  /// lasts longer than it asks for. Each look gives the core to others.
  private static let quickLooks = 100

  public let rank: Int
  public let size: Int
  /// Asked while other ranks are awaited; the reason to stop waiting, or nil. For the opening of a run, which a signal may
  /// end; once the trainer runs, all ranks agree on the end.
  public var interruption: () -> String? = { nil }
  private var counts: [Int32]
  private var places: [Int32]

  /// Variables by which mpirun and srun tell a process its rank.
  private static let variables = ["OMPI_COMM_WORLD_RANK", "PMIX_RANK"]

  /// Joins the other ranks.
  /// - Returns: nil if this process was started alone.
  /// - Throws: `RankError` if Open MPI is missing or cannot be used; it names the package.
  public static func join(environment: [String: String]) throws(RankError) -> MPICommunicator? {
    guard variables.contains(where: { environment[$0] != nil }) else { return nil }
    if environment["OMPI_COMM_WORLD_SIZE"] == "1" { return nil }
    let communicator = try MPICommunicator()
    guard communicator.size == 1 else { return communicator }
    try communicator.finish()
    return nil
  }

  private init() throws(RankError) {
    var reason = [CChar](repeating: 0, count: 512)
    guard tengu_mpi_load(&reason, reason.count) == 0 else {
      throw RankError(
        "mpirun or srun has started this learner as one of several, which needs Open MPI: \(Self.text(reason)); install the "
          + "Debian package libopenmpi3 (openmpi-bin has mpirun)")
    }
    let code = tengu_mpi_start()
    guard code != -1 else {
      throw RankError(
        "this Open MPI was built without threads; install one with MPI_THREAD_SERIALIZED, such as Debian's")
    }
    try Self.check(code, "starting MPI")
    rank = Int(tengu_mpi_rank())
    size = Int(tengu_mpi_size())
    counts = Array(repeating: 0, count: size)
    places = counts
  }

  public func gather(
    _ own: UnsafePointer<Double>, count: Int, into all: UnsafeMutablePointer<Double>
  ) throws(RankError) {
    try Self.check(tengu_mpi_begin_gather(own, try Self.count(count), all), "an exchange of numbers")
    var looks = 0
    var waited: UInt32 = 0
    while true {
      var done: Int32 = 0
      try Self.check(tengu_mpi_test(&done), "an exchange of numbers")
      if done != 0 { return }
      looks += 1
      if looks < Self.quickLooks { continue }
      if let reason = interruption() { throw RankError("\(reason) while the other ranks were awaited") }
      let pause = min(max(waited / Self.pausePart, Self.pauses.lowerBound), Self.pauses.upperBound)
      usleep(pause)
      waited = min(waited + pause, Self.pauses.upperBound * Self.pausePart)
    }
  }

  public func sum(_ values: UnsafeMutablePointer<Float>, count: Int) throws(RankError) {
    try Self.check(tengu_mpi_sum(values, try Self.count(count)), "the sum of the gradients")
  }

  public func gather(_ bytes: [UInt8]) throws(RankError) -> [[UInt8]] {
    let table = RankTable(self, capacity: 1)
    table.own[0] = Double(bytes.count)
    try table.exchange(1)
    var total: Int32 = 0
    for other in 0..<size {
      counts[other] = try Self.count(Int(table[other, 0]))
      places[other] = total
      let (sum, isTooLarge) = total.addingReportingOverflow(counts[other])
      guard !isTooLarge else { throw RankError("the ranks have more than 2 GiB for rank 0") }
      total = sum
    }
    var all = [UInt8](repeating: 0, count: rank == 0 ? Int(total) : 0)
    try Self.check(
      tengu_mpi_gather_bytes(bytes, Int32(bytes.count), &all, counts, places), "an exchange of bytes")
    guard rank == 0 else { return [] }
    return (0..<size).map { Array(all[Int(places[$0])..<Int(places[$0] + counts[$0])]) }
  }

  public func broadcast(_ bytes: [UInt8]) throws(RankError) -> [UInt8] {
    let table = RankTable(self, capacity: 1)
    table.own[0] = Double(bytes.count)
    try table.exchange(1)
    let count = try Self.count(Int(table[0, 0]))
    var result = rank == 0 ? bytes : [UInt8](repeating: 0, count: Int(count))
    try Self.check(tengu_mpi_broadcast(&result, count), "an exchange of bytes")
    return result
  }

  public func finish() throws(RankError) { try Self.check(tengu_mpi_finish(), "leaving MPI") }

  // MARK: Parts

  private static func count(_ count: Int) throws(RankError) -> Int32 {
    guard let result = Int32(exactly: count) else {
      throw RankError("\(count) values in one exchange; MPI takes 2^31 - 1")
    }
    return result
  }

  private static func check(_ code: Int32, _ what: String) throws(RankError) {
    guard code != 0 else { return }
    var buffer = [CChar](repeating: 0, count: 512)
    tengu_mpi_error_text(code, &buffer, buffer.count)
    throw RankError("\(what) failed: \(text(buffer))")
  }

  private static func text(_ buffer: [CChar]) -> String {
    String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
