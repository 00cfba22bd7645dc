// Owns when two messages are the same one: what differs from run to run is taken out.
// Never used for anything that is shown.

/// Texts without their times, numbers and temporary names.
enum FailureSignature {
    static func normalised(_ text: String) -> String {
        text.lowercased()
            .replacing(/(\/tmp|\/var\/tmp|\/dev\/shm|\/var\/folders\/..)\/[^\/\s:'"`,;)\]]+/) { $0.output.1 + "/*" }
            .replacing(/\d{4}-\d\d-\d\d([t ]\d\d:\d\d(:\d\d)?([.,]\d+)?)?(z|[+-]\d\d:?\d\d)?/, with: "#")
            .replacing(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/, with: "#")
            .replacing(/0x[0-9a-f]+/, with: "#")
            .replacing(/\b(?=[a-f]*\d)[0-9a-f]{7,}\b/.wordBoundaryKind(.simple), with: "#")
            .replacing(/\d+([.,:]\d+)*/, with: "#")
    }
}
