// Owns making a pod: the list of GPUs from the best liked to the last, each within the price; an intent before each request.
// Never goes on to the next GPU while nobody knows whether the last request made a pod.

import CAISystem

extension RunPodProvider {
    /// Makes a pod of the first kind on the list that costs no more than it may and can be had.
    /// - Throws: `.capacity` naming all that was tried; `.ambiguous` with the intent still open; whatever else stands
    ///   against every kind alike.
    func create(replacing replaced: String?) async throws(GPUError) {
        let catalog = try await api.gpuTypes()
        let volume: RunPodVolume? =
            if let id = settings.networkVolume { try await api.volume(id) } else { nil }
        var tried: [String] = []
        var refusals: [GPUError] = []
        for wanted in settings.gpus {
            guard let gpu = Self.find(wanted, in: catalog) else {
                tried.append("\(wanted): not in the catalog")
                continue
            }
            guard let price = gpu.usdPerHour, price > 0 else {
                tried.append("\(gpu.id): no price")
                continue
            }
            guard price <= settings.maxUSDPerHour else {
                tried.append("\(gpu.id) \(RunPodPrices.words(price)): over max_usd_per_hour")
                continue
            }
            let name = "\(settings.namePrefix)-\(makeSuffix())"
            let spec = RunPodSpec(
                name: name, gpu: gpu.id, image: settings.image, volumeGB: settings.volumeGB, networkVolume: volume)
            do throws(GPUError) {
                return try await request(spec, replacing: replaced)
            } catch  where Self.isAboutThisGPU(error.code) {
                let why = error.code == .capacity ? "none free" : "refused\(error.cause.map { " (\($0))" } ?? "")"
                tried.append("\(gpu.id) \(RunPodPrices.words(price)): \(why)")
                refusals.append(error)
            }
        }
        // The same answer for every kind is about the request and not about a kind.
        if let last = refusals.last, refusals.allSatisfy({ $0.code != .capacity }) { throw last }
        throw GPUError(
            .capacity,
            "RunPod has no GPU for us now, up to \(RunPodPrices.words(settings.maxUSDPerHour)); wait, or name more in "
                + "runpod.gpus, or raise runpod.max_usd_per_hour. Tried: "
                + (tried.isEmpty ? "nothing, runpod.gpus is empty" : tried.joined(separator: "; ")))
    }

    private func request(_ spec: RunPodSpec, replacing replaced: String?) async throws(GPUError) {
        try remember { try $0.creating(.init(name: spec.name, at: clock.now(), replaces: replaced)) }
        do throws(GPUError) {
            let pod = try await api.create(spec)
            try remember { try $0.created(.init(id: pod.id, name: spec.name, replaces: replaced)) }
        } catch {
            // After these something may have been made; recover() finds out.
            guard error.code != .ambiguous, error.code != .stopped, error.code != .corrupt else { throw error }
            try remember { try $0.notCreated(spec.name) }
            throw error
        }
    }

    /// Whether another kind of GPU may fare better; 403 is about a pool that this account cannot have, or about all.
    private static func isAboutThisGPU(_ code: GPUError.Code) -> Bool {
        code == .capacity || code == .refused || code == .auth
    }

    private static func find(_ wanted: String, in catalog: [RunPodGPU]) -> RunPodGPU? {
        catalog.first { $0.id == wanted }
            ?? catalog.first {
                $0.id.lowercased() == wanted.lowercased() || $0.name.lowercased() == wanted.lowercased()
            }
    }
}
