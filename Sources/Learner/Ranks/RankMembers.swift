import Foundation
import Glibc
import Ranks

/// The processes of a run's ranks: where each listens, and whether those of this machine live.
///
/// Open MPI ends all ranks when one dies, within about a second and without a word to them. Rank 0 uses that second to say in
/// its log which one it was.
struct RankMembers: Sendable {
  struct Member: Sendable, Equatable {
    var endpoint: String
    var host: String
    var process: pid_t
  }

  /// By rank.
  let all: [Member]
  private let own: Int

  /// The only learner.
  init() { (all, own) = ([], 0) }

  /// Tells the other ranks of this one, and learns of them.
  /// - Throws: `RankError` if another rank is lost.
  init(_ ranks: any Communicator, endpoint: String) throws(RankError) {
    var writer = RankWriter()
    writer.put(text: Array(endpoint.utf8))
    writer.put(text: Array(ProcessInfo.processInfo.hostName.utf8))
    writer.put(UInt32(clamping: getpid()))
    var members: [Member] = []
    for bytes in try ranks.all(writer.bytes) {
      var reader = RankReader(bytes)
      members.append(
        Member(
          endpoint: String(decoding: try reader.text(), as: UTF8.self),
          host: String(decoding: try reader.text(), as: UTF8.self), process: pid_t(clamping: try reader.uint32())))
    }
    (all, own) = (members, ranks.rank)
  }

  var isShared: Bool { all.count > 1 }

  /// The addresses of all ranks, a line each; workers attach to any, annotators to the first.
  var endpoints: String { all.map(\.endpoint).joined(separator: "\n") }

  /// The first rank of this machine whose process has ended, in words; nil if all live, as far as can be seen from here.
  var lost: String? {
    for (rank, member) in all.enumerated() where rank != own && member.host == all[own].host {
      if kill(member.process, 0) != 0, errno == ESRCH {
        return "rank \(rank) (process \(member.process) on \(member.host)) has ended"
      }
    }
    return nil
  }
}

/// The folder of a rank in the run's directory: its own log, metrics and address. Those of rank 0 are the run's.
enum RankFolder {
  static func name(of rank: Int) -> String { "rank-\(rank)" }
}
