import NeuralNetwork
import Tensor
import Trajectories

/// What a policy network computes, as data: which fields it reads, which layers follow, and where their parameters are. It
/// is what exports to other formats, and descriptions of checkpoints, are made from.
public struct NetworkBlueprint: Sendable {
  /// The part below the recurrent cell. Images are [height, width, channels], rows of floats.
  public indirect enum Encoder: Sendable {
    /// The vector [S] of each of a field's elements: table [cardinality, S]. An index outside the table is its last one.
    case embedding(ObservationField, table: ParameterSlice)
    /// ELU of a convolution with stride 1 over a grid's embedded symbols.
    case embeddedConvolution(ObservationField, Grid)
    /// ELU of a convolution over the picture that a grid of tiles shows, three colours a pixel.
    case tileConvolution(ObservationField, SymbolTiles, kernel: Int, stride: Int, Weights)
    /// All numbers: times their scales, standardised if the network does so, clipped to ±`clip`.
    case numbers([ObservationField], Standardised?, clip: Float)
    /// ELU of the mean vector of a text's hashed words and word pairs: table [4096, S]; see `TextEmbedding`.
    case text(ObservationField, table: ParameterSlice)
    /// ELU of the sum of the vectors of a text's n trigrams over the root of n: table [4096, S]; see `TrigramField`.
    case trigrams(ObservationField, table: ParameterSlice)
    /// A text's bytes, divided by 255.
    case bytes(ObservationField)
    /// A picture's bytes [height, width, channels], divided by 255.
    case image(ObservationField)
    /// `scale` times the sum over a set's things of ELU of their vectors.
    case set(Things, scale: Float)
    case layers(on: Encoder, [Layer])
    /// The rows of several encoders, one after the other.
    case concatenation([Encoder])
  }

  /// The things of a set: each has the sum of its categories' vectors, one table for each field. Where the first field is 0
  /// there is no thing.
  public struct Things: Sendable {
    public struct Member: Sendable {
      public let field: ObservationField
      /// [cardinality, size]; an index outside the table is its last one.
      public let table: ParameterSlice
    }

    /// At least one, all with as many elements.
    public let members: [Member]
  }

  /// Turns the outputs of the policy's last layer into logits. A factor with a set has the columns of a query there, and the
  /// logit of a thing is scale * query * its vector (0 where there is no thing); those of other factors are logits.
  public struct Pointers: Sendable {
    public struct Factor: Sendable {
      /// Index in `sets`; nil for a factor that chooses from no set.
      public let set: Int?
      /// Choices.
      public let count: Int
    }

    public let sets: [Things]
    /// In the order of their columns.
    public let factors: [Factor]
    /// Numbers of a query and of a thing's vector.
    public let keySize: Int
    public let scale: Float
  }

  /// Weights and biases: y = f(x W + b) with W [inputs, outputs]; of a convolution, row (y K + x) C + channel.
  public struct Weights: Sendable {
    public let weight: ParameterSlice
    public let bias: ParameterSlice
  }

  /// A convolution over embedded symbols.
  public struct Grid: Sendable {
    public let rows: Int
    public let columns: Int
    /// [symbols, size]
    public let embedding: ParameterSlice
    public let kernel: Int
    public let padding: Int
    public let weights: Weights
  }

  /// (x - mean) / max(sqrt(variance), minimumDeviation)
  public struct Standardised: Sendable {
    public let mean: ParameterSlice
    public let variance: ParameterSlice
    public let minimumDeviation: Float
  }

  public enum Layer: Sendable {
    /// An image as input is one long vector.
    case dense(Weights, Activation)
    /// With ELU.
    case convolution(ConvolutionGeometry, Weights)
    /// x + f2(f1(x)), with two convolutions.
    case residual(ConvolutionGeometry, Weights, Weights)
    /// The largest value of each window; windows do not overlap.
    case maxPool(MaxPool)
  }

  /// The recurrent cell; gates are blocks of columns.
  public enum Cell: Sendable {
    case none
    /// r, z, n; see `GRU`.
    case gru(GRU)
    /// i, f, g, o; see `LSTM`. The state is h, then c.
    case lstm(LSTM)
    /// z, n; see `MinGRU`.
    case minGRU(MinGRU)
  }

  public let encoder: Encoder
  public let cell: Cell
  /// What the policy chooses in each step.
  public let space: ActionSpace
  /// The field that says which actions are legal; nil if all are, always.
  public let mask: ObservationField?
  /// Which factors count with each choice of the first, and the sets that they choose from; nil if all count, always.
  public let structure: ActionStructure?
  /// The numbers that describe the distribution of actions; see `ActionHead`. Queries and logits with `pointers`.
  public let policy: Weights
  /// nil if `policy` computes the logits.
  public let pointers: Pointers?
  /// The floor of the probabilities of the first factor's legal choices, [1]; see `ChoiceFloor`. nil if there is none.
  public let floor: ParameterSlice?
  public let value: Weights
  /// The values are mean + deviation * outputs of `value`; nil if they are the outputs.
  public let valueScale: Standardised?
}

extension NetworkBlueprint.Weights {
  init(_ linear: Linear) { self.init(weight: linear.weight, bias: linear.bias) }
}

extension NetworkBlueprint.Layer {
  /// nil for a layer that no blueprint describes.
  init?(_ layer: any NeuralNetwork.Layer) {
    switch layer {
    case let layer as Linear: self = .dense(.init(layer), layer.activation)
    case let layer as Convolution:
      self = .convolution(layer.geometry, .init(weight: layer.weight, bias: layer.bias))
    case let layer as ResidualBlock:
      self = .residual(
        layer.first.geometry, .init(weight: layer.first.weight, bias: layer.first.bias),
        .init(weight: layer.second.weight, bias: layer.second.bias))
    case let layer as MaxPool: self = .maxPool(layer)
    default: return nil
    }
  }
}

extension NetworkBlueprint.Encoder {
  /// A grid's first convolution; nil for one that no blueprint describes.
  init?(_ field: ObservationField, _ convolution: any SymbolConvolution) {
    switch convolution {
    case let convolution as EmbeddedConvolution where field.shape.count == 2:
      self = .embeddedConvolution(
        field,
        .init(
          rows: field.shape[0], columns: field.shape[1], embedding: convolution.embedding, kernel: convolution.kernel,
          padding: convolution.padding, weights: .init(weight: convolution.weight, bias: convolution.bias)))
    case let convolution as TileConvolution:
      guard case .tiles(let tiles) = field.encoding else { return nil }
      self = .tileConvolution(
        field, tiles, kernel: convolution.kernel, stride: convolution.stride,
        .init(weight: convolution.weight, bias: convolution.bias))
    default: return nil
    }
  }
}
