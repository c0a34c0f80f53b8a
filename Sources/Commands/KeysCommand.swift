import ArgumentParser
import Foundation
import Runtime
import Transport

struct KeysCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys", abstract: "Create, list and revoke the CURVE keys of runs that listen beyond this machine.",
    subcommands: [New.self, List.self, Revoke.self])

  struct Folder: ParsableArguments {
    @Option(help: ArgumentHelp("Folder of the key files.", valueName: "dir"))
    var directory = "keys"
  }

  struct New: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Create a key pair: NAME.secret, readable by you alone, and NAME.public. Existing files are kept.")

    @Argument(help: "Name of the key: `learner`, or the name of a worker or annotator, which log and status show.")
    var name: String

    @Option(
      help: ArgumentHelp(
        "What its owner may do: worker, annotator, observer, or several of them separated by commas. `learner` for the "
          + "learner's own key, which is the default for that name.", valueName: "role"))
    var role: String?

    @Option(
      help: ArgumentHelp(
        "When it expires: a number of days from now, a last day such as 2027-01-31, or a moment such as "
          + "2027-01-31T12:00:00Z. Without it never.", valueName: "days|date"))
    var expires: String?

    @Option(help: ArgumentHelp("Processes that may use it at a time.", valueName: "number"))
    var sessions = 1

    @OptionGroup var folder: Folder

    @Option(
      help: ArgumentHelp(
        "The learner's public key, which is stored in the secret file of a peer (default: learner.public in the folder, if "
          + "it is there).", valueName: "file"))
    var learner: String?

    private static let secondsPerDay = 86_400.0
    /// A hundred years.
    private static let maximumDays = 36_500

    func validate() throws {
      let allowed = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
      guard !name.isEmpty, name.unicodeScalars.allSatisfy(allowed.contains) else {
        throw ValidationError("the name of a key consists of letters, digits, - and _.")
      }
      guard role != nil || name == KeyRole.learner.rawValue else {
        throw ValidationError("say what the owner of \(name) may do: --role worker, annotator or observer.")
      }
      guard role.map({ KeyRole.list($0) != nil }) ?? true else {
        throw ValidationError("--role \(role ?? ""): \(KeyRole.expectation).")
      }
      if let expires {
        guard let expiry else {
          throw ValidationError(
            "--expires \(expires): \(KeyExpiry.expectation), or a number of days from 1 to \(Self.maximumDays).")
        }
        guard expiry > Date().timeIntervalSince1970 else {
          throw ValidationError("--expires \(expires) is over: the key could not be used.")
        }
      }
      guard learner?.hasSuffix(".secret") != true else {
        throw ValidationError("--learner takes the learner's public key, such as keys/learner.public.")
      }
      guard (1...PublicKeyFile.maximumSessions).contains(sessions) else {
        throw ValidationError("--sessions is a number from 1 to \(PublicKeyFile.maximumSessions).")
      }
    }

    private var isLearners: Bool { role.map { $0 == KeyRole.learner.rawValue } ?? (name == KeyRole.learner.rawValue) }

    /// The learner's public key next to which the new key is made; nil if there is none.
    private var standardLearnerFile: String? {
      let file = "\(folder.directory)/\(KeyRole.learner.rawValue).public"
      return FileManager.default.fileExists(atPath: file) ? file : nil
    }

    /// Seconds since 1970.
    private var expiry: Double? {
      guard let expires else { return nil }
      guard let days = Int(expires) else { return KeyExpiry.seconds(expires) }
      guard (1...Self.maximumDays).contains(days) else { return nil }
      return Date().timeIntervalSince1970 + Double(days) * Self.secondsPerDay
    }

    func run() throws {
      try reportingFailure {
        let directory = folder.directory
        let learnerFile = learner ?? (isLearners ? nil : standardLearnerFile)
        let learnerKey = try learnerFile.map { try PublicKeyFile(reading: $0).keys[0] }
        try FileManager.default.createDirectory(
          atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        for file in ["\(directory)/\(name).secret", "\(directory)/\(name).public"]
        where FileManager.default.fileExists(atPath: file) {
          throw TransportError.key(file, reason: "exists already and is not overwritten")
        }
        let key = KeyFile(pair: try CurveKeyPair.generate(), learner: learnerKey)
        let roles = KeyRole.list(role ?? KeyRole.learner.rawValue)
        let entry = PublicKeyFile(keys: [key.pair.publicKey], roles: roles, expiry: expiry, sessions: sessions)
        try key.writeSecret("\(directory)/\(name).secret")
        try entry.write("\(directory)/\(name).public")
        let trust = learnerFile.map { "; it trusts the learner of \($0)" } ?? ""
        print("\(directory)/\(name).secret  keep it on the machine that uses it\(trust)")
        print("\(directory)/\(name).public  \(key.pair.publicKey)")
      }
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show the public keys of a folder, and what their owners may do.")

    @OptionGroup var folder: Folder

    @Flag(help: "Print a JSON array; a file that cannot be used has a problem instead of a key.")
    var json = false

    private struct Line: Encodable {
      let name: String
      var key: String?
      var roles: [String]?
      var sessions: Int?
      var expires: String?
      var isExpired: Bool?
      var problem: String?
    }

    private func lines() throws -> [Line] {
      try AllowList.files(folder.directory).flatMap { file in
        let name = AllowList.name(of: file).printable
        do throws(TransportError) {
          let entry = try PublicKeyFile(reading: file)
          return entry.keys.map { key in
            Line(
              name: name, key: key.text, roles: entry.roles?.map(\.rawValue).sorted(), sessions: entry.sessions,
              expires: entry.expiry.map { KeyExpiry.text($0) },
              isExpired: entry.expiry.map { $0 <= Date().timeIntervalSince1970 })
          }
        } catch {
          return [Line(name: name, problem: "\(error)".printable)]
        }
      }
    }

    func run() throws {
      try reportingFailure {
        if json { return try printJSON(try lines()) }
        var rows = [["NAME", "ROLE", "SESSIONS", "EXPIRES", "KEY"]]
        for file in try AllowList.files(folder.directory) {
          let name = AllowList.name(of: file).printable
          do throws(TransportError) {
            let entry = try PublicKeyFile(reading: file)
            for key in entry.keys { rows.append([name] + Self.cells(entry) + [key.text]) }
          } catch {
            rows.append([name, "not used: \(error)".printable, "-", "-", "-"])
          }
        }
        print(TextTable(rows, textColumns: [0, 1, 3, 4]).plain)
      }
    }

    private static func cells(_ entry: PublicKeyFile) -> [String] {
      let expired = entry.expiry.map { $0 <= Date().timeIntervalSince1970 ? " (expired)" : "" } ?? ""
      return [
        entry.roles.map { KeyRole.text($0) } ?? "all (no role)", entry.sessions.map { "\($0)" } ?? "any",
        entry.expiry.map { KeyExpiry.text($0) + expired } ?? "never",
      ]
    }
  }

  struct Revoke: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Remove NAME.public from a folder of allowed keys. A running learner ends its sessions within two seconds.")

    @Argument(help: "Name of the key.")
    var name: String

    @OptionGroup var folder: Folder

    func run() throws {
      try reportingFailure {
        let known = try AllowList.files(folder.directory)
        guard let file = known.first(where: { AllowList.name(of: $0) == name }) else {
          let names = known.map { AllowList.name(of: $0).printable }.joined(separator: ", ")
          throw TransportError.key(
            "\(folder.directory)/\(name).public",
            reason: names.isEmpty ? "there is no key in \(folder.directory)" : "no such key; there are: \(names)")
        }
        if (try? PublicKeyFile(reading: file))?.roles == [.learner] {
          throw TransportError.key(
            file,
            reason:
              "is the learner's own key, which no peer uses; to replace it, make new keys for the learner and all peers"
          )
        }
        try FileManager.default.removeItem(atPath: file)
        print("revoked \(name): \(file) is removed")
      }
    }
  }
}
