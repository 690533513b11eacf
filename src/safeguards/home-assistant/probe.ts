import { setTimeout as sleep } from 'node:timers/promises'

import { Problem } from '../../core/problem.ts'
import type { Expects, Outside, Port } from './types.ts'

const tries = 6
const betweenMs = 500

/**
 * Whether Home Assistant works now: it answers, and where we are its proxy it lets us be one. Throws a Problem that
 * says what is wrong, with the address that Home Assistant's log names.
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
  if (expects === 'answer' || seen.acceptsProxy) return
  const peers = await port.inside(signal).then(
    ({ refusedPeers }) => [...new Set(refusedPeers.map(({ text }) => text))],
    () => [],
  )
  throw new Problem(
    'home-assistant/rejects-proxy',
    'Home Assistant refuses the proxy even with the new settings',
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
