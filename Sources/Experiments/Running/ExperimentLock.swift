import Configuration
import Glibc

/// Keeps a second experiment out of a folder. The lock is the kernel's (flock), so it ends with the process however that
/// ends.
final class ExperimentLock {
  private let descriptor: Int32

  /// - Throws: `ConfigurationError` if the folder is another process's, or cannot be written.
  init(folder: String) throws(ConfigurationError) {
    let path = "\(folder)/lock"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw ConfigurationError(["\(path): \(String(cString: strerror(errno)))"]) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw ConfigurationError(["\(folder): an experiment is going there already; wait for it, or choose another --out"]
      )
    }
  }

  deinit { close(descriptor) }
}
