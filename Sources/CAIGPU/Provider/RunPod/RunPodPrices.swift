// Owns what a pod's disks cost; GPUs' prices come from the API.
// Never counts a network volume with a pod: it costs the same without one, and is named apart.

/// RunPod's prices for storage, in USD per gigabyte and month of 730 hours.
enum RunPodPrices {
    static let runningVolume = 0.10
    static let stoppedVolume = 0.20
    /// Up to 1,000 GB, and what lies beyond.
    static let networkVolume = (first: 0.07, beyond: 0.05)
    private static let hoursPerMonth = 730.0

    /// USD per hour of the volume on a pod's host.
    static func volume(gigabytes: Int, _ status: MachineStatus) -> Double {
        let price =
            switch status {
            case .missing: 0.0
            case .stopped, .failed: stoppedVolume
            case .preparing, .running, .unknown: runningVolume
            }
        return Double(gigabytes) * price / hoursPerMonth
    }

    /// USD per hour of a network volume, with or without a pod.
    static func networkVolume(gigabytes: Int) -> Double {
        let first = min(gigabytes, 1000)
        let dollars = Double(first) * networkVolume.first + Double(gigabytes - first) * networkVolume.beyond
        return dollars / hoursPerMonth
    }

    /// `$2.69/h`
    static func words(_ usdPerHour: Double) -> String {
        let cents = Int((min(usdPerHour, 1e6) * 100).rounded())
        return "$\(cents / 100).\(cents % 100 < 10 ? "0" : "")\(cents % 100)/h"
    }
}
