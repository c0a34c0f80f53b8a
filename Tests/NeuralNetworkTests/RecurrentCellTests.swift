import NeuralNetwork
import Runtime
import Tensor
import TestSupport
import Testing

@Suite struct RecurrentCellTests {
  enum Kind: CaseIterable { case gru, lstm, minGRU }

  /// A cell with random parameters and inputs, and the same thing in Float64.
  struct Problem {
    static let inputSize = 5
    // Not a multiple of the vector width, and more than one vector.
    static let hiddenSize = 11
    let kind: Kind
    let steps: Int
    let batch: Int
    let cell: any RecurrentCell
    let layout: ParameterLayout
    let parameters, inputs, initialState: FloatBuffer
    private let prepared: FloatBuffer
    let direction: [Float]
    let resets: [UInt8]

    init(_ kind: Kind, steps: Int, batch: Int) {
      self.kind = kind
      self.steps = steps
      self.batch = batch
      var layout = ParameterLayout()
      switch kind {
      case .gru: cell = GRU("cell", inputSize: Self.inputSize, hiddenSize: Self.hiddenSize, in: &layout)
      case .lstm: cell = LSTM("cell", inputSize: Self.inputSize, hiddenSize: Self.hiddenSize, in: &layout)
      case .minGRU: cell = MinGRU("cell", inputSize: Self.inputSize, hiddenSize: Self.hiddenSize, in: &layout)
      }
      self.layout = layout
      var generator = RandomGenerator(seed: 11)
      parameters = FloatBuffer(generator.values(layout.count, scale: 0.7))
      prepared = FloatBuffer(count: layout.preparedCount)
      inputs = FloatBuffer(generator.values(steps * batch * Self.inputSize))
      initialState = FloatBuffer(generator.values(batch * cell.stateSize))
      direction = generator.values(steps * batch * Self.hiddenSize)
      resets = (0..<steps * batch).map { _ in generator.uniform() < 0.25 ? 1 : 0 }
    }

    var inputMatrix: Matrix { Matrix(inputs.pointer, rows: steps * batch, columns: Self.inputSize) }

    func reference(_ parameters: [Double], _ inputs: [Double]) -> (outputs: [Double], state: [Double]) {
      let slice = { (name: String) -> [Double] in
        guard let slice = layout.slices.first(where: { $0.name == "cell.\(name)" }) else { return [] }
        return Array(parameters[slice.offset..<slice.offset + slice.count])
      }
      let isGRU = kind == .gru
      let weights = ReferenceLayers.RecurrentWeights(
        input: slice("input_weight"), inputBias: slice(isGRU ? "input_bias" : "bias"),
        recurrent: slice("recurrent_weight"),
        recurrentBias: isGRU ? slice("recurrent_bias") : [Double](repeating: 0, count: 4 * Self.hiddenSize))
      return ReferenceLayers.recurrent(
        inputs, steps: steps, batch: batch, hidden: Self.hiddenSize, initialState: initialState.array.doubles,
        resets: resets
      ) { x, state in
        switch kind {
        case .gru: ReferenceLayers.gruStep(x, state: state, weights)
        case .lstm: ReferenceLayers.lstmStep(x, state: state, weights)
        case .minGRU: ReferenceLayers.minGRUStep(x, state: state, weights)
        }
      }
    }

    func loss(_ parameters: [Double], _ inputs: [Double]) -> Double {
      zip(reference(parameters, inputs).outputs, direction.doubles).reduce(0) { $0 + $1.0 * $1.1 }
    }

    /// The parameters as they are now.
    var weights: Weights {
      cell.prepare(parameters.pointer, into: prepared.pointer, forTraining: true)
      return Weights(parameters: parameters.pointer, prepared: prepared.pointer)
    }

    func forward(_ workspace: RecurrentWorkspace) {
      cell.forward(
        inputMatrix, steps: steps, batch: batch, initialState: initialState.pointer, resets: resets,
        weights: weights, workspace: workspace)
    }

    /// Gradients of parameters and inputs.
    func backward(_ workspace: RecurrentWorkspace) -> (parameters: [Float], inputs: [Float]) {
      let gradients = FloatBuffer(count: layout.count)
      let inputGradients = FloatBuffer(count: inputs.count)
      let outputGradients = FloatBuffer(direction)
      cell.backward(
        inputMatrix, steps: steps, batch: batch, resets: resets,
        outputGradients: Matrix(outputGradients.pointer, rows: steps * batch, columns: Self.hiddenSize),
        inputGradients: MutableMatrix(inputGradients.pointer, rows: steps * batch, columns: Self.inputSize),
        weights: weights, gradients: gradients.pointer, workspace: workspace)
      return (gradients.array, inputGradients.array)
    }
  }

  @Test(arguments: Kind.allCases)
  func forwardMatchesFloat64(kind: Kind) {
    let problem = Problem(kind, steps: 7, batch: 3)
    #expect(problem.resets.contains(1) && problem.resets.contains(0))
    // A workspace larger than the problem must make no difference.
    let workspace = problem.cell.makeWorkspace(maximumSteps: 9, maximumBatch: 4)
    problem.forward(workspace)
    let expected = problem.reference(problem.parameters.array.doubles, problem.inputs.array.doubles)
    #expect(GradientCheck.largestError(workspace.outputs.array.prefix(7 * 3 * 11), expected.outputs) < 1e-5)
    let state = UnsafeBufferPointer(
      start: workspace.state(atStep: 7, batch: 3), count: 3 * problem.cell.stateSize)
    #expect(GradientCheck.largestError(state.map { $0 }, expected.state) < 1e-5)
  }

  @Test(arguments: Kind.allCases)
  func gradientsMatchCentralDifferences(kind: Kind) {
    let problem = Problem(kind, steps: 6, batch: 3)
    let workspace = problem.cell.makeWorkspace(maximumSteps: 6, maximumBatch: 3)
    problem.forward(workspace)
    let gradients = problem.backward(workspace)
    let parameters = problem.parameters.array.doubles
    let inputs = problem.inputs.array.doubles
    let expected = GradientCheck.centralDifferences(at: parameters) { problem.loss($0, inputs) }
    for slice in problem.layout.slices {
      let range = slice.offset..<slice.offset + slice.count
      let error = GradientCheck.relativeError(gradients.parameters[range], Array(expected[range]))
      #expect(error < 1e-4, "\(slice.name)")
    }
    let expectedInputs = GradientCheck.centralDifferences(at: inputs) { problem.loss(parameters, $0) }
    #expect(GradientCheck.relativeError(gradients.inputs, expectedInputs) < 1e-4)
  }

  @Test(arguments: Kind.allCases)
  func stepByStepEqualsTheUnroll(kind: Kind) {
    let problem = Problem(kind, steps: 6, batch: 3)
    let unroll = problem.cell.makeWorkspace(maximumSteps: 6, maximumBatch: 3)
    problem.forward(unroll)
    let single = problem.cell.makeWorkspace(maximumSteps: 1, maximumBatch: 3)
    let state = FloatBuffer(problem.initialState.array)
    for step in 0..<6 {
      let rows = Matrix(
        problem.inputs.pointer + step * 3 * Problem.inputSize, rows: 3, columns: Problem.inputSize)
      problem.cell.forward(
        rows, steps: 1, batch: 3, initialState: state.pointer, resets: Array(problem.resets[(step * 3)...]),
        weights: problem.weights, workspace: single)
      state.pointer.update(from: single.state(atStep: 1, batch: 3), count: state.count)
      let expected = unroll.outputs.array[(step * 33)..<(step * 33 + 33)].map(Double.init)
      #expect(GradientCheck.largestError(single.outputs.array, expected) < 1e-6)
    }
  }

  @Test(arguments: Kind.allCases)
  func theSameInputGivesTheSameBits(kind: Kind) {
    let problem = Problem(kind, steps: 5, batch: 2)
    let results = (0..<2).map { _ in
      let workspace = problem.cell.makeWorkspace(maximumSteps: 5, maximumBatch: 2)
      problem.forward(workspace)
      return workspace.outputs.array + problem.backward(workspace).parameters
    }
    #expect(results[0].map(\.bitPattern) == results[1].map(\.bitPattern))
  }

  @Test func theForgetGateBeginsOpen() {
    var layout = ParameterLayout()
    let cell = LSTM("cell", inputSize: 4, hiddenSize: 3, in: &layout)
    let parameters = FloatBuffer(count: layout.count)
    var generator = RandomGenerator(seed: 1)
    layout.initialise(parameters.pointer, generator: &generator)
    #expect(parameters.array[cell.bias.offset...] == [0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0])
  }
}
