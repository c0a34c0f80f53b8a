import Environments
import Foundation
import Glibc
import Replays
import Transport

extension FuzzTarget {
  /// A recorded episode that is read has a reward for each action, and is the same after it was written and read again.
  static let episodes = FuzzTarget(
    name: "episodes",
    run: { bytes in
      guard let record = try? EpisodeRecord(Data(bytes), name: "fuzz") else { return }
      require(record.rewards.count == record.actions.count, "\(record.actions.count) actions")
      require(!record.episodeReturn.isNaN, "a return that is no number")
      guard let text = try? JSONEncoder().encode(record), let again = try? EpisodeRecord(text, name: "again") else {
        return require(false, "a record cannot be written")
      }
      require(again == record, "a record changes")
    },
    seeds: {
      var record = EpisodeRecord(options: EnvironmentOptions(task: "Corridor"), seed: 7)
      let empty = try? JSONEncoder().encode(record)
      for step in 0..<4 { record.append(action: RecordedAction(step % 2), reward: Float(step) / 3) }
      record.intrinsicRewards = [0, 1, 0.5, 0]
      record.source = "run é, step 512"
      return [empty, try? JSONEncoder().encode(record)].compactMap(\.self).enumerated()
        .map { ("\($0.offset)", Array($0.element)) }
    })

  /// The file that the next input is written to; the readers of keys take paths, because they look at the file's mode.
  private static let keyFile = "/dev/shm/tengu-fuzz-key-\(getpid())"

  /// A secret that is read can be written and read again; errors never hold the secret.
  static let keys = FuzzTarget(
    name: "keys",
    run: { bytes in
      let descriptor = open(keyFile, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
      require(descriptor >= 0 && write(descriptor, bytes.baseAddress, bytes.count) == bytes.count, "a full disk")
      close(descriptor)
      defer { unlink(keyFile) }
      if let key = try? KeyFile(readingSecret: keyFile) {
        unlink(keyFile)
        do throws(TransportError) {
          try key.writeSecret(keyFile)
          require(try KeyFile(readingSecret: keyFile) == key, "a key changes")
        } catch { require(false, "a key that was read cannot be written: \(error)") }
      }
    },
    seeds: {
      let path = "/dev/shm/tengu-fuzz-seed-\(getpid())"
      defer { unlink(path) }
      return (0..<2).compactMap { index in
        unlink(path)
        guard let pair = try? CurveKeyPair.generate() else { return nil }
        let key = KeyFile(pair: pair, learner: index == 0 ? nil : pair.publicKey)
        guard (try? key.writeSecret(path)) != nil, let data = try? Data(contentsOf: URL(fileURLWithPath: path)) else {
          return nil
        }
        return ("\(index)", Array(data))
      }
    })
}
