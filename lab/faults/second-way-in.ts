import { createServer } from 'node:https'

import type { Fault } from './fault.ts'

export const secondWayIn: Fault = {
  name: 'another proxy at home serves Home Assistant with TLS to everybody',
  async plant({ addresses, publicAuthority }) {
    const { certificatePem, keyPem } = await publicAuthority.issue({ names: ['ha.example.com'] })
    const server = createServer({ cert: certificatePem, key: keyPem }, (_request, response) =>
      response.end('{"name": "Home Assistant"}'),
    )
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(2053, addresses.home, resolve)
    })
    return () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  },
  broken: ['origin/open', 'origin/certificate-visible'],
  notBroken: ['origin/plain-http', 'origin/open-ipv6', 'edge/certificate'],
}
