// Owns the list of GPUs on offer and their prices.
// Never knows whether one is free; that is trouble's business.

/// A model of GPU that can be rented.
struct GPUType: Sendable {
    var id: String
    var name: String
    /// GB.
    var memory: Int
    /// USD per hour and GPU in the secure cloud.
    var secure: Double
    var community: Double
    /// On one machine.
    var maxCount: Int

    static let all: [GPUType] = [
        GPUType(id: "NVIDIA A100-SXM4-80GB", name: "A100 SXM", memory: 80, secure: 1.74, community: 1.39, maxCount: 8),
        GPUType(id: "NVIDIA A100 80GB PCIe", name: "A100 PCIe", memory: 80, secure: 1.64, community: 1.19, maxCount: 8),
        GPUType(id: "NVIDIA H100 80GB HBM3", name: "H100 SXM", memory: 80, secure: 2.69, community: 2.69, maxCount: 8),
        GPUType(id: "NVIDIA H100 PCIe", name: "H100 PCIe", memory: 80, secure: 2.39, community: 1.99, maxCount: 8),
        GPUType(id: "NVIDIA H200", name: "H200 SXM", memory: 141, secure: 3.99, community: 3.59, maxCount: 8),
        GPUType(id: "NVIDIA L40S", name: "L40S", memory: 48, secure: 0.86, community: 0.79, maxCount: 8),
        GPUType(
            id: "NVIDIA GeForce RTX 4090", name: "RTX 4090", memory: 24, secure: 0.69, community: 0.34, maxCount: 8),
    ]

    static func named(_ id: String) -> GPUType? { all.first { $0.id == id } }

    func price(in cloud: String) -> Double { cloud == "COMMUNITY" ? community : secure }
}
