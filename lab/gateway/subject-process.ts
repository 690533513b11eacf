import { mustBeRange } from '../../src/core/address.ts'
import { startGateway } from '../../src/gateway/gateway.ts'
import type { SubjectSetup } from './subject.ts'

// The gateway alone: run by `startSubject`, ends with whoever started it.

const setup = JSON.parse(process.argv[2] ?? '{}') as SubjectSetup
const gateway = await startGateway({
  listen: [{ host: setup.host, port: setup.port }],
  names: [setup.name],
  certificate: { chainPem: setup.chainPem, keyPem: setup.keyPem },
  pulls: { mode: 'required', authorities: [setup.authorityPem] },
  edgeRanges: setup.ranges.map(mustBeRange),
  localRanges: setup.local.map(mustBeRange),
  upstream: setup.upstream,
  limits: setup.limits,
})
process.on('message', () => process.send?.(gateway.counters()))
process.once('disconnect', () => process.exit(0))
process.send?.(gateway.addresses[0]?.port)
