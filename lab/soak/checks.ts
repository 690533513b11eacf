import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:tls'

import { pullsStore } from '../../src/adapters/system/pulls-store.ts'
import { readIfThere } from '../../src/adapters/system/files.ts'
import { belongTogether } from '../../src/core/certificate.ts'
import { name, type SoakHome } from './home.ts'

/** What must hold at every moment, whatever happens. Each returns what does not, in words. */

/** Never a home address unproxied, and never a change of what is not ours; at no write of all. */
export function recordsHeld(home: SoakHome): string[] {
  const foreign = home.zone.records.filter(({ comment }) => comment === theirs)
  const wrong = home.zone.history.flatMap((records) => {
    const bare = records.filter(
      (each) => each.name === name && each.type.startsWith('A') && !each.proxied,
    )
    const missing = foreign.filter(
      ({ id, content, createdOn }) =>
        createdOn < (records.at(-1)?.modifiedOn ?? '') &&
        !records.some((each) => each.id === id && each.content === content),
    )
    return [
      ...bare.map(({ content }) => `${content} was published without the proxy`),
      ...missing.map(({ content }) => `a record of somebody else was touched (${content})`),
    ]
  })
  home.zone.history.length = 0
  return wrong
}

/** By this comment the records of somebody else are known here. */
export const theirs = 'by hand'

/** What lies on the disk belongs together, also right after a kill. */
export async function pairsHeld({ folder, clock }: SoakHome): Promise<string[]> {
  const chain = await readIfThere(folder.certificate.chain)
  const key = await readIfThere(folder.certificate.key)
  const wrong: string[] = []
  if ((chain === undefined) !== (key === undefined))
    wrong.push('half a pair lies in the live folder')
  if (chain !== undefined && key !== undefined && !belongTogether(chain, key))
    wrong.push('the key in the live folder is that of another certificate')
  for (const file of ['authority.pem', 'leaf.pem'] as const) {
    const there = (await readIfThere(`${folder.pulls.folder}/${file}`)) !== undefined
    const store = pullsStore(folder, clock.now)
    const pair = await (file === 'leaf.pem' ? store.leaf() : store.authority())
    if (there && !pair) wrong.push(`${file} is no pair`)
  }
  return wrong
}

/** The certificate in use has not ended, once there was one. */
export async function notEnded({ folder, clock }: SoakHome): Promise<string[]> {
  const chain = await readFile(folder.certificate.chain, 'utf8').catch(() => undefined)
  if (chain === undefined) return []
  const { validToDate } = new X509Certificate(chain)
  return validToDate > clock.now() ? [] : [`the certificate ended ${validToDate.toISOString()}`]
}

/** What the gateway serves is what is stored, soon after every change. */
export async function servedHeld(home: SoakHome): Promise<string[]> {
  const [place] = home.settings.gateway.listen
  const chain = await readFile(home.folder.certificate.chain, 'utf8').catch(() => undefined)
  if (!place || chain === undefined) return []
  const stored = new X509Certificate(chain).fingerprint256
  let served: string | undefined
  for (let tries = 0; tries < 60; tries++) {
    served = await fingerprintAt(place.port)
    if (served === stored) return []
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return [`the gateway serves ${served ?? 'nothing'}, and ${stored} is stored`]
}

/** Ends as clients do: who hangs up within the handshake is a failed one to the gateway, and after 300 a minute nobody. */
function fingerprintAt(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    let fingerprint: string | undefined
    const socket = connect({
      host: '127.0.0.1',
      port,
      servername: name,
      rejectUnauthorized: false,
    })
    socket.on('secureConnect', () => {
      fingerprint = socket.getPeerX509Certificate()?.fingerprint256
      socket.end()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(fingerprint))
    socket.resume()
  })
}
