import { connect } from 'node:net'

import { queryDns } from '../adapters/dns/query.ts'
import type { Settings } from '../config/settings.ts'
import { seconds } from '../core/duration.ts'

/** Whom this machine talks to outside, and whether they could be reached just now. */
export type Reached = readonly { readonly who: string; readonly reached: boolean }[]

/** Whoever is there opens a connection within a second; this is for lines that are nearly down. */
const within = seconds(5)

/** Tries everybody outside at once, as cheaply as it can be seen: nobody is asked for anything. */
export function reachOutside(settings: Settings, signal: AbortSignal): Promise<Reached> {
  const given = AbortSignal.any([signal, AbortSignal.timeout(within)])
  const { baseUrl } = settings.cloudflare
  const { directory } = settings.certificate
  return Promise.all([
    tried("Cloudflare's API", opens(baseUrl, given)),
    tried('the certificate authority', opens(directory, given)),
    ...(settings.vantage ? [tried('the vantage', opens(settings.vantage.url, given))] : []),
    ...settings.dns.resolvers.map((server) =>
      tried(
        `the resolver ${server.host}`,
        queryDns(server, { name: 'cloudflare.com', type: 'NS', recursive: true }, given),
      ),
    ),
  ])
}

const tried = async (who: string, work: Promise<unknown>) => ({
  who,
  reached: await work.then(
    () => true,
    () => false,
  ),
})

function opens(address: string, signal: AbortSignal): Promise<void> {
  const { hostname, port, protocol } = new URL(address)
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port) || (protocol === 'https:' ? 443 : 80),
    })
    const end = (act: () => void) => () => {
      signal.removeEventListener('abort', stop)
      socket.destroy()
      act()
    }
    const stop = end(() => reject(new Error('no answer in time')))
    signal.addEventListener('abort', stop)
    socket.on('connect', end(resolve))
    socket.on(
      'error',
      end(() => reject(new Error('not reached'))),
    )
  })
}
