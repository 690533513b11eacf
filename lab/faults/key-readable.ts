import { chmod, realpath } from 'node:fs/promises'
import { join } from 'node:path'

import type { Fault } from './fault.ts'

export const keyReadable: Fault = {
  name: 'everybody on the machine may read the private key',
  async plant({ folder }) {
    const key = await realpath(join(folder, 'gatehouse-data/certificate/live/privkey.pem'))
    await chmod(key, 0o644)
    return () => chmod(key, 0o600)
  },
  broken: ['certificate/key-readable'],
  notBroken: ['certificate/missing', 'certificate/served-differs'],
}
