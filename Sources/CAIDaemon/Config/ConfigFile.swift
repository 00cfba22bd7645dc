// Owns the shape of cai.yaml: every key a person may write, all optional. Unknown keys, wrong types and duplicates are
// found by the decoder, each with line and column.
// Never fills anything in; Config does.

import CAIYAML

/// cai.yaml as it is written.
struct ConfigFile: Decodable {
    var pod: Pod?
    var settle: DurationText?
    var transfer: Transfer?
    var checkpoint_every: DurationText?
    var stall_after: DurationText?
    var backup: String?
    var budget: Budget?
    var queues: [String: Queue]?
    var reviewers: [String: Reviewer]?
    var model: Model?
    var notify: StringList?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case pod, settle, transfer, checkpoint_every, stall_after, backup, budget, queues, reviewers, model, notify
    }

    struct Pod: Decodable {
        var provider: Provider?
        var ssh: SSH?
        var runpod: RunPod?
        var idle_stop: DurationText?
        var dead_man: DurationText?
        var dead_man_max: DurationText?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case provider, ssh, runpod, idle_stop, dead_man, dead_man_max
        }
    }
    enum Provider: String, Decodable, CaseIterable { case local, ssh, runpod }
    struct SSH: Decodable {
        var host: String?
        var port: Int?
        var user: String?
        var key: String?
        var workdir: String?
        var rate_usd_per_hour: Double?
        var known_hosts: String?
        var pin_on_first_use: Bool?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case host, port, user, key, workdir, rate_usd_per_hour, known_hosts, pin_on_first_use
        }
    }
    struct RunPod: Decodable {
        var api: String?
        var pod: String?
        var network_volume: String?
        var gpus: StringList?
        var image: String?
        var volume_gb: Int?
        var max_usd_per_hour: Double?
        var base_url: String?
        var key: String?
        var workdir: String?
        var unpulled_max_usd: Double?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case api, pod, network_volume, gpus, image, volume_gb, max_usd_per_hour, base_url, key, workdir
            case unpulled_max_usd
        }
    }
    struct Transfer: Decodable {
        var max_mib_s: Double?

        enum CodingKeys: String, CodingKey, CaseIterable { case max_mib_s }
    }
    struct Budget: Decodable {
        var total_usd: Double?
        var warn_at: Double?

        enum CodingKeys: String, CodingKey, CaseIterable { case total_usd, warn_at }
    }
    enum ExecutorKind: String, Decodable, CaseIterable { case pipeline, script, agent }
    struct Queue: Decodable {
        var executor: ExecutorKind?
        var command: StringList?
        var timeout: DurationText?
        var idle_timeout: DurationText?
        var concurrency: Int?
        var retries: Int?
        var allow_verify: Bool?
        var env: StringList?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case executor, command, timeout, idle_timeout, concurrency, retries, allow_verify, env
        }
    }
    struct Reviewer: Decodable {
        var command: StringList?
        var timeout: DurationText?

        enum CodingKeys: String, CodingKey, CaseIterable { case command, timeout }
    }
    struct Model: Decodable {
        var base: String?

        enum CodingKeys: String, CodingKey, CaseIterable { case base }
    }
}
