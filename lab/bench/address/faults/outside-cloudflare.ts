import type { FaultScript } from '../fault-script.ts'

export const script: FaultScript = {
  says: "everybody, the router too, says an address of Cloudflare's, as behind WARP",
  async play({ cloud, router, waits }) {
    await cloud.outside({ trace: '198.51.100.77', whoami: '198.51.100.77' })
    await router.says({ external: '198.51.100.77' })
    await router.announce()
    await waits(2000)
  },
}
