import { setTimeout as sleep } from 'node:timers/promises'

import { Problem } from '../../core/problem.ts'
import type { Expects, Outside, Port } from './types.ts'

const tries = 12
const betweenMs = 250

/**
 * Whether Home Assistant works now: it answers; where we are its proxy it lets us be one; where TLS ends in it, it serves the
 * pair; and what comes through the edge, where that leads here already, is not refused. Throws a Problem that says what
 * is wrong, with the address that Home Assistant's log names.
 */
export async function mustWork(expects: Expects, port: Port, signal: AbortSignal): Promise<void> {
  const seen = await lookAgain(port, signal)
  if (!seen.isHomeAssistant) {
    throw new Problem(
      'home-assistant/not-reached',
      'Home Assistant does not answer with the new settings',
      { hint: 'look at its log' },
    )
  }
  if (expects === 'answer') return
  if (expects === 'certificate') await mustServe(seen, port)
  if (expects === 'proxy' && !seen.acceptsProxy) throw await refused('the proxy', port, signal)
  if ((await port.throughEdge(signal)) === 'refused')
    throw await refused('what comes through Cloudflare', port, signal)
}

async function mustServe({ certificate }: Outside, port: Port): Promise<void> {
  const pair = await port.pair()
  if (certificate !== undefined && certificate.fingerprint === pair?.fingerprint) return
  throw new Problem(
    'home-assistant/serves-another',
    certificate === undefined
      ? 'Home Assistant does not serve TLS with the new settings'
      : 'Home Assistant serves another certificate than the one that was put there',
    {
      hint: 'check that home_assistant.certificate_folder and certificate_folder_inside are the same folder',
    },
  )
}

/** The 400, with the peers that Home Assistant's log names. */
async function refused(what: string, port: Port, signal: AbortSignal): Promise<Problem> {
  const peers = await port.inside(signal).then(
    ({ refusedPeers }) => [...new Set(refusedPeers.map(({ text }) => text))],
    () => [],
  )
  return new Problem(
    'home-assistant/rejects-proxy',
    `Home Assistant refuses ${what} even with the new settings`,
    {
      hint:
        peers.length === 0
          ? 'it sees Gatehouse from another address (a container network, say): its log names the address; set home_assistant.sees_gatehouse_as to it'
          : `its log says that proxies came from ${peers.join(', ')}: set home_assistant.sees_gatehouse_as to the one that is Gatehouse`,
    },
  )
}

/** The first answers after a restart may be a moment away. */
async function lookAgain(port: Port, signal: AbortSignal): Promise<Outside> {
  for (let left = tries; ; left--) {
    try {
      const seen = await port.outside(signal)
      if (seen.isHomeAssistant || left <= 1) return seen
    } catch (error) {
      signal.throwIfAborted()
      if (left <= 1) throw error
    }
    await sleep(betweenMs, undefined, { signal })
  }
}
