import { certificatePort } from '../../../src/compose/certificate-port.ts'
import { composeCloud } from '../../../src/compose/cloud.ts'
import { loadSettings } from '../../../src/config/load.ts'
import { dataFolder } from '../../../src/core/data-folder.ts'

// One issuance for the names of a configuration, by the adapters that `apply` uses, in a process of its own.

const settings = await loadSettings(process.argv[2] ?? 'gatehouse.yaml', {})
const effects = { now: () => new Date(), random: Math.random }
const port = certificatePort(
  settings,
  composeCloud(settings, effects),
  dataFolder(settings.data),
  effects,
)
await port.issue(
  {
    names: settings.names,
    directory: settings.certificate.directory,
    profile: undefined,
    preferredChain: undefined,
    replaces: false,
  },
  AbortSignal.timeout(120_000),
)
