import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { Pair } from '../../simulators/pki.ts'
import { shippedEnvironment } from '../shipped.ts'
import { startServer, type StartContender } from './contender.ts'

/**
 * No contender, but the floor: whoever forwards on Node's TLS does at least this. It reads nothing of what it passes on, refuses nobody
 * who has a client certificate, and says nothing about the visitor.
 */
export const bare: StartContender = async (place, port) => {
  const room = await place.room('bare')
  const [chain, key] = [join(room, 'chain.pem'), join(room, 'key.pem')]
  const install = async ({ certificatePem, keyPem }: Pair): Promise<void> => {
    await writeFile(chain, certificatePem)
    await writeFile(key, keyPem)
  }
  await install(place.certificate)
  const settings = {
    host: place.host,
    port,
    upstream: { host: place.upstream.host, port: place.upstream.port },
    chain,
    key,
    authority: place.pulls.authorityFile,
  }
  const script = join(import.meta.dirname, 'bare-forwarder.ts')
  const child = await startServer(
    [process.execPath, script, JSON.stringify(settings)],
    { host: place.host, port },
    { env: { PATH: process.env['PATH'] ?? '', ...(await shippedEnvironment()) }, folder: room },
  )
  return {
    port,
    child,
    version: process.versions.node,
    async swap(to) {
      await install(to)
      const asked = process.hrtime.bigint()
      child.process.kill('SIGHUP')
      return asked
    },
  }
}
