/// A command line that a user can paste into a shell.
func shellText(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }

/// A word as a shell reads it back.
private func quoted(_ word: String) -> String {
  let isPlain = word.utf8.allSatisfy { byte in
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "/._-=:,+@%".utf8.contains(byte)
    }
  }
  if isPlain, !word.isEmpty { return word }
  return "'" + word.replacing("'", with: "'\\''") + "'"
}

extension Installation {
  /// How the user calls a command from the folder they called from: by its script if there is one, else by the program.
  /// - Parameter command: "launch", "stop", "status" or "attach"; the scripts have the same names.
  func commandLine(_ command: String, _ arguments: [String]) -> String {
    let script = "scripts/\(command).sh"
    let words: [String]
    if hasScripts {
      words = [workingDirectory == home ? script : "\(home)/\(script)"]
    } else {
      words = [launcher, command]
    }
    // The folder of the runs is a variable of the caller's, which another shell need not have.
    let variable = runs == "\(home)/runs" ? "" : "TENGU_RUNS=\(shellText([runs])) "
    return variable + shellText(words + arguments)
  }

  /// Whether the scripts are there, and not the program alone.
  var hasScripts: Bool { isFile("\(home)/scripts/launch.sh") }

  /// The command that continues a run.
  func continuation(of run: RunFolder) -> String { commandLine("launch", ["--name", run.name, "--resume", "auto"]) }
}
