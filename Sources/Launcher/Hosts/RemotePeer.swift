import Foundation
import Glibc
import Runtime

/// One process on another machine, as the ssh call that starts it, lasts as long as it, and ends with its status.
///
/// The key goes over the connection's input, never through arguments or a file of this machine, and is stored there with
/// mode 0600 as long as the process runs. The end of the input ends the process, so it outlives neither the launcher nor a
/// connection that was closed; what a broken connection has left is ended when the next one begins.
final class RemotePeer {
  /// Seconds without an answer after which a connection counts as broken, in intervals.
  private static let aliveSeconds = 5
  private static let aliveCount = 3
  private static let connectSeconds = 10

  /// Runs on the other machine: $1 is the run, $2 the peer's name, $3 Tengu's folder, then the program and its arguments. The
  /// input is the key, an empty line, and then nothing until it ends.
  static let script = """
    umask 077
    mark=$1/$2 folder=$HOME/.tengu/$1 name=$2 home=$3; shift 3
    mkdir -p "$folder" || exit 1
    old=$(cat "$folder/$name.pid" 2>/dev/null)
    is_old() { [ -n "$old" ] && grep -aqs "TENGU_REMOTE_PEER=$mark" "/proc/$old/environ"; }
    tries=0
    while is_old && [ "$tries" -lt 100 ]; do kill "$old" 2>/dev/null; sleep 0.1; tries=$((tries + 1)); done
    if is_old; then kill -KILL "$old" 2>/dev/null; fi
    while IFS= read -r line && [ -n "$line" ]; do printf '%s\\n' "$line"; done >"$folder/$name.secret"
    cd "$home" || exit 64
    [ -x "$1" ] || command -v "$1" >/dev/null || { echo "there is no program $1 in $home" >&2; exit 64; }
    exec 3<&0
    TENGU_REMOTE_PEER=$mark "$@" --key "$folder/$name.secret" </dev/null 3<&- &
    child=$!
    echo "$child" >"$folder/$name.pid"
    trap 'kill -TERM "$child" 2>/dev/null' HUP INT TERM
    (cat <&3 >/dev/null; kill -TERM "$child"; sleep 10; kill -KILL "$child") >/dev/null 2>&1 &
    watch=$!
    exec 3<&-
    status=0; wait "$child" || status=$?
    while kill -0 "$child" 2>/dev/null; do status=0; wait "$child" || status=$?; done
    kill "$watch" 2>/dev/null
    rm -f "$folder/$name.pid" "$folder/$name.secret"
    exit "$status"
    """

  private let call: ProgramCall
  private let key: String
  /// The writing end of the connection's input; -1 before the first start.
  private var input: Int32 = -1

  /// - Parameters:
  ///   - key: the text of the secret key file.
  ///   - arguments: of the program there, without its key.
  ///   - ssh: the program and options that connect.
  init(
    _ entry: HostEntry, run: String, name: String, key: String, arguments: [String], home: String,
    environment: [String: String], ssh: [String]
  ) {
    self.key = key
    let program = entry.program ?? "\(entry.home ?? home)/.build/release/tengu"
    let variables = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let there =
      ["exec", "env"] + variables
      + ["sh", "-c", Self.script, "tengu-peer", run, name, entry.home ?? home, program] + arguments
    let options = [
      "-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=\(Self.connectSeconds)",
      "-o", "ServerAliveInterval=\(Self.aliveSeconds)", "-o", "ServerAliveCountMax=\(Self.aliveCount)",
    ]
    let port = entry.port.map { ["-p", "\($0)"] } ?? []
    call = ProgramCall(ssh[0], ssh.dropFirst() + options + port + ["--", entry.host, shellText(there)])
  }

  deinit { closeInput() }

  /// Connects and starts the process.
  /// - Parameter output: the descriptor that receives what it writes.
  /// - Throws: `ProcessError` if ssh cannot be run, `LauncherError` without descriptors.
  func start(output: Int32) throws -> ChildProcess {
    closeInput()
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw LauncherError.system("make a pipe for", call.program, errno) }
    defer { close(ends[0]) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    input = ends[1]
    let child = try ChildProcess(
      call, input: .descriptor(ends[0]), output: .descriptor(output), errors: .descriptor(output))
    // Fits into the pipe, so it does not wait for ssh.
    writeAll(Array("\(key)\n".utf8), to: input)
    return child
  }

  private func closeInput() {
    if input >= 0 { close(input) }
    input = -1
  }
}
