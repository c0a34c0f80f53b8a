import ArgumentParser
import Configuration
import Foundation
import Judging
import Learner
import Transport

/// Runs a command's work and turns whatever it throws into one line on stderr and the documented exit status: 64 for
/// what the user said (arguments, configuration), 1 for what went wrong.
func reportingFailure(_ work: () throws -> Void) throws {
  do {
    try work()
  } catch let exit as ExitCode {
    throw exit
  } catch RunError.complete(let text) {
    print(text)
  } catch RunError.stopped(let text) {
    print(text)
  } catch {
    FileHandle.standardError.write(Data("tengu: \(error)\n".utf8))
    throw ExitCode(isMistake(error) ? 64 : 1)
  }
}

/// Whether the user has to say something else, rather than try again.
private func isMistake(_ error: any Error) -> Bool {
  switch error {
  case is ConfigurationError, is PromptError, TransportError.invalidEndpoint, TransportError.keysRequired: true
  default: false
  }
}
