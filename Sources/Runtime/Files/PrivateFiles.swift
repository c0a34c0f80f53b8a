import Glibc

/// Who may read the files of a run: its captions, labels, configuration and logs concern nobody else on the machine.
public enum PrivateFiles {
  /// Closes the files that this process and its children create from now on to other users. Files that exist keep
  /// their modes. The umask covers what no mode in this program could: SQLite's files and those of other libraries.
  public static func begin() {
    let current = umask(ownerOnly)
    umask(mask(for: current))
  }

  private static let ownerOnly: mode_t = 0o077
  private static let others: mode_t = 0o007

  /// The umask of a run. One that already keeps other users out stays, so that the group has what it gives (027:
  /// reading); with any other, such as the usual 022, the files are the owner's alone (0600, folders 0700).
  static func mask(for current: mode_t) -> mode_t { current & others == others ? current : ownerOnly }
}
