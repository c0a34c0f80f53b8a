import CZeroMQ

/// The libzmq context of a process: its I/O thread and the `inproc` names. One is enough for a whole process.
///
/// Rule kept by `@unchecked`: libzmq contexts may be used from any thread. Sockets hold the context, so it is terminated
/// after the last of them closed; that waits at most for their linger time.
public final class MessagingContext: @unchecked Sendable {
  let handle: UnsafeMutableRawPointer

  /// - Parameter threads: I/O threads; one moves about a gigabyte a second.
  /// - Throws: `TransportError.system` when the process is out of descriptors.
  public init(threads: Int = 1) throws(TransportError) {
    guard let handle = zmq_ctx_new() else { throw .latest("zmq_ctx_new") }
    self.handle = handle
    zmq_ctx_set(handle, ZMQ_IO_THREADS, Int32(clamping: threads))
  }

  deinit {
    // A signal may interrupt the wait; the context must be gone before its memory is.
    while zmq_ctx_term(handle) != 0 && zmq_errno() == EINTR {}
  }
}
