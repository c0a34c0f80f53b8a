import ArgumentParser
import Foundation
import Transport

struct KeysCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys", abstract: "Create CURVE keys for runs that listen beyond this machine.",
    subcommands: [New.self])

  struct New: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Create a key pair: NAME.secret, readable by you alone, and NAME.public. Existing files are kept.")

    @Argument(help: "Name of the key: `learner`, or the name of a worker or annotator.")
    var name: String

    @Option(help: ArgumentHelp("Folder to write the files to.", valueName: "dir"))
    var directory = "keys"

    @Option(
      help: ArgumentHelp("The learner's public key, which is stored in the secret file of a peer.", valueName: "file"))
    var learner: String?

    func validate() throws {
      let allowed = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
      guard !name.isEmpty, name.unicodeScalars.allSatisfy(allowed.contains) else {
        throw ValidationError("the name of a key consists of letters, digits, - and _.")
      }
    }

    func run() throws {
      try reportingFailure {
        let learnerKey = try learner.map { path in
          guard let key = try KeyFile.readPublic(path).first else {
            throw TransportError.key(path, reason: "holds no public key")
          }
          return key
        }
        try FileManager.default.createDirectory(
          atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let key = KeyFile(pair: try CurveKeyPair.generate(), learner: learnerKey)
        try key.writeSecret("\(directory)/\(name).secret")
        try key.writePublic("\(directory)/\(name).public")
        print("\(directory)/\(name).secret  keep it on the machine that uses it")
        print("\(directory)/\(name).public  \(key.pair.publicKey)")
      }
    }
  }
}
