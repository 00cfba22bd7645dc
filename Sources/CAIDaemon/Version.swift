// Owns the product's version.

/// The version of `caid`.
enum Version {
    static let text = "0.1.0"
}
