import { homeAssistant as client } from '../../src/adapters/home-assistant/home-assistant.ts'
import { usablePair } from '../../src/adapters/system/certificate-copy.ts'
import { reconcile } from '../../src/core/reconcile.ts'
import { Secret } from '../../src/core/secret.ts'
import { homeAssistant } from '../../src/safeguards/home-assistant/home-assistant.ts'
import type { Desired, Port } from '../../src/safeguards/home-assistant/types.ts'

/** As a home without a wish of its own would have it. */
export const wished: Desired = {
  proxy: undefined,
  externalUrl: 'https://ha.example.com',
  tls: 'gateway',
  edgeRanges: [],
  formerRanges: [],
  files: undefined,
  restartWindow: undefined,
}

export type Guarded = {
  readonly url: string
  readonly token: string
  /** Where its configuration.yaml is. */
  readonly configurationFolder?: string | undefined
  /** Where the pair lies, with `tls: home-assistant`. */
  readonly certificateFolder?: string
  readonly throughEdge?: Port['throughEdge']
  readonly now?: () => Date
}

/** Our client and safeguard, before some Home Assistant: the simulator or the real one. */
export function guardHome(given: Guarded) {
  const { certificateFolder, now = () => new Date() } = given
  const names = ['ha.example.com']
  const pair = async () =>
    certificateFolder === undefined ? undefined : await usablePair(certificateFolder, names, now())
  const home = client({
    url: given.url,
    token: new Secret('token', given.token),
    names,
    ours: async () => [(await pair())?.fingerprint].filter((each) => each !== undefined),
    configurationFolder: given.configurationFolder,
  })
  let restartedFor: string | undefined
  const port: Port = {
    ...home,
    throughEdge: given.throughEdge ?? (() => Promise.resolve(undefined)),
    pair,
    restartedFor: () => Promise.resolve(restartedFor),
    whileRestarting: (work) => work(),
    noteRestart: (fingerprint) => Promise.resolve(void (restartedFor = fingerprint)),
    now,
  }
  const safeguard = homeAssistant(port)
  const signal = new AbortController().signal
  return {
    home,
    port,
    safeguard,
    run: (wish: Desired = wished, until: AbortSignal = signal) =>
      reconcile(safeguard, wish, { approve: () => Promise.resolve(true) }, until),
    check: async (wish: Desired = wished) =>
      safeguard.check(wish, await safeguard.observe(signal), new Date()),
    undo: async (did: readonly { readonly does: Parameters<typeof safeguard.undo>[0] }[]) => {
      for (const { does } of did.toReversed())
        for (const step of safeguard.undo(does, await safeguard.observe(signal)).steps)
          await safeguard.apply(step, signal)
    },
  }
}
