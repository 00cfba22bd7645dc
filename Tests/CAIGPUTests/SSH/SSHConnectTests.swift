// Reaching a server, or reading why it cannot be reached; leaving nothing behind.

import Foundation
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import CAIGPU

extension SSHTests {
    struct SSHConnectTests {
        @Test func bothProtocolsOfTheInternetWork() async throws {
            var fixture = try SSHFixture()
            let hasIPv6 = FileManager.default.fileExists(atPath: "/proc/net/if_inet6")
            let loopback = try? String(contentsOfFile: "/proc/net/if_inet6", encoding: .utf8)
            for host in ["127.0.0.1", "localhost"] + (hasIPv6 && loopback?.contains(" lo") == true ? ["::1"] : []) {
                fixture.settings.endpoint.host = host
                let connection = try await fixture.connect()
                #expect(try await connection.run(["true"], deadline: 60).status == 0)
                await connection.close()
            }
        }

        @Test func aClosedPortIsNamed() async throws {
            let fixture = try SSHFixture()
            fixture.server.stop()
            let ending = await failure { () throws(GPUError) in _ = try await fixture.connect() }
            #expect(ending?.code == .unreachable)
            #expect(ending?.message.contains("nothing listens at 127.0.0.1 port \(fixture.server.port)") == true)
        }

        @Test(arguments: ["no-such-host.invalid", "not a name", ""])
        func aNameThatLeadsNowhereIsNamed(name: String) async throws {
            var fixture = try SSHFixture()
            (fixture.settings.endpoint.host, fixture.settings.connectTimeout) = (name, 3)
            let ending = await failure { () throws(GPUError) in _ = try await fixture.connect() }
            #expect(ending?.code == .unreachable)
            #expect(ending?.message.contains("'\(name)'") == true)
        }

        @Test(arguments: [0, -1, 65536])
        func aPortMustBeOne(port: Int) async throws {
            var fixture = try SSHFixture()
            fixture.settings.endpoint.port = port
            let ending = await failure { () throws(GPUError) in _ = try await fixture.connect() }
            #expect(ending?.message.contains("no port") == true)
        }

        @Test func aSilentServerIsGivenUp() async throws {
            var fixture = try SSHFixture()
            let listener = try Listener(saying: nil)
            (fixture.settings.endpoint.port, fixture.settings.connectTimeout) = (listener.port, 1)
            let ending = await failure { () throws(GPUError) in _ = try await fixture.connect() }
            #expect(ending?.code == .unreachable)
            #expect(ending?.message.contains("accepts connections but does not answer") == true)
        }

        @Test(arguments: [
            "", "HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-x\r\n", "SSH-2.0-x\r\n\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}",
        ])
        func aServerThatHangsUpIsNamed(words: String) async throws {
            var fixture = try SSHFixture()
            let listener = try Listener(saying: words)
            (fixture.settings.endpoint.port, fixture.settings.connectTimeout) = (listener.port, 10)
            let ending = await failure { () throws(GPUError) in _ = try await fixture.connect() }
            #expect(ending?.code == .unreachable)
            #expect(ending?.message.contains("port \(listener.port)") == true)
        }

        @Test func noCommonCipherIsTold() async throws {
            let fixture = try SSHFixture(options: ["Ciphers chacha20-poly1305@openssh.com"])
            let ending = await failure { () throws(GPUError) in _ = try await fixture.connect() }
            #expect(ending?.code == .unreachable)
            #expect(ending?.message.contains("no algorithm in common") == true)
        }

        @Test func aFrozenServerIsGivenUpAndACancellationComesSooner() async throws {
            var fixture = try SSHFixture()
            fixture.server.freeze()
            fixture.settings.connectTimeout = 0.5
            let ending = await failure { () throws(GPUError) in _ = try await fixture.connect() }
            #expect(ending?.code == .unreachable)
            fixture.settings.connectTimeout = 600
            let settings = fixture.settings
            let connecting = Task {
                await failure { () throws(GPUError) in _ = try await SSHConnection.open(settings) }
            }
            try await Task.sleep(for: .milliseconds(200))
            let start = ContinuousClock.now
            connecting.cancel()
            #expect(await connecting.value?.code == .stopped)
            #expect(ContinuousClock.now - start < .seconds(60), "long before the deadline")
            fixture.server.thaw()
        }

        @Test func nothingIsLeftBehind() async throws {
            let fixture = try SSHFixture()
            for number in 0..<20 {
                let connection = try await fixture.connect()
                if number % 3 == 0 { _ = try await connection.run(["true"], deadline: 60) }
                // Every other one is only let go.
                if number % 2 == 0 { await connection.close() }
            }
            try await eventually { fixture.server.connections == 0 && threads(of: fixture.server.port) == 0 }
        }

        @Test func aHostOfSomebodysOwnIsThereAndNotOurs() async throws {
            let fixture = try SSHFixture()
            let settings = fixture.settings
            let connect: PodConnector = { _ throws(GPUError) in try await SSHConnection.open(settings) }
            let provider = SSHHostProvider(settings.endpoint, usdPerHour: 1.5, connect: connect)
            #expect(provider.features == ProviderFeatures(stopsMachines: false, bills: true, isRemote: true))
            #expect(!SSHHostProvider(settings.endpoint, usdPerHour: 0, connect: connect).features.bills)
            let machine = try await provider.machine()
            #expect(
                machine.status == .running && machine.usdPerHour == 1.5 && machine.endpoint == fixture.settings.endpoint
            )
            try await provider.start()
            for refuse in [provider.stop, provider.terminate] {
                let ending = await failure { () throws(GPUError) in try await refuse() }
                #expect(ending?.code == .refused)
                #expect(ending?.message.contains("not ours") == true)
            }
            let connection = try await provider.connect(to: machine)
            #expect(try await connection.run(["true"], deadline: 60).status == 0)
            await connection.close()
        }

        /// Threads that carry a connection to a port, which their name tells.
        private func threads(of port: Int) -> Int {
            let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
            return tasks.count {
                (try? String(contentsOfFile: "/proc/self/task/\($0)/comm", encoding: .utf8)) == "ssh:\(port)\n"
            }
        }
    }
}

/// A server of another kind: it says nothing at all, or says something and hangs up.
private final class Listener: Sendable {
    let port: Int
    private let descriptor: Int32
    private let isSilent: Bool

    init(saying words: String?) throws {
        let port = try LoopbackSSHD.freePort()
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        (self.port, self.descriptor, isSilent) = (port, descriptor, words == nil)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0, listen(descriptor, 8) == 0 else { throw Errno(rawValue: errno) }
        guard let words else { return }
        Thread.detachNewThread {
            while case let client = accept(descriptor, nil, nil), client >= 0 {
                _ = words.withCString { send(client, $0, words.utf8.count, Int32(MSG_NOSIGNAL)) }
                shutdown(client, Int32(SHUT_RDWR))
                close(client)
            }
            // Here, so that nobody else gets its number while this thread uses it.
            close(descriptor)
        }
    }

    deinit {
        shutdown(descriptor, Int32(SHUT_RDWR))
        if isSilent { close(descriptor) }
    }
}
