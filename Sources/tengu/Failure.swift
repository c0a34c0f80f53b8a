import ArgumentParser
import Configuration
import Foundation
import Learner

/// Runs a command's work and turns whatever it throws into one line on stderr and the documented exit status: 64 for
/// what the user said (arguments, configuration), 1 for what went wrong.
func reportingFailure(_ work: () throws -> Void) throws {
  do {
    try work()
  } catch let exit as ExitCode {
    throw exit
  } catch RunError.complete(let text) {
    print(text)
  } catch {
    FileHandle.standardError.write(Data("tengu: \(error)\n".utf8))
    throw error is ConfigurationError ? ExitCode(64) : ExitCode(1)
  }
}
