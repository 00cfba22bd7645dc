// Owns looking at an account at RunPod: the key and where it lies, the balance and how long it lasts, the pod, the volume, the
// clock.
// Never starts, stops or adopts anything. Of one cause there is one message: what depends on a bad check is not tried.

import CAIGPU
import CAIWorkflow
import SystemPackage

/// Checks of an account and its pod.
struct RunPodChecks: Sendable {
    /// What the account can be asked; each throws what went wrong in words.
    struct Account: Sendable {
        /// USD; nil where the API does not say.
        var balance: @Sendable () async throws -> Double?
        var machine: @Sendable () async throws -> Machine
        /// What the network volume is called and costs in USD per hour; nil where none is configured.
        var volume: @Sendable () async throws -> (id: String, usdPerHour: Double)?
    }

    /// Looks for the key: what is dangerous about its place is told first.
    let account: @Sendable (_ warn: (String) -> Void) throws -> (keySource: String, Account)
    /// Seconds by which our clock is ahead; nil where nobody says what time it is there.
    let clockSkew: @Sendable () async throws -> Double?
    /// The configured pod, which must be there.
    let configuredPod: String?
    let maxUSDPerHour: Double
    /// For the key's file.
    let sshKey: FilePath?
    /// How a pod that runs is reached.
    let ssh: @Sendable (Machine, SSHEndpoint) -> SSHChecks

    func all() async -> [Diagnosis] {
        async let clock = clock()
        return await ofAccount() + (clock.map { [$0] } ?? [])
    }

    private func ofAccount() async -> [Diagnosis] {
        var dangers: [String] = []
        let (source, account): (String, Account)
        do { (source, account) = try self.account { dangers.append($0) } } catch {
            return [.bad("api key", "\(error)")]
        }
        let key: Diagnosis =
            dangers.isEmpty
            ? .ok("api key", "from \(source)") : .warn("api key", "from \(source): \(dangers.joined(separator: "; "))")
        // Asked first: it shows whether the key is accepted.
        let machine: Machine
        do { machine = try await Diagnosis.answer(of: account.machine) } catch {
            return [key, .bad("account", "\(error)"), await SSHChecks.key(sshKey)]
        }
        async let way = way(to: machine)
        let volume = await volume(account)
        let money = await money(account, machine, volume: volume?.usdPerHour ?? 0)
        return [key, money, Self.pod(machine, configured: configuredPod)] + (volume.map { [$0.diagnosis] } ?? [])
            + (await way)
    }

    private func way(to machine: Machine) async -> [Diagnosis] {
        guard machine.status == .running, let endpoint = machine.endpoint else { return [await SSHChecks.key(sshKey)] }
        return await ssh(machine, endpoint).all()
    }

    static func pod(_ machine: Machine, configured: String?) -> Diagnosis {
        let price = "\(USD.text(machine.usdPerHour)) an hour"
        let disk =
            machine.storageUSDPerHour > 0 ? ", its disk \(USD.text(machine.storageUSDPerHour * 24)) a day" : ""
        let gpu = machine.gpu.map { " with \($0)" } ?? ""
        switch machine.status {
        case .missing:
            return configured.map {
                .bad(
                    "pod", "there is no pod \($0) in this account",
                    "correct pod.runpod.pod in cai.yaml, or take it out to have one made")
            } ?? .ok("pod", "there is none; the first job has one made")
        case .running: return .ok("pod", "\(machine.id)\(gpu) runs, \(price)\(disk)")
        case .preparing: return .ok("pod", "\(machine.id)\(gpu) is being started, \(price)\(disk)")
        case .stopped: return .ok("pod", "\(machine.id) is stopped\(disk)")
        case .failed:
            return .bad(
                "pod", "RunPod calls the pod \(machine.id) broken\(disk)",
                "look at it in the console; `caid pod start` tries it, or another one where it cannot be had")
        case .unknown(let word):
            return .warn("pod", "\(machine.id) is in the state '\(word)', which caid does not know")
        }
    }

    private func money(_ account: Account, _ machine: Machine, volume: Double) async -> Diagnosis {
        await Diagnosis.of("account") {
            guard let left = try await account.balance() else {
                return .warn("account", "the key is accepted; this API does not say what is left in the account")
            }
            return Self.balance(
                left, usdPerHour: machine.usdPerHour + machine.storageUSDPerHour + volume, maxUSDPerHour)
        }
    }

    /// - Parameters:
    ///   - usdPerHour: what everything costs now.
    ///   - mostUSDPerHour: what a pod may cost.
    static func balance(_ left: Double, usdPerHour: Double, _ mostUSDPerHour: Double) -> Diagnosis {
        let credit = "add credit at https://console.runpod.io/user/billing"
        guard left > 0 else {
            return .bad(
                "account",
                "the key is accepted; the account is empty (\(USD.text(left))): nothing can be started, and "
                    + "pods without a network volume are deleted", credit)
        }
        let rate = usdPerHour > 0 ? usdPerHour : mostUSDPerHour
        let seconds = rate > 0 ? left / rate * 3600 : .infinity
        let lasts =
            usdPerHour > 0
            ? "lasts \(DurationWords.text(seconds)) at the \(USD.text(rate)) an hour that everything costs now"
            : "nothing costs money now; a pod at \(USD.text(rate)) an hour could run \(DurationWords.text(seconds))"
        let words = "the key is accepted; \(USD.text(left)) left: \(lasts)"
        return seconds < 86_400 ? .warn("account", words, credit) : .ok("account", words)
    }

    private func volume(_ account: Account) async -> (diagnosis: Diagnosis, usdPerHour: Double)? {
        do {
            guard let volume = try await Diagnosis.answer(of: account.volume) else { return nil }
            let words = "\(volume.id): \(USD.text(volume.usdPerHour * 24)) a day, with or without a pod"
            return (.ok("network volume", words), volume.usdPerHour)
        } catch {
            return (.bad("network volume", "\(error)", "correct pod.runpod.network_volume in cai.yaml"), 0)
        }
    }

    /// nil where nobody says what time it is: an API that cannot be reached has shown that elsewhere.
    private func clock() async -> Diagnosis? {
        guard let skew = try? await Diagnosis.answer(of: clockSkew) else { return nil }
        return Self.clock(skew)
    }

    /// - Parameter skew: seconds by which ours is ahead.
    static func clock(_ skew: Double) -> Diagnosis {
        let remedy = "turn on NTP: `timedatectl set-ntp true`"
        let words =
            abs(skew) < 2
            ? "as RunPod's"
            : "\(DurationWords.text(abs(skew))) \(skew > 0 ? "ahead of" : "behind") RunPod's"
        if abs(skew) >= 300 { return .bad("clock", "\(words): hours are put on the wrong bill", remedy) }
        return abs(skew) >= 30 ? .warn("clock", words, remedy) : .ok("clock", words)
    }
}
