import type { Safeguard } from '../../core/safeguard.ts'

export type Desired = { readonly publicPort: number; readonly forwardPort: number }

/** Whether the edge reaches the home, seen by its answer. `undefined`: not known. */
export type Observed = { readonly reached: boolean | undefined }

export type Port = { reached(signal: AbortSignal): Promise<boolean | undefined> }

/**
 * The router lets the edge through to the gateway. Gatehouse does not change routers yet: it says what
 * is to be entered (`gatehouse firewall show`), and sees by the edge's answer whether it works.
 */
export const portForward = (port: Port): Safeguard<Desired, Observed, never> => ({
  name: 'port-forward',
  observe: async (signal) => ({ reached: await port.reached(signal) }),
  plan: ({ publicPort, forwardPort }, { reached }) => ({
    steps: [],
    left:
      reached === true
        ? []
        : [
            `the router is yours to set: TCP ${publicPort} from Cloudflare's ranges only, to port ${forwardPort} of this machine; \`gatehouse firewall show\` prints the exact rule`,
          ],
  }),
  apply: () => Promise.reject(new Error('there is nothing to apply')),
  check: () => [],
  undo: () => ({ steps: [], left: [] }),
})
