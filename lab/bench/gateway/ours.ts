import { rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { certificateStore } from '../../../src/adapters/system/certificate-store.ts'
import { originFiles } from '../../../src/adapters/system/gateway-files.ts'
import { writeAtomic } from '../../../src/adapters/system/files.ts'
import { dataFolder, type DataFolder } from '../../../src/core/data-folder.ts'
import { program } from '../../world/program.ts'
import { shippedEnvironment } from '../shipped.ts'
import { startServer, type StartContender } from './contender.ts'
import type { Place } from '../../load/place.ts'

/**
 * `gatehouse run` as it is shipped: the built program with its keeper, on a data folder as `apply` leaves it. Cloudflare and
 * Home Assistant's own API are out of reach here, so that the keeper finds nothing to do but to serve.
 */
export const ours: StartContender = async (place, port) => {
  const room = await place.room('ours')
  const configuration = join(room, 'gatehouse.yaml')
  const folder = dataFolder(join(room, 'gatehouse-data'))
  await writeFile(configuration, configurationOf(place, port))
  await furnish(folder, place)
  const child = await startServer(
    [process.execPath, program, 'run', '--config', configuration],
    { host: place.host, port },
    {
      env: {
        PATH: process.env['PATH'] ?? '',
        NODE_NO_WARNINGS: '1',
        ...(await shippedEnvironment()),
      },
      folder: room,
    },
  )
  let swaps = 0
  return {
    port,
    child,
    version: 'as built',
    /** What the store does last when a certificate was renewed: it switches the link to the new pair. */
    async swap(to) {
      swaps++
      const next = join(folder.certificate.folder, `${swaps}`)
      await writeAtomic(join(next, 'fullchain.pem'), to.certificatePem)
      await writeAtomic(join(next, 'privkey.pem'), to.keyPem)
      const temporary = join(folder.certificate.folder, '.live')
      await rm(temporary, { force: true })
      await symlink(`${swaps}`, temporary)
      const asked = process.hrtime.bigint()
      await rename(temporary, join(folder.certificate.folder, 'live'))
      return asked
    },
  }
}

async function furnish(folder: DataFolder, place: Place): Promise<void> {
  const { certificatePem: chainPem, keyPem } = place.certificate
  await certificateStore(folder).install(
    { chainPem, keyPem, directory: nowhere },
    [place.name],
    new Date(),
  )
  await writeAtomic(folder.pulls.authorities, place.pulls.authorityPem)
  await originFiles(folder).setMode('required')
  await writeAtomic(folder.ranges, JSON.stringify(place.ranges))
}

/** Nobody listens there (port 9, discard). */
const nowhere = 'http://127.0.0.1:9'

const configurationOf = ({ name, host, ranges, upstream }: Place, port: number): string => `
names: [${name}]
public_port: 8443
cloudflare: { token: none, base_url: "${nowhere}" }
address: { ipv4: 192.0.2.1, ipv6: none, allow: [${[...ranges.ipv4, ...ranges.ipv6].map((range) => `"${range}"`).join(', ')}, 192.0.2.0/24] }
dns: { resolvers: ["127.0.0.1:9"], nameservers: ["127.0.0.1:9"] }
certificate: { directory: "${nowhere}/directory", staging_directory: none }
gateway: { listen: ["${host}:${port}"] }
home_assistant: { url: "${upstream.url}" }
`
