// What a package needs to train: its own networks, and the command line with its own tasks and networks. The names below and
// no others are kept stable; docs/library.md explains them.
@_exported import TenguEnvironments

@_exported import struct ActorCritic.EncoderBuilder
@_exported import struct ActorCritic.LayerStack
@_exported import struct ActorCritic.NetworkEntry
@_exported import struct ActorCritic.NetworkSizes
@_exported import protocol ActorCritic.ObservationEncoder
@_exported import struct ActorCritic.PolicyNetworkError
@_exported import enum Commands.TenguProgram
