import Commands

/// The program `tengu`: every command with the tasks and networks that come with this package. A package that adds its own
/// has a program like this one, which passes them; see docs/library.md.
@main
enum Program {
  static func main() { TenguProgram.run() }
}
