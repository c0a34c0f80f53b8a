/// The environments of this module. They need no files and start at once; a program puts them into its
/// `EnvironmentRegistry` together with those of other modules.
public enum SmallEnvironments {
  /// Their tasks, in the order in which they are listed.
  public static let entries: [EnvironmentEntry] = [CaptionGrid.entry, CartPole.entry, Corridor.entry]
}
