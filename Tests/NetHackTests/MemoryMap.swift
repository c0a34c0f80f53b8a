import Glibc

/// This process's memory, as the kernel tells it.
struct MemoryMap {
  /// Address range, permissions, offset, device, inode and (of most) path.
  private let lines: [[Substring]]

  init() {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    let descriptor = open("/proc/self/maps", O_RDONLY | O_CLOEXEC)
    // The kernel hands out a few lines at a time.
    while case let count = read(descriptor, &chunk, chunk.count), count > 0 { bytes += chunk[..<count] }
    close(descriptor)
    lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { $0.split(separator: " ") }
  }

  /// The file whose mapping holds `address`.
  func inode(at address: UInt) -> UInt64? {
    for line in lines where line.count > 4 {
      let range = line[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
      if range.count == 2, range[0] <= address, address < range[1] { return UInt64(line[4]) }
    }
    return nil
  }

  /// The path of a mapped file whose name begins with `prefix`.
  func path(named prefix: String) -> String? {
    for line in lines where line.count > 5 {
      if let name = line[5].split(separator: "/").last, name.hasPrefix(prefix) { return String(line[5]) }
    }
    return nil
  }
}
