import Foundation
import Runtime
import Synchronization
import Telemetry
import TestSupport
import Transport
import Wire

@testable import Annotator
@testable import Relay
@testable import Worker

/// How the peers of these tests connect.
func link(to endpoint: Endpoint, _ security: ConnectSecurity = .loopback) -> LearnerLink.Options {
  LearnerLink.Options(endpoint: endpoint, security: security, welcomeSeconds: 1)
}

/// A worker on its own threads.
final class ClusterWorker: Sendable {
  private let thread: ServiceThread
  private let lines = Log()

  init(_ name: String, _ endpoint: Endpoint, _ security: ConnectSecurity = .loopback) throws {
    thread = try ServiceThread { [lines] stop in
      var options = WorkerService.Options(link: link(to: endpoint, security), name: name, host: "test")
      options.threads = 1
      let worker = try WorkerService(context: MessagingContext(), options: options, seed: 1) { lines.add($0) }
      defer { worker.shutDown(reason: "the test is over") }
      while !worker.isFinished, !stop.isRequested {
        let poller = Poller()
        _ = poller.add(worker.wake)
        _ = poller.add(stop.wake)
        if let socket = worker.link.socket { _ = poller.add(socket) }
        _ = try poller.wait(milliseconds: 10)
        worker.wake.clear()
        try worker.pump(now: MonotonicClock.seconds)
      }
    }
  }

  var log: String { lines.text }
  func join() throws { try thread.join() }

  func stop() throws {
    thread.stop.request()
    try thread.join()
  }
}

/// A relay on its own thread.
final class ClusterRelay: Sendable {
  private let thread: ServiceThread
  private let path: String
  private let opened = Promise<Endpoint>()

  init(
    _ learner: Endpoint, in folder: TemporaryDirectory, listen: Endpoint = .tcp(host: "127.0.0.1", port: 0)
  ) throws {
    path = folder.path + "/relay.log"
    let options = RelayOptions(
      link: link(to: learner), listen: listen, name: "relay", host: "test")
    thread = try ServiceThread { [path, opened] stop in
      let relay = RelayService(
        context: try MessagingContext(), options: options, seed: 3, log: try LogWriter(file: path, stream: nil))
      while !relay.isFinished, !stop.isRequested {
        try relay.pump(now: MonotonicClock.seconds)
        if let endpoint = relay.endpoint, opened.value == nil { opened.fulfil(endpoint) }
        usleep(500)  // The loop looks again for messages; no test depends on how often.
      }
      if stop.isRequested { relay.shutDown(reason: "the test is over") }
    }
  }

  var log: String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }

  /// Where its workers connect.
  func endpoint() throws -> Endpoint {
    let (opened, thread) = (opened, thread)
    try wait(until: "the relay listens") { opened.value != nil || thread.hasEnded }
    guard let endpoint = opened.value else {
      try thread.join()
      throw Timeout(what: "the relay listens")
    }
    return endpoint
  }

  func join() throws { try thread.join() }

  func stop() throws {
    thread.stop.request()
    try thread.join()
  }
}

/// An annotator on its own thread.
final class ClusterAnnotator: Sendable {
  private let thread: ServiceThread
  private let lines = Log()

  init(_ name: String, _ endpoint: Endpoint) throws {
    thread = try ServiceThread { [lines] stop in
      let annotator = AnnotatorService(
        context: try MessagingContext(),
        options: AnnotatorService.Options(link: link(to: endpoint), name: name, host: "test"), session: 2
      ) { lines.add($0) }
      defer { annotator.shutDown(reason: "the test is over") }
      while !annotator.isFinished, !stop.isRequested {
        let poller = Poller()
        _ = poller.add(stop.wake)
        if let socket = annotator.link.socket { _ = poller.add(socket) }
        _ = try poller.wait(milliseconds: 10)
        try annotator.pump(now: MonotonicClock.seconds)
      }
    }
  }

  func join() throws { try thread.join() }

  func stop() throws {
    thread.stop.request()
    try thread.join()
  }
}

/// The lines that a peer logs.
final class Log: Sendable {
  private let lines = Mutex<[String]>([])

  func add(_ line: String) { lines.withLock { $0.append(line) } }
  var text: String { lines.withLock { $0.joined(separator: "\n") } }
}
