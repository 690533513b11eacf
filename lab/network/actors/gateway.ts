import { rangeOf } from '../../../src/core/address.ts'
import { startGateway } from '../../../src/gateway/gateway.ts'
import { perform, type Deeds } from '../actor.ts'
import { addresses } from '../addresses.ts'

// The gateway alone, in the namespace `home`: for tests of the network, where nothing is to be set up first.

export type GatewaySetup = {
  readonly name: string
  readonly chainPem: string
  readonly keyPem: string
  readonly pullsAuthority: string
  /** Fingerprints of client certificates that are not taken any more. */
  readonly revoked?: readonly string[]
}

const gateway = async (setup: GatewaySetup) => {
  const { ranges } = addresses.edge
  const started = await startGateway({
    listen: [
      { host: '0.0.0.0', port: 443 },
      { host: '::', port: 443 },
    ],
    names: [setup.name],
    certificate: { chainPem: setup.chainPem, keyPem: setup.keyPem },
    pulls: {
      mode: 'required',
      authorities: [setup.pullsAuthority],
      revoked: setup.revoked ?? [],
    },
    edgeRanges: [...ranges.ipv4, ...ranges.ipv6].map(known),
    localRanges: [],
    upstream: `http://${addresses.homeAssistant.ipv4}:8123`,
  })
  return { counters: () => started.counters() } satisfies Deeds
}

export type GatewayDeeds = Awaited<ReturnType<typeof gateway>>

function known(text: string) {
  const range = rangeOf(text)
  if (!range) throw new Error(`${text} is no range`)
  return range
}

if (process.send) await perform((setup) => gateway(JSON.parse(setup) as GatewaySetup))
